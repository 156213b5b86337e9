// A model with the rules that it has learnt, as it is served; and the one that is served now. Another takes its place
// while the server goes on: what was begun with the one before is answered by it, and then it goes.
#pragma once

#include <ctime>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "server/rules_api.h"
#include "server/text_api.h"

namespace pbb {

struct ServeOptions;

// What packages share: it belongs to the server, and outlives them.
struct PackageSurroundings {
  std::string id = {};  // the model's name for clients, whichever package answers
  Runner run = {};      // may be called by several threads
  DecisionLog* log = nullptr;
  Metrics& metrics;
};

// A package before its weights are loaded.
struct PackagePlan {
  std::string folder;  // where the name of the model leads to now
  std::vector<RegisteredRule> rules;
  DataType compute = DataType::f32;
  Asking asking;
  Decider decider;
};
// InputError where what is there cannot be served as `options` want it.
PackagePlan plan_package(const ServeOptions& options);

class Package {
 public:
  // Loads the weights; InputError where they are not to be had.
  Package(PackagePlan plan, const ServeOptions& options, const PackageSurroundings& served);
  Package(const Package&) = delete;
  Package& operator=(const Package&) = delete;

  const PackagePlan& plan() const { return plan_; }
  std::time_t loaded() const { return loaded_; }
  const ModelThread& model() const { return model_; }
  TextApi& text() { return text_; }
  RulesApi& rules() { return rules_; }

 private:
  PackagePlan plan_;
  ModelThread model_;
  std::time_t loaded_ = 0;
  TextApi text_;
  RulesApi rules_;
};

class PackageHolder {
 public:
  using Load = std::function<std::shared_ptr<Package>()>;
  using OnSwitch = std::function<void(const Package& package)>;

  explicit PackageHolder(std::shared_ptr<Package> first) : now_(std::move(first)) {}

  // Whoever holds it is answered by it.
  std::shared_ptr<Package> now() const;
  // Has another take its place: once the one before the present one has gone, so that there are never more than two
  // in memory. `on_switch` is called when it is loaded, before it answers anything. What is thrown leaves the present
  // one serving. By one thread at a time.
  void replace(const Load& load, const OnSwitch& on_switch);

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<Package> now_;
  std::weak_ptr<Package> before_;
};

}  // namespace pbb

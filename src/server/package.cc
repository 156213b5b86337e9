#include "server/package.h"

#include <fmt/format.h>

#include <filesystem>
#include <thread>

#include "base/error.h"
#include "decisions/learnt.h"
#include "run/models.h"
#include "run/taken_folder.h"
#include "server/server.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

constexpr auto package_look_up =
    std::chrono::milliseconds(20);  // between looks at whether a package has gone

// A link is followed once: what is read below is then of one folder, even if the link is set to another meanwhile.
std::string resolved(const std::string& model) {
  return fs::exists(model) ? fs::canonical(model).string() : model;
}

std::vector<RegisteredRule> rules_of(const std::string& folder) {
  if (!fs::exists(Registry::file_in(folder))) return {};
  return Registry(folder, Database::Mode::read).rules();
}

// A certificate speaks of the weights that it was made of.
void warn_of_other_weights(const std::string& folder, const std::vector<RegisteredRule>& rules) {
  const std::string weights = adapter_sha256(folder, read_kept_recipe(fs::path(folder) / "recipe.toml"));
  for (const RegisteredRule& rule : rules) {
    if (rule.entry.adapter_sha256 != weights)
      fmt::print(stderr, "pbb: warning: the certificate of {} is of other weights than the model has now\n",
                 rule.entry.name);
  }
}

EngineOptions engine_options_of(const ServeOptions& options) {
  return {.sequences = static_cast<std::size_t>(options.parallel),
          .cached_tokens = static_cast<std::size_t>(options.context)};
}

}  // namespace

PackagePlan plan_package(const ServeOptions& options) {
  PackagePlan plan;
  plan.folder = resolved(options.model);
  plan.rules = rules_of(plan.folder);
  plan.compute = compute_type_of(plan.folder);
  plan.asking = asking_of(plan.folder, options.form, 0);
  plan.decider = {.model = options.model,
                  .compute = std::string(data_type_name(plan.compute)),
                  .masked = {options.masked.begin(), options.masked.end()},
                  .folder = plan.folder,
                  .package = package_sha256(plan.rules)};
  if (plan.rules.empty()) return plan;
  check_guard(options.guard, plan.asking);
  if (is_run_folder(plan.folder)) warn_of_other_weights(plan.folder, plan.rules);
  return plan;
}

Package::Package(PackagePlan plan, const ServeOptions& options, const PackageSurroundings& served)
    : plan_(std::move(plan)),
      model_([this] { return load_any_model(plan_.folder, plan_.compute); }, engine_options_of(options),
             !plan_.rules.empty() && plan_.asking.executor == Executor::base),
      loaded_(std::time(nullptr)),
      text_(ServedModel{served.id, &model_.tokenizer(), model_.context()}, model_, served.metrics),
      rules_(plan_.rules, DecidingOptions{options.guard, plan_.asking, plan_.decider}, served.run, model_,
             served.log, served.metrics) {}

std::shared_ptr<Package> PackageHolder::now() const {
  const std::lock_guard lock(mutex_);
  return now_;
}

void PackageHolder::replace(const Load& load, const OnSwitch& on_switch) {
  while (!before_.expired()) std::this_thread::sleep_for(package_look_up);
  std::shared_ptr<Package> next = load();
  const std::shared_ptr<Package> present = now();
  on_switch(*next);
  before_ = present;
  const std::lock_guard lock(mutex_);
  now_ = std::move(next);
}

}  // namespace pbb

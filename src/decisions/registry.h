// The registry of a model: which rules it has learnt, from which source, in which version, with which
// certificate. registry.sqlite in the model's folder. Written by pbb learn; what a guard checks against and a
// log names. Safe under several writers, and under kill -9 of any of them (SQLite's rollback journal).
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "decisions/database.h"
#include "decisions/signature.h"

namespace pbb {

enum class RuleStatus { valid, obsolete };
std::string_view rule_status_name(RuleStatus status);

// What pbb learn has to say of a rule.
struct RuleEntry {
  std::string name, source;
  Signature signature;
  nlohmann::json certificate;
  std::string adapter_sha256;  // of the weights that the certificate is about
  std::string model, model_checksum;
  std::string date;  // UTC
};

struct RegisteredRule {
  RuleEntry entry;  // with the newest certificate of this version
  std::string source_sha256;
  int version = 1;  // counts the sources that had this name
  RuleStatus status = RuleStatus::valid;
};

class Registry {
 public:
  // The registry of the model in `folder`. For reading: InputError when there is none, or it is damaged or of
  // another kind, saying how to make it anew.
  Registry(const std::filesystem::path& folder, Database::Mode mode);
  static std::filesystem::path file_in(const std::filesystem::path& folder);

  // All of them or none. A source that differs from the valid one of its name becomes the next version, and
  // the one before obsolete; an unchanged one gets its certificate, if that is new.
  void add(std::span<const RuleEntry> rules);
  // All that it holds, in the registry of the model in `folder`, where there must be none yet.
  void copy_to(const std::filesystem::path& folder);
  // InputError when there is no valid rule of that name.
  void retire(const std::string& name);

  // By name. Every source is held against its checksum: InputError when one was changed.
  std::vector<RegisteredRule> rules(bool with_obsolete = false);
  std::optional<RegisteredRule> find_valid(const std::string& name);

 private:
  void make_tables();
  void add_one(const RuleEntry& rule);
  std::int64_t add_version(const RuleEntry& rule);
  std::vector<RegisteredRule> select(const char* condition, const std::string& name);

  Database database_;
};

}  // namespace pbb

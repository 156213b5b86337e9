#include "decisions/registry.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/json_lines.h"
#include "base/json_text.h"
#include "base/sha256.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::int64_t application = 0x70626272;  // "pbbr": what `file` and we know it by
constexpr std::int64_t newest_format = 1;

constexpr const char* tables = R"(
CREATE TABLE rule (
  id            INTEGER PRIMARY KEY,
  name          TEXT NOT NULL,
  version       INTEGER NOT NULL,
  status        TEXT NOT NULL CHECK (status IN ('valid', 'obsolete')),
  source        TEXT NOT NULL,
  source_sha256 TEXT NOT NULL,
  signature     TEXT NOT NULL,
  date          TEXT NOT NULL,
  UNIQUE (name, version));
CREATE UNIQUE INDEX one_valid_version ON rule (name) WHERE status = 'valid';
CREATE TABLE certificate (
  id             INTEGER PRIMARY KEY,
  rule           INTEGER NOT NULL REFERENCES rule (id),
  certificate    TEXT NOT NULL,
  adapter_sha256 TEXT NOT NULL,
  model          TEXT NOT NULL,
  model_checksum TEXT NOT NULL,
  date           TEXT NOT NULL);
PRAGMA application_id = 1885495922;
PRAGMA user_version = 1;
)";

constexpr const char* how_to_renew =
    "pbb learn writes it: remove it, and run the command that the model was learnt with again (run.json "
    "tells it)";

std::string written(const json& value) {
  return json_text(value);
}

}  // namespace

std::string_view rule_status_name(RuleStatus status) {
  return status == RuleStatus::valid ? "valid" : "obsolete";
}

fs::path Registry::file_in(const fs::path& folder) {
  return folder / "registry.sqlite";
}

Registry::Registry(const fs::path& folder, Database::Mode mode) try : database_(file_in(folder), mode) {
  if (mode == Database::Mode::write) make_tables();
  const std::int64_t id = database_.integer("PRAGMA application_id");
  const std::int64_t format = database_.integer("PRAGMA user_version");
  if (id != application) throw InputError(fmt::format("{}: not a registry", database_.file().string()));
  if (format > newest_format) {
    throw InputError(
        fmt::format("{}: of format {}, which is newer than this pbb", database_.file().string(), format),
        "use the pbb that wrote it, or a later one");
  }
} catch (const InputError& error) {
  if (!error.hint().empty()) throw;
  throw InputError(error.what(), how_to_renew);
}

void Registry::make_tables() {
  Transaction transaction(database_);
  if (database_.integer("SELECT count(*) FROM sqlite_schema") == 0) database_.execute(tables);
  transaction.commit();
}

void Registry::add(std::span<const RuleEntry> rules) {
  Transaction transaction(database_);
  for (const RuleEntry& rule : rules) add_one(rule);
  transaction.commit();
}

void Registry::add_one(const RuleEntry& rule) {
  std::int64_t id = 0;
  {
    Statement valid(database_,
                    "SELECT id FROM rule WHERE name = ? AND status = 'valid' AND source_sha256 = ?");
    if (valid.bind(rule.name).bind(sha256(rule.source)).step()) id = valid.integer(0);
  }
  if (id == 0) id = add_version(rule);
  const std::string certificate = written(rule.certificate);
  {
    Statement newest(database_,
                     "SELECT certificate, adapter_sha256, model_checksum FROM certificate WHERE rule = ? "
                     "ORDER BY id DESC LIMIT 1");
    if (newest.bind(id).step() && newest.text(0) == certificate && newest.text(1) == rule.adapter_sha256 &&
        newest.text(2) == rule.model_checksum)
      return;
  }
  Statement(database_,
            "INSERT INTO certificate (rule, certificate, adapter_sha256, model, model_checksum, date) "
            "VALUES (?, ?, ?, ?, ?, ?)")
      .bind(id)
      .bind(certificate)
      .bind(rule.adapter_sha256)
      .bind(rule.model)
      .bind(rule.model_checksum)
      .bind(rule.date)
      .step();
}

std::int64_t Registry::add_version(const RuleEntry& rule) {
  Statement(database_, "UPDATE rule SET status = 'obsolete' WHERE name = ? AND status = 'valid'")
      .bind(rule.name)
      .step();
  Statement(database_,
            "INSERT INTO rule (name, version, status, source, source_sha256, signature, date) VALUES "
            "(?1, 1 + (SELECT ifnull(max(version), 0) FROM rule WHERE name = ?1), 'valid', ?2, ?3, ?4, ?5)")
      .bind(rule.name)
      .bind(rule.source)
      .bind(sha256(rule.source))
      .bind(written(to_json(rule.signature)))
      .bind(rule.date)
      .step();
  return database_.last_row();
}

void Registry::copy_to(const fs::path& folder) {
  Statement(database_, "VACUUM INTO ?").bind(file_in(folder).string()).step();
}

void Registry::retire(const std::string& name) {
  Transaction transaction(database_);
  if (!find_valid(name)) {
    throw InputError(fmt::format("{}: there is no valid rule '{}'", database_.file().string(), name));
  }
  Statement(database_, "UPDATE rule SET status = 'obsolete' WHERE name = ? AND status = 'valid'")
      .bind(name)
      .step();
  transaction.commit();
}

std::vector<RegisteredRule> Registry::select(const char* condition, const std::string& name) {
  const std::string sql = fmt::format(
      "SELECT r.name, r.version, r.status, r.source, r.source_sha256, r.signature, c.certificate, "
      "c.adapter_sha256, c.model, c.model_checksum, c.date FROM rule r JOIN certificate c ON c.id = "
      "(SELECT max(id) FROM certificate WHERE rule = r.id) WHERE {} ORDER BY r.name, r.version",
      condition);
  Statement rows(database_, sql.c_str());
  if (!name.empty()) rows.bind(name);
  std::vector<RegisteredRule> found;
  while (rows.step()) {
    RegisteredRule rule;
    rule.entry.name = rows.text(0);
    rule.version = static_cast<int>(rows.integer(1));
    rule.status = rows.text(2) == "valid" ? RuleStatus::valid : RuleStatus::obsolete;
    rule.entry.source = rows.text(3);
    rule.source_sha256 = rows.text(4);
    const std::string what =
        fmt::format("{}: rule '{}', version {}", database_.file().string(), rule.entry.name, rule.version);
    if (sha256(rule.entry.source) != rule.source_sha256)
      throw InputError(what + ": its source is not the one that its checksum is of", how_to_renew);
    try {
      rule.entry.signature = signature_from(parse_json(rows.text(5)));
      rule.entry.certificate = parse_json(rows.text(6));
    } catch (const std::exception& error) {  // no JSON, or a field that is amiss
      throw InputError(fmt::format("{}: {}", what, error.what()), how_to_renew);
    }
    rule.entry.adapter_sha256 = rows.text(7);
    rule.entry.model = rows.text(8);
    rule.entry.model_checksum = rows.text(9);
    rule.entry.date = rows.text(10);
    found.push_back(std::move(rule));
  }
  return found;
}

std::vector<RegisteredRule> Registry::rules(bool with_obsolete) {
  return select(with_obsolete ? "1" : "r.status = 'valid'", "");
}

std::optional<RegisteredRule> Registry::find_valid(const std::string& name) {
  auto found = select("r.status = 'valid' AND r.name = ?", name);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

}  // namespace pbb

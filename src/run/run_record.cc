#include "run/run_record.h"

#include <fmt/format.h>
#include <omp.h>

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/json_lines.h"
#include "base/json_text.h"
#include "base/machine.h"
#include "run/build_info.h"
#include "run/stage_result.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

// object[key] into `value`; left as it is when there is no such key. A wrong type is an InputError naming it.
template <typename T>
void get(const json& object, const char* key, T& value) {
  if (!object.is_object()) throw InputError(fmt::format("expected an object with \"{}\"", key));
  const auto field = object.find(key);
  if (field == object.end() || field->is_null()) return;
  try {
    value = field->get<T>();
  } catch (const json::exception&) {
    throw InputError(fmt::format("\"{}\" is {}", key, field->dump().substr(0, 80)));
  }
}

template <typename T>
void get(const json& object, const char* key, std::optional<T>& value) {
  if (!object.contains(key) || object.at(key).is_null()) return;
  T found{};
  get(object, key, found);
  value = found;
}

json part(const json& object, const char* key, json otherwise) {
  const json found = object.value(key, otherwise);
  if (found.type() != otherwise.type()) {
    throw InputError(fmt::format("\"{}\" is {}, expected {}", key, found.type_name(), otherwise.type_name()));
  }
  return found;
}

void put(json& object, const char* key, const std::string& value) {
  if (!value.empty()) object[key] = value;
}
void put(json& object, const char* key, const std::optional<std::int64_t>& value) {
  if (value) object[key] = *value;
}

// Each pair below lists the same keys: what is written, and what is read.

json sitting_json(const Sitting& sitting) {
  json machine = json::object();
  put(machine, "processor", sitting.processor);
  put(machine, "compute_type", sitting.compute_type);
  put(machine, "cores", sitting.cores);
  put(machine, "memory_bytes", sitting.memory_bytes);
  put(machine, "threads", sitting.threads);
  json object = {{"kind", sitting.kind}, {"machine", machine}};
  put(object, "command", sitting.command);
  put(object, "pbb_version", sitting.pbb_version);
  put(object, "git_hash", sitting.commit);
  put(object, "started", sitting.started);
  put(object, "finished", sitting.finished);
  put(object, "peak_memory_bytes", sitting.peak_memory_bytes);
  return object;
}

Sitting sitting_from(const json& object) {
  Sitting sitting;
  sitting.kind = "run";
  get(object, "kind", sitting.kind);
  const json machine = part(object, "machine", json::object());
  get(machine, "processor", sitting.processor);
  get(machine, "compute_type", sitting.compute_type);
  get(machine, "cores", sitting.cores);
  get(machine, "memory_bytes", sitting.memory_bytes);
  get(machine, "threads", sitting.threads);
  get(object, "command", sitting.command);
  get(object, "pbb_version", sitting.pbb_version);
  get(object, "git_hash", sitting.commit);
  get(object, "started", sitting.started);
  get(object, "finished", sitting.finished);
  get(object, "peak_memory_bytes", sitting.peak_memory_bytes);
  return sitting;
}

json stage_json(const StageRecord& stage) {
  return {{"name", stage.name},
          {"what", stage.what},
          {"steps", stage.steps},
          {"tokens", stage.tokens},
          {"trained_tokens", stage.trained_tokens},
          {"final_loss", stage.final_loss},
          {"seconds", stage.seconds}};
}

StageRecord stage_from(const json& object) {
  StageRecord stage;
  get(object, "name", stage.name);
  get(object, "what", stage.what);
  get(object, "steps", stage.steps);
  get(object, "tokens", stage.tokens);
  get(object, "trained_tokens", stage.trained_tokens);
  get(object, "final_loss", stage.final_loss);
  get(object, "seconds", stage.seconds);
  return stage;
}

json record_json(const RunRecord& record) {
  json object = json::object(), counts = json::object();
  put(object, "title", record.title);
  put(object, "command", record.command);
  put(object, "model", record.model);
  put(object, "model_crc32", record.model_checksum);
  put(object, "corpus_crc32", record.corpus_checksum);
  put(object, "compute_type", record.compute_type);
  put(object, "seed", record.seed);
  put(counts, "with_io", record.with_io);
  put(counts, "source_only", record.source_only);
  put(counts, "questions_per_arm", record.questions_per_arm);
  object["counts"] = counts;
  object["sittings"] = json::array();
  for (const Sitting& sitting : record.sittings) object["sittings"].push_back(sitting_json(sitting));
  object["stages"] = json::array();
  for (const StageRecord& stage : record.stages) object["stages"].push_back(stage_json(stage));
  if (!record.arms.empty()) object["arms"] = json::array();
  for (const ArmPlan& arm : record.arms) object["arms"].push_back(to_json(arm));
  object["timings"] = json::object();
  for (const auto& [name, seconds] : record.timings) object["timings"][name] = seconds;
  object["exposures"] = exposures_json(record.exposures);
  return object;
}

RunRecord record_from(const json& object) {
  if (!object.is_object()) throw InputError(fmt::format("expected an object, found {}", object.type_name()));
  RunRecord record;
  get(object, "title", record.title);
  get(object, "command", record.command);
  get(object, "model", record.model);
  get(object, "model_crc32", record.model_checksum);
  get(object, "corpus_crc32", record.corpus_checksum);
  get(object, "compute_type", record.compute_type);
  get(object, "seed", record.seed);
  const json counts = part(object, "counts", json::object());
  get(counts, "with_io", record.with_io);
  get(counts, "source_only", record.source_only);
  get(counts, "questions_per_arm", record.questions_per_arm);
  for (const json& sitting : part(object, "sittings", json::array())) {
    record.sittings.push_back(sitting_from(sitting));
  }
  if (!object.contains("sittings")) {  // before there were sittings, one stood where the run's own keys stand
    record.sittings.push_back(sitting_from(object));
    record.compute_type = record.sittings.front().compute_type;
  }
  for (const json& stage : part(object, "stages", json::array())) record.stages.push_back(stage_from(stage));
  for (const json& arm : part(object, "arms", json::array())) record.arms.push_back(arm_plan_from(arm));
  const json timings = part(object, "timings", json::object());
  for (const auto& [name, value] : timings.items()) {
    get(timings, name.c_str(), record.timings.emplace_back(name, 0.0).second);
  }
  const json exposures = part(object, "exposures", json::object());
  for (const auto& [name, value] : exposures.items()) {
    Exposure& exposure = record.exposures[name];
    get(value, "declarations", exposure.declarations);
    get(value, "executions", exposure.executions);
    get(value, "trained_tokens", exposure.trained_tokens);
    get(value, "recalled", exposure.recalled);
  }
  return record;
}

std::string what_a_stage_shows(const StageRecipe& stage) {
  if (stage.kind == StageKind::reading) {
    return fmt::format(
        "declarations of each {}program until it is recalled, drills and fresh executions beside them",
        stage.reading.reads == ReadPrograms::all ? "" : "source-only ");
  }
  if (stage.kind == StageKind::practice) {
    return "executions of each with-IO program, its source given, until they are right, and fresh ones "
           "beside them";
  }
  if (stage.kind == StageKind::grpo) {
    return fmt::format(
        "questions about with-IO programs, and {} of the model's own answers to each, by what "
        "they are worth (GRPO)",
        stage.grpo.samples);
  }
  const StageDataOptions& data = stage.data;
  std::string text;
  const auto add = [&](double times, const char* what) {
    if (times > 0) text += fmt::format("{}{:g} {}", text.empty() ? "" : ", ", times * data.epochs, what);
  };
  add(data.with_io_declarations, "declarations of each with-IO program");
  add(data.with_io_executions, "executions of each with-IO program");
  add(data.source_only_declarations, "declarations of each source-only program");
  return text;
}

}  // namespace

Sitting begin_sitting(std::string kind, std::string command, const std::string& compute_type) {
  const Machine machine = this_machine();
  return {.kind = std::move(kind),
          .command = std::move(command),
          .pbb_version = std::string(pbb_version()),
          .commit = std::string(pbb_commit()),
          .processor = machine.processor,
          .compute_type = compute_type,
          .started = utc_now(),
          .finished = {},
          .cores = machine.cores,
          .memory_bytes = machine.memory_bytes,
          .threads = omp_get_max_threads(),
          .peak_memory_bytes = {}};
}

void end_sitting(Sitting& sitting) {
  sitting.finished = utc_now();
  sitting.peak_memory_bytes = peak_memory_bytes();
}

const Sitting* RunRecord::training() const {
  const auto found =
      std::ranges::find_if(sittings, [](const Sitting& sitting) { return sitting.kind != "eval"; });
  return found == sittings.end() ? nullptr : &*found;
}

std::optional<RunRecord> read_run_record(const fs::path& run_folder) {
  const fs::path file = run_folder / "run.json";
  if (!fs::exists(file)) return std::nullopt;
  try {
    return record_from(read_json(file));
  } catch (const InputError& error) {
    const std::string message = error.what();
    if (message.starts_with(file.string())) throw;
    throw InputError(
        fmt::format("{}: {}", file.string(), message),
        fmt::format("mend it there, or remove it (rm {}): the run can go on, but what it says of "
                    "its earlier sittings is lost",
                    file.string()));
  }
}

void write_run_record(const fs::path& run_folder, const RunRecord& record) {
  write_file(run_folder / "run.json", json_text(record_json(record), 1) + "\n");
}

void note_results(RunRecord& record, const fs::path& run_folder, const Recipe& recipe, const Corpus& corpus,
                  std::vector<ArmPlan> arms) {
  record.stages.clear();
  record.exposures.clear();
  for (const StageRecipe& stage : recipe.stages) {
    const fs::path file = run_folder / "stages" / stage.name / "result.json";
    if (!fs::exists(file)) continue;
    const StageResult result = read_stage_result(file);
    record.stages.push_back({.name = stage.name,
                             .what = what_a_stage_shows(stage),
                             .steps = result.steps,
                             .tokens = result.tokens,
                             .trained_tokens = result.trained_tokens,
                             .final_loss = result.final_loss,
                             .seconds = result.seconds});
    for (const auto& [name, count] : result.exposures) {
      Exposure& exposure = record.exposures[name];
      exposure.declarations += count.declarations;
      exposure.executions += count.executions;
      exposure.trained_tokens += count.trained_tokens;
      if (count.recalled) exposure.recalled = count.recalled;  // of the last stage that tells
    }
  }
  record.with_io = std::ranges::count(corpus.programs, Split::with_io, &Program::split);
  record.source_only = std::ranges::count(corpus.programs, Split::source_only, &Program::split);
  record.arms = std::move(arms);
  record.questions_per_arm.reset();  // each arm has its own number
  record.timings.clear();
  for (const auto& [part_name, seconds] : read_timings(run_folder, recipe)) {
    if (part_name != "report") record.timings.emplace_back(part_name, seconds);  // which is written later
  }
}

}  // namespace pbb

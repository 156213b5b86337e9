#include "report/run_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/json_lines.h"
#include "run/plan.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

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

RunRecord record_from(const json& run) {
  if (!run.is_object()) throw InputError(fmt::format("expected an object, found {}", run.type_name()));
  RunRecord record;
  get(run, "title", record.title);
  get(run, "command", record.command);
  get(run, "model", record.model);
  get(run, "started", record.started);
  get(run, "finished", record.finished);
  get(run, "pbb_version", record.pbb_version);
  get(run, "git_hash", record.git_hash);
  get(run, "seed", record.seed);
  get(run, "peak_memory_bytes", record.peak_memory_bytes);
  const json machine = part(run, "machine", json::object());
  get(machine, "processor", record.processor);
  get(machine, "compute_type", record.compute_type);
  get(machine, "cores", record.cores);
  get(machine, "memory_bytes", record.memory_bytes);
  const json counts = part(run, "counts", json::object());
  get(counts, "with_io", record.with_io);
  get(counts, "source_only", record.source_only);
  get(counts, "questions_per_arm", record.questions_per_arm);
  for (const json& stage : part(run, "stages", json::array())) {
    StageRecord& added = record.stages.emplace_back();
    get(stage, "name", added.name);
    get(stage, "what", added.what);
    get(stage, "steps", added.steps);
    get(stage, "tokens", added.tokens);
    get(stage, "trained_tokens", added.trained_tokens);
    get(stage, "final_loss", added.final_loss);
    get(stage, "seconds", added.seconds);
  }
  for (const json& arm : part(run, "arms", json::array())) record.arms.push_back(arm_plan_from(arm));
  const json timings = part(run, "timings", json::object());
  for (const auto& [name, value] : timings.items()) {
    get(timings, name.c_str(), record.timings.emplace_back(name, 0.0).second);
  }
  const json exposures = part(run, "exposures", json::object());
  for (const auto& [name, value] : exposures.items()) {
    ExposureRecord& exposure = record.exposures[name];
    get(value, "declarations", exposure.declarations);
    get(value, "executions", exposure.executions);
    get(value, "trained_tokens", exposure.trained_tokens);
  }
  return record;
}

RunRecord read_record(const fs::path& file) {
  try {
    return record_from(read_json(file));
  } catch (const InputError& error) {
    const std::string message = error.what();
    if (message.starts_with(file.string())) throw;
    throw InputError(fmt::format("{}: {}", file.string(), message), "`pbb run` writes this file");
  }
}

// Files (or folders) directly in `folder`, by name; none where there is no such folder.
std::vector<fs::path> entries(const fs::path& folder) {
  std::vector<fs::path> found;
  if (!fs::is_directory(folder)) return found;
  for (const auto& entry : fs::directory_iterator(folder)) found.push_back(entry.path());
  std::ranges::sort(found);
  return found;
}

std::optional<std::int64_t> steps_of(const std::optional<RunRecord>& record, const std::string& stage) {
  if (!record) return std::nullopt;
  const auto found = std::ranges::find(record->stages, stage, &StageRecord::name);
  return found == record->stages.end() ? std::nullopt : std::optional(found->steps);
}

StageCurve read_curve(const fs::path& stage, std::optional<std::int64_t> expected_steps) {
  StageCurve curve{.stage = stage.filename().string(), .steps = {}};
  const auto read_line = [&](const json& line, int) {
    TrainingStep step;
    for (const char* key : {"step", "loss", "learning_rate"}) {
      if (!line.contains(key)) throw InputError(fmt::format("\"{}\" is missing", key));
    }
    get(line, "step", step.step);
    get(line, "loss", step.loss);
    get(line, "learning_rate", step.learning_rate);
    if (step.step != std::ssize(curve.steps) + 1) {
      throw InputError(fmt::format("step {}, expected {}", step.step, std::ssize(curve.steps) + 1));
    }
    if (!std::isfinite(step.loss) || !std::isfinite(step.learning_rate)) {
      throw InputError("the loss or learning rate is not a finite number");
    }
    curve.steps.push_back(step);
  };
  const fs::path file = stage / "metrics.jsonl";
  try {
    read_json_lines(file, read_line);
    if (expected_steps.value_or(std::ssize(curve.steps)) != std::ssize(curve.steps)) {
      throw InputError(fmt::format("{}:{}: the last step of the file; expected {} steps", file.string(),
                                   curve.steps.size(), *expected_steps));
    }
  } catch (const InputError& error) {
    throw InputError(
        error.what(),
        fmt::format("remove it (rm {}) and go on with --resume: it is then made again from the checkpoint",
                    file.string()));
  }
  return curve;
}

// eval/ARM.jsonl of each planned arm that was asked, in the order of the plans; then those that no plan tells
// of.
std::vector<Arm> read_arms(const fs::path& run_folder, const std::vector<ArmPlan>& plans,
                           std::optional<std::int64_t> questions_per_arm) {
  std::vector<Arm> arms;
  const auto add = [&](const ArmPlan& plan, const fs::path& file) {
    arms.push_back({plan, read_results(file, plan.questions ? plan.questions : questions_per_arm)});
  };
  for (const ArmPlan& plan : plans) {
    const fs::path file = run_folder / "eval" / (plan.name + ".jsonl");
    if (fs::exists(file)) add(plan, file);
  }
  for (const fs::path& file : entries(run_folder / "eval")) {
    ArmPlan unknown;
    unknown.name = file.stem().string();
    if (file.extension() != ".jsonl" || std::ranges::count(plans, unknown.name, &ArmPlan::name) > 0) continue;
    add(unknown, file);
  }
  return arms;
}

}  // namespace

RunFolder read_run_folder(const fs::path& path) {
  if (!fs::is_directory(path)) {
    throw InputError(fmt::format("{}: no such folder", path.string()),
                     "name the folder that `pbb run` made, for example out/demo");
  }
  RunFolder run;
  run.path = path;
  if (fs::exists(path / "recipe.toml")) run.recipe = read_file(path / "recipe.toml");
  if (fs::exists(path / "run.json")) run.record = read_record(path / "run.json");
  const auto questions = run.record ? run.record->questions_per_arm : std::nullopt;
  run.arms = read_arms(path, run.record && !run.record->arms.empty() ? run.record->arms : arms_of_run(path),
                       questions);
  run.summary = summarize(run.arms);
  for (const fs::path& stage : entries(path / "stages")) {
    if (fs::exists(stage / "metrics.jsonl")) {
      run.curves.push_back(read_curve(stage, steps_of(run.record, stage.filename().string())));
    }
  }
  if (fs::exists(path / "corpus")) run.corpus = read_corpus(path / "corpus");
  return run;
}

}  // namespace pbb

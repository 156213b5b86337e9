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
    line.at("step").get_to(step.step);
    line.at("loss").get_to(step.loss);
    line.at("learning_rate").get_to(step.learning_rate);
    if (step.step != std::ssize(curve.steps) + 1) {
      throw InputError(fmt::format("step {}, expected {}", step.step, std::ssize(curve.steps) + 1));
    }
    if (!std::isfinite(step.loss) || !std::isfinite(step.learning_rate)) {
      throw InputError("the loss or learning rate is not a finite number");
    }
    for (const auto& [name, value] : line.items()) {
      if (value.is_number()) step.figures[name] = value.get<double>();
    }
    if (line.contains("alarms")) line.at("alarms").get_to(step.alarms);
    curve.steps.push_back(std::move(step));
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
  run.record = read_run_record(path);
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

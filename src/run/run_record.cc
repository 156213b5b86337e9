#include "run/run_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/json_lines.h"
#include "base/machine.h"
#include "run/models.h"

namespace pbb {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

std::string what_a_stage_shows(const StageRecipe& stage) {
  if (stage.kind == StageKind::reading) {
    return "declarations of each source-only program until it is recalled, drills and fresh executions "
           "beside them";
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

json machine_record(const std::string& compute) {
  const Machine machine = this_machine();
  return {{"processor", machine.processor},
          {"cores", machine.cores},
          {"memory_bytes", machine.memory_bytes},
          {"compute_type", data_type_name(compute_type(compute))}};
}

json exposure_record(const ExposureCounts& exposures) {
  json record = json::object();
  for (const auto& [name, count] : exposures) {
    record[name] = {{"declarations", count.declarations},
                    {"executions", count.executions},
                    {"trained_tokens", count.trained_tokens}};
    if (count.recalled) record[name]["recalled"] = *count.recalled;
  }
  return record;
}

json stage_record(const StageResult& result) {
  return {{"steps", result.steps},
          {"tokens", result.tokens},
          {"trained_tokens", result.trained_tokens},
          {"final_loss", result.final_loss},
          {"seconds", result.seconds}};
}

json arms_record(const std::vector<ArmPlan>& arms) {
  json record = json::array();
  for (const ArmPlan& arm : arms) record.push_back(to_json(arm));
  return record;
}

// Runs `read` on what `file` holds; an InputError with the way on when that is not what is written here.
template <typename Read>
auto with_record(const fs::path& file, Read read) {
  const auto refused = [&](const std::string& message) {
    return InputError(
        message,
        fmt::format("remove it (rm {}) and go on with --resume: it is then written anew", file.string()));
  };
  try {
    return read(read_json(file));
  } catch (const json::exception& error) {
    throw refused(fmt::format("{}: not what pbb run writes: {}", file.string(), error.what()));
  } catch (const InputError& error) {
    throw refused(error.what());
  }
}

// Kept apart from run.json, which is written last: parts may be run in different sittings.
fs::path timings_file(const fs::path& run_folder) {
  return run_folder / "timings.json";
}

std::map<std::string, double> read_noted_timings(const fs::path& run_folder) {
  const fs::path file = timings_file(run_folder);
  if (!fs::exists(file)) return {};
  return with_record(file, [](const json& timings) { return timings.get<std::map<std::string, double>>(); });
}

fs::path stage_result_file(const fs::path& run_folder, const StageRecipe& stage) {
  return run_folder / "stages" / stage.name / "result.json";
}

}  // namespace

void write_stage_result(const fs::path& file, const StageResult& result) {
  json record = stage_record(result);
  record["exposures"] = exposure_record(result.exposures);
  write_file(file, record.dump(1) + "\n");
}

StageResult read_stage_result(const fs::path& file) {
  return with_record(file, [](const json& record) {
    StageResult result;
    result.steps = record.at("steps");
    result.tokens = record.at("tokens");
    result.trained_tokens = record.at("trained_tokens");
    result.final_loss = record.at("final_loss");
    result.seconds = record.at("seconds");
    for (const auto& [name, count] : record.at("exposures").items()) {
      result.exposures[name] = {.declarations = count.at("declarations"),
                                .executions = count.at("executions"),
                                .trained_tokens = count.at("trained_tokens")};
      if (count.contains("recalled")) result.exposures[name].recalled = count["recalled"].get<bool>();
    }
    return result;
  });
}

void note_timing(const fs::path& run_folder, const std::string& part, double seconds) {
  auto timings = read_noted_timings(run_folder);
  timings[part] = seconds;
  write_file(timings_file(run_folder), json(timings).dump(1) + "\n");
}

std::map<std::string, double> read_timings(const fs::path& run_folder, const Recipe& recipe) {
  auto timings = read_noted_timings(run_folder);
  for (const StageRecipe& stage : recipe.stages) {
    const fs::path file = stage_result_file(run_folder, stage);
    if (fs::exists(file)) timings["stage " + stage.name] = read_stage_result(file).seconds;
  }
  return timings;
}

void write_run_record(const fs::path& run_folder, const Recipe& recipe, const Corpus& corpus,
                      const std::vector<ArmPlan>& arms) {
  json stages = json::array();
  ExposureCounts exposures;
  for (const StageRecipe& stage : recipe.stages) {
    const StageResult result = read_stage_result(stage_result_file(run_folder, stage));
    json& record = stages.emplace_back(stage_record(result));
    record["name"] = stage.name;
    record["what"] = what_a_stage_shows(stage);
    for (const auto& [name, count] : result.exposures) {
      exposures[name].declarations += count.declarations;
      exposures[name].executions += count.executions;
      exposures[name].trained_tokens += count.trained_tokens;
      if (count.recalled) exposures[name].recalled = count.recalled;  // of the last stage that tells
    }
  }
  const auto of_split = [&](Split split) {
    return std::count_if(corpus.programs.begin(), corpus.programs.end(),
                         [&](const Program& p) { return p.split == split; });
  };
  const json record = {
      {"title", recipe.title},
      {"command", fmt::format("pbb run {} --out {}", recipe.file.string(), run_folder.string())},
      {"pbb_version", PBB_VERSION},
      {"git_hash", PBB_GIT_HASH},
      {"model", recipe.model},
      {"seed", recipe.seed},
      {"finished", utc_now()},
      {"machine", machine_record(recipe.compute)},
      {"counts",
       {
           {"with_io", of_split(Split::with_io)},
           {"source_only", of_split(Split::source_only)},
       }},
      {"arms", arms_record(arms)},
      {"stages", stages},
      {"timings", read_timings(run_folder, recipe)},
      {"exposures", exposure_record(exposures)},
      {"peak_memory_bytes", peak_memory_bytes()}};
  write_file(run_folder / "run.json", record.dump(1) + "\n");
}

}  // namespace pbb

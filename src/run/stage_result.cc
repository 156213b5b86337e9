#include "run/stage_result.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/json_lines.h"
#include "base/json_text.h"

namespace pbb {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

json stage_record(const StageResult& result) {
  return {{"steps", result.steps},
          {"tokens", result.tokens},
          {"trained_tokens", result.trained_tokens},
          {"final_loss", result.final_loss},
          {"seconds", result.seconds}};
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

// Kept apart from run.json: it is added to with every part that is done.
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

json exposures_json(const ExposureCounts& exposures) {
  json object = json::object();
  for (const auto& [name, count] : exposures) {
    object[name] = {{"declarations", count.declarations},
                    {"executions", count.executions},
                    {"trained_tokens", count.trained_tokens}};
    if (count.recalled) object[name]["recalled"] = *count.recalled;
  }
  return object;
}

void write_stage_result(const fs::path& file, const StageResult& result) {
  json record = stage_record(result);
  record["exposures"] = exposures_json(result.exposures);
  write_file(file, json_text(record, 1) + "\n");
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
  write_file(timings_file(run_folder), json_text(json(timings), 1) + "\n");
}

std::map<std::string, double> read_timings(const fs::path& run_folder, const Recipe& recipe) {
  auto timings = read_noted_timings(run_folder);
  for (const StageRecipe& stage : recipe.stages) {
    const fs::path file = stage_result_file(run_folder, stage);
    if (fs::exists(file)) timings["stage " + stage.name] = read_stage_result(file).seconds;
  }
  return timings;
}

}  // namespace pbb

// What the parts of a run leave about themselves: stages/NAME/result.json and timings.json.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "recipe/recipe.h"
#include "training/train.h"

namespace pbb {

void write_stage_result(const std::filesystem::path& file, const StageResult& result);
StageResult read_stage_result(const std::filesystem::path& file);
nlohmann::json exposures_json(const ExposureCounts& exposures);  // as both result.json and run.json have them

// timings.json: how long each part of a run took, in seconds; of loading and of writing checkpoints, in the
// last sitting that trained.
void note_timing(const std::filesystem::path& run_folder, const std::string& part, double seconds);

// These, and with them how long each stage that is done was trained.
std::map<std::string, double> read_timings(const std::filesystem::path& run_folder, const Recipe& recipe);

}  // namespace pbb

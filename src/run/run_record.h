// What a run leaves about itself: stages/NAME/result.json timings.json and run.json (written last of all
// data).
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "programs/corpus.h"
#include "recipe/recipe.h"
#include "training/train.h"

namespace pbb {

void write_stage_result(const std::filesystem::path& file, const StageResult& result);
StageResult read_stage_result(const std::filesystem::path& file);

// timings.json: how long each part of a run took, in seconds; of loading and of writing checkpoints, in the
// last sitting that trained.
void note_timing(const std::filesystem::path& run_folder, const std::string& part, double seconds);

// These, and with them how long each stage that is done was trained.
std::map<std::string, double> read_timings(const std::filesystem::path& run_folder, const Recipe& recipe);

// run.json: versions, git hash, model, machine, seed, counts, stages, exposures, timings, the command.
// `questions`: what each arm was asked.
void write_run_record(const std::filesystem::path& run_folder, const Recipe& recipe, const Corpus& corpus,
                      const std::vector<ArmPlan>& arms);

}  // namespace pbb

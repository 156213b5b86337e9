// What a run's folder holds, read for the report. A part that is not there is empty or absent; a part that
// cannot be read, or has fewer or more lines than run.json tells of, is an InputError naming file and line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "evaluation/summary.h"
#include "programs/corpus.h"

namespace pbb {

struct StageRecord {
  std::string name, what;
  std::int64_t steps = 0, tokens = 0, trained_tokens = 0;
  double final_loss = 0, seconds = 0;
};

// How often training showed a program.
struct ExposureRecord {
  std::int64_t declarations = 0, executions = 0, trained_tokens = 0;
};

// run.json: what `pbb run` notes of itself. Texts are empty and numbers absent where it notes nothing.
struct RunRecord {
  std::string title, command, model, started, finished, pbb_version, git_hash;
  std::string processor, compute_type;
  std::optional<std::int64_t> cores, memory_bytes, peak_memory_bytes, seed, with_io, source_only,
      questions_per_arm;
  std::vector<StageRecord> stages;
  std::vector<ArmPlan> arms;                            // none in runs of earlier versions
  std::vector<std::pair<std::string, double>> timings;  // seconds
  std::map<std::string, ExposureRecord> exposures;
};

struct TrainingStep {
  std::int64_t step = 0;
  double loss = 0, learning_rate = 0;
};
struct StageCurve {
  std::string stage;
  std::vector<TrainingStep> steps;
};

struct RunFolder {
  std::filesystem::path path;
  std::optional<std::string> recipe;  // recipe.toml, as text
  std::optional<RunRecord> record;
  std::vector<Arm> arms;  // eval/*.jsonl, in the order of the recipe
  Summary summary;        // of the arms
  std::vector<StageCurve> curves;
  std::optional<Corpus> corpus;
};

RunFolder read_run_folder(const std::filesystem::path& path);

}  // namespace pbb

// What a run's folder holds, read for the report. A part that is not there is empty or absent; a part that
// cannot be read, or has fewer or more lines than run.json tells of, is an InputError naming file and line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "evaluation/summary.h"
#include "programs/corpus.h"
#include "run/run_record.h"

namespace pbb {

struct TrainingStep {
  std::int64_t step = 0;
  double loss = 0, learning_rate = 0;
  std::map<std::string, double> figures = {};  // all other numbers of the step, by name
  std::vector<std::string> alarms = {};
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

// run.json, what a run says of itself. Written by what trains and by what asks the arms, once when such a
// sitting begins and once when it ends, and by nothing else: sittings are added, never changed afterwards.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "evaluation/arm_plan.h"
#include "examples/pack.h"
#include "programs/corpus.h"
#include "recipe/recipe.h"

namespace pbb {

// One process at work on a run.
struct Sitting {
  std::string kind;     // "run", "train" or "eval"
  std::string command;  // with its overrides
  std::string pbb_version, commit;
  std::string processor, compute_type;
  std::string started, finished;  // UTC; not finished: stopped or killed
  std::optional<std::int64_t> cores, memory_bytes, threads, peak_memory_bytes;
};
// The process that this is, beginning now.
Sitting begin_sitting(std::string kind, std::string command, const std::string& compute_type);
void end_sitting(Sitting& sitting);

struct StageRecord {
  std::string name, what;
  std::int64_t steps = 0, tokens = 0, trained_tokens = 0;
  double final_loss = 0, seconds = 0;
};

// Texts are empty and numbers absent where nothing was noted.
struct RunRecord {
  std::string title;
  std::string command;         // that makes the run from its beginning
  std::string model;           // as the recipe names it
  std::string model_checksum;  // of its files (run/models.h); as CRC-32, like the next
  std::string corpus_checksum;
  std::string compute_type;  // that it was trained in, and is asked in
  std::optional<std::int64_t> seed;
  std::vector<Sitting> sittings;
  // Of what is done so far.
  std::optional<std::int64_t> with_io, source_only, questions_per_arm;
  std::vector<StageRecord> stages;
  std::vector<std::pair<std::string, double>> timings;  // seconds
  std::vector<ArmPlan> arms;                            // none in runs of earlier versions
  ExposureCounts exposures;

  // The first one that trained; null when none is known.
  const Sitting* training() const;
};

// Nothing when there is no run.json; one of a pbb before sittings has one of kind "run". InputError naming
// the file and what is wrong in it.
std::optional<RunRecord> read_run_record(const std::filesystem::path& run_folder);
void write_run_record(const std::filesystem::path& run_folder, const RunRecord& record);

// Counts, stages, exposures and timings, from the results of the stages that are done; and the arms, with how
// many questions each is asked.
void note_results(RunRecord& record, const std::filesystem::path& run_folder, const Recipe& recipe,
                  const Corpus& corpus, std::vector<ArmPlan> arms);

}  // namespace pbb

// A recipe's training data for other tools: a folder with a folder a stage, in it a file a format
// (data_formats.h), and a README.md that says how each tool reads it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/manifest.h"
#include "programs/corpus.h"
#include "programs/program.h"
#include "recipe/recipe.h"

namespace pbb {

// Of the folder's manifest (base/manifest.h).
inline constexpr std::string_view training_data_kind = "folder of training data";

struct TrainingDataOptions {
  std::vector<std::string> formats;  // names of data_formats.h
  std::string command;               // that writes it, for README.md
  std::filesystem::path run;         // the run whose stages it is of; empty: of a recipe alone
  Replace replace = Replace::nothing;
};

struct ExportedFile {
  std::string format;
  std::int64_t lines = 0, left_out = 0;
};
struct ExportedStage {
  std::string name;
  std::int64_t steps = 0, tokens = 0, trained_tokens = 0;
  std::int64_t examples = 0, longest = 0;  // longest: tokens of one
  std::int64_t same_as_one_text = 0;       // of prompt_completion's lines: is_same_as_one_text
  std::int64_t kept = 0;       // examples that pbb holds to what the model said before (Example::keeps)
  std::int64_t weighted = 0;   // examples whose loss counts with another weight than 1
  std::int64_t corrupted = 0;  // examples that are read otherwise than they are written
  bool is_merged = false;      // pbb merges its adapter before the next stage trains a new one
  bool is_guessed = false;     // what it shows hangs on what a model gets right, which nobody knows
  std::vector<ExportedFile> files;
};

// Writes the folder, whole or not at all; InputError where it may not be written (base/manifest.h). Each stage's examples
// are those of pbb's own training, in its order. What a stage of reading or of practice shows hangs on what the
// model gets right: of a run's, each program is right from where it was in the run; else none ever is, so that all
// come up alike until the budget is spent. Runs the fresh programs of such stages by `run`. InputError where there is a
// stage of GRPO, whose examples are the model's own.
std::vector<ExportedStage> export_training_data(const Recipe& recipe, const Corpus& corpus, const Runner& run,
                                                const TrainingDataOptions& options,
                                                const std::filesystem::path& folder);

}  // namespace pbb

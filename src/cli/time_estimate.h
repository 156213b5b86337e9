// How long a run will take, found by doing a little of it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/workload.h"

namespace pbb {

struct TimePart {
  std::string name;  // "stage 1", "arm trained", "checkpoints", …
  double seconds = 0;
};

// Loads the recipe's model, trains a few steps of each stage on that stage's own batches, asks a few of its
// questions, and writes a part of a checkpoint into `folder`. Untrained arms are counted by answers of the
// length that the untrained model gave; trained ones by answers of the true answers' length.
std::vector<TimePart> measure_times(const Recipe& recipe, const PreparedRun& prepared,
                                    const std::filesystem::path& folder);

// Steps that decode `batch_size` sequences at once until answers of these lengths are done, by how many are
// still running: element r - 1 counts the steps with r of them.
std::vector<std::int64_t> decoding_steps(const std::vector<std::int64_t>& answers, std::size_t batch_size);

}  // namespace pbb

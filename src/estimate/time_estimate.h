// How long a run will take, found by doing a little of it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "estimate/workload.h"

namespace pbb {

struct TimePart {
  std::string name;  // as in a run's timings.json: "stage 1", "arm trained", "checkpoints", …
  double seconds = 0;
};

// Loads the recipe's model, asks a few of its questions (cli/arm_estimate.h), trains a few steps of each
// stage on that stage's own batches, and writes and reads a part of a checkpoint in `folder`.
std::vector<TimePart> measure_times(const Recipe& recipe, const PreparedRun& prepared,
                                    const std::filesystem::path& folder);

}  // namespace pbb

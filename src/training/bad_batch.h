// A step that cannot be made.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "examples/example.h"
#include "training/train.h"

namespace pbb {

struct BadStep {
  std::int64_t step = 0;   // from 1
  std::int64_t saved = 0;  // the step that the last checkpoint is of; 0 when there is none
  double loss = 0, norm = 0;
};

// Writes bad_batch.json into the stage's folder, and throws the Error that tells of it.
[[noreturn]] void throw_not_finite(const std::filesystem::path& folder, const TrainOptions& options,
                                   const std::vector<Example>& examples, const BadStep& bad);

}  // namespace pbb

// AdamW over a set of parameters: decay on matrices alone, gradients clipped by their global norm.
#pragma once

#include <cstdint>
#include <vector>

#include "model/parameters.h"

namespace pbb {

struct OptimizerOptions {
  double beta1 = 0.9, beta2 = 0.95, weight_decay = 0.01;
  double clip_norm = 1.0;  // 0: none
};

class Optimizer {
 public:
  // `trained`: Decoder::trained(); its array is shared, so the set itself need not outlive this.
  Optimizer(const ParameterSet& trained, const OptimizerOptions& options);

  Tensor& gradients() { return gradients_; }
  Tensor& first_moments() { return first_moments_; }
  Tensor& second_moments() { return second_moments_; }
  // One update from gradients(), which stay as they are; `step` counts from 1. Returns their norm before
  // clipping; when it is not finite, the weights and moments are left as they were. The decoder that is
  // trained wants refresh_trained() after it.
  double update(double learning_rate, std::int64_t step);

 private:
  struct Range {  // of the flat array
    std::size_t begin, length;
    bool decays;
  };

  OptimizerOptions options_;
  std::vector<Range> ranges_;
  Tensor weights_, gradients_, first_moments_, second_moments_;
};

}  // namespace pbb

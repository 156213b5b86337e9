// AdamW over a decoder's weights: decay on matrices alone, gradients clipped by their global norm.
#pragma once

#include <cstdint>
#include <vector>

#include "model/decoder.h"

namespace pbb {

struct OptimizerOptions {
  double beta1 = 0.9, beta2 = 0.95, weight_decay = 0.01;
  double clip_norm = 1.0;  // 0: none
};

class Optimizer {
 public:
  Optimizer(Decoder& decoder, const OptimizerOptions& options);

  Tensor& gradients() { return gradients_; }
  Tensor& first_moments() { return first_moments_; }
  Tensor& second_moments() { return second_moments_; }
  // One update from gradients(), which stay as they are; `step` counts from 1. Returns their norm before
  // clipping; when it is not finite, the weights and moments are left as they were.
  double update(double learning_rate, std::int64_t step);

 private:
  struct Range {  // of the flat array
    std::size_t begin, length;
    bool decays;
  };

  Decoder* decoder_;
  OptimizerOptions options_;
  std::vector<Range> ranges_;
  Tensor gradients_, first_moments_, second_moments_;
};

}  // namespace pbb

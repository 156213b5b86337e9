// Choosing a token from logits.
#pragma once

#include <cstdint>
#include <span>

#include "base/random.h"
#include "tensor/ops/cross_entropy.h"

namespace pbb {

struct TokenChoice {
  std::int32_t token = 0;
  // Under softmax(logits), whatever the temperature; NaN when the logits are not finite.
  float log_probability = 0;
};

struct Sampling {
  float temperature = 0;  // 0: the largest logit, the first of equals; else softmax(logits / temperature)
  // Below 1: drawn from the fewest likeliest tokens whose probabilities add up to it, one at least (nucleus
  // sampling, Holtzman et al. 2020, arXiv:1904.09751).
  float top_p = 1;
};

// `summary` is that of the logits. One number is taken from `random` where there is something to draw.
TokenChoice choose_token(std::span<const float> logits, const LogitsSummary& summary,
                         const Sampling& sampling, Random& random);

}  // namespace pbb

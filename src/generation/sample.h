// Choosing a token from logits.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/random.h"
#include "tensor/ops/cross_entropy.h"

namespace pbb {

struct LikelyToken {
  std::int32_t token = 0;
  float log_probability = 0;  // under softmax(logits), whatever the temperature
};

struct TokenChoice {
  std::int32_t token = 0;
  // As that of LikelyToken; NaN when the logits are not finite.
  float log_probability = 0;
  std::vector<LikelyToken> likeliest = {};  // where they were asked for: the likeliest first
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

// The `count` largest logits, the first of equals first.
std::vector<LikelyToken> likeliest_tokens(std::span<const float> logits, const LogitsSummary& summary,
                                          std::size_t count);

}  // namespace pbb

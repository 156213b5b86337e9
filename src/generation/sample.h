// Choosing a token from logits.
#pragma once

#include <cstdint>
#include <span>

#include "base/random.h"
#include "tensor/ops/cross_entropy.h"

namespace pbb {

struct TokenChoice {
  std::int32_t token = 0;
  float log_probability =
      0;  // under softmax(logits), whatever the temperature; NaN when the logits are not finite
};

// `summary` is that of the logits. Temperature 0: the largest logit, the first of equals. Else a draw from
// softmax(logits / temperature), one number taken from `random`.
TokenChoice choose_token(std::span<const float> logits, const LogitsSummary& summary, float temperature,
                         Random& random);

}  // namespace pbb

// Greedy choice and temperature sampling.
#include "generation/sample.h"

#include <cmath>
#include <limits>

namespace pbb {
namespace {

// Σ exp((logit - top) / temperature), in double.
double sum_of_exponentials(std::span<const float> logits, float top, float temperature) {
  double sum = 0;
  for (const float logit : logits) sum += std::exp((logit - top) / temperature);
  return sum;
}

std::size_t draw(std::span<const float> logits, float top, float temperature, Random& random) {
  double left = random.uniform() * sum_of_exponentials(logits, top, temperature);
  std::size_t last = 0;  // of those that can be drawn: where rounding leaves a rest, it is taken
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const double share = std::exp((logits[i] - top) / temperature);
    if (share == 0) continue;
    last = i;
    left -= share;
    if (left < 0) break;
  }
  return last;
}

}  // namespace

TokenChoice choose_token(std::span<const float> logits, const LogitsSummary& summary, float temperature,
                         Random& random) {
  const auto best = static_cast<std::size_t>(summary.largest);
  const float top = logits[best];
  if (!std::isfinite(top) || !std::isfinite(summary.sum)) {
    return {0, std::numeric_limits<float>::quiet_NaN()};
  }
  const std::size_t chosen = temperature == 0 ? best : draw(logits, top, temperature, random);
  return {static_cast<std::int32_t>(chosen), logits[chosen] - top - std::log(summary.sum)};
}

}  // namespace pbb

#include "training/group_policy.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace pbb {

bool is_dead(std::span<const double> rewards) {
  return std::ranges::adjacent_find(rewards, std::ranges::not_equal_to()) == rewards.end();
}

std::vector<double> group_advantages(std::span<const double> rewards, GroupNormalisation normalisation) {
  constexpr double least_deviation = 1e-4;
  const auto count = static_cast<double>(rewards.size());
  const double mean = std::accumulate(rewards.begin(), rewards.end(), 0.0) / count;
  double squares = 0;
  for (const double reward : rewards) squares += (reward - mean) * (reward - mean);
  const double scale = normalisation == GroupNormalisation::token
                           ? 1 / (std::sqrt(squares / (count - 1)) + least_deviation)
                           : 1;
  std::vector<double> advantages;
  for (const double reward : rewards) advantages.push_back(scale * (reward - mean));
  return advantages;
}

double policy_divisor(std::int64_t tokens, std::int64_t most_tokens, GroupNormalisation normalisation) {
  const std::int64_t counted = normalisation == GroupNormalisation::token ? tokens : most_tokens;
  return static_cast<double>(std::max<std::int64_t>(1, counted));
}

TokenWeight token_weight(double advantage, const TokenProbabilities& token, const PolicyOptions& options) {
  const double ratio = std::exp(token.now - token.sampled);
  const bool clipped = advantage > 0 ? ratio > 1 + options.clip_high : ratio < 1 - options.clip_low;
  const double pull = options.kl == 0 ? 0 : options.kl * std::expm1(token.reference - token.now);
  return {.weight = (clipped ? 0 : ratio * advantage) + pull, .clipped = clipped && advantage != 0};
}

double divergence_of(const TokenProbabilities& token) {
  const double difference = token.reference - token.now;
  return std::expm1(difference) - difference;
}

}  // namespace pbb

// Greedy choice and temperature sampling.
#include "generation/sample.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

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

// A draw from the nucleus. Equal logits come in the order of their tokens, so that draws repeat.
std::size_t draw_from_nucleus(std::span<const float> logits, float top, const Sampling& sampling,
                              Random& random) {
  std::vector<std::size_t> order(logits.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return logits[a] > logits[b]; });
  const double wanted = sampling.top_p * sum_of_exponentials(logits, top, sampling.temperature);
  std::vector<double> sums;
  while (sums.size() < order.size() && (sums.empty() || sums.back() < wanted)) {
    const double share = std::exp((logits[order[sums.size()]] - top) / sampling.temperature);
    sums.push_back((sums.empty() ? 0 : sums.back()) + share);
  }
  const auto drawn = std::ranges::upper_bound(sums, random.uniform() * sums.back());
  return order[std::min(static_cast<std::size_t>(drawn - sums.begin()), sums.size() - 1)];
}

}  // namespace

TokenChoice choose_token(std::span<const float> logits, const LogitsSummary& summary,
                         const Sampling& sampling, Random& random) {
  const auto best = static_cast<std::size_t>(summary.largest);
  const float top = logits[best];
  if (!std::isfinite(top) || !std::isfinite(summary.sum)) {
    return {.token = 0, .log_probability = std::numeric_limits<float>::quiet_NaN()};
  }
  std::size_t chosen = best;
  if (sampling.temperature > 0) {
    chosen = sampling.top_p < 1 ? draw_from_nucleus(logits, top, sampling, random)
                                : draw(logits, top, sampling.temperature, random);
  }
  return {.token = static_cast<std::int32_t>(chosen),
          .log_probability = logits[chosen] - top - std::log(summary.sum)};
}

std::vector<LikelyToken> likeliest_tokens(std::span<const float> logits, const LogitsSummary& summary,
                                          std::size_t count) {
  std::vector<std::int32_t> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  const auto logit = [&](std::int32_t token) { return logits[static_cast<std::size_t>(token)]; };
  const auto end = order.begin() + static_cast<std::ptrdiff_t>(std::min(count, order.size()));
  std::partial_sort(order.begin(), end, order.end(), [&](std::int32_t a, std::int32_t b) {
    return logit(a) != logit(b) ? logit(a) > logit(b) : a < b;
  });
  const float top = logits[static_cast<std::size_t>(summary.largest)];
  std::vector<LikelyToken> likeliest;
  for (auto token = order.begin(); token != end; ++token)
    likeliest.push_back({*token, logit(*token) - top - std::log(summary.sum)});
  return likeliest;
}

}  // namespace pbb

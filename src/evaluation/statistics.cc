#include "evaluation/statistics.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/error.h"
#include "base/random.h"

namespace pbb {
namespace {

constexpr double normal_quantile = 1.959963984540054;  // of 0.975
constexpr std::size_t exact_limit = 20;                // 2^20 sign patterns
constexpr std::size_t fewest_resampled = 10;
constexpr int permutations = 20000;

// Wilson's interval for a share seen in n independent trials; the share need not be a whole number of them.
Interval wilson(double share, double n) {
  if (n <= 0) return {0, 1};
  const double z2 = normal_quantile * normal_quantile;
  const double centre = (share + z2 / (2 * n)) / (1 + z2 / n);
  const double half = normal_quantile / (1 + z2 / n) * std::sqrt(share * (1 - share) / n + z2 / (4 * n * n));
  return {share <= 0 ? 0 : std::max(0.0, centre - half), share >= 1 ? 1 : std::min(1.0, centre + half)};
}

double share_of(const Cluster& cluster) {
  return static_cast<double>(cluster.correct) / cluster.items;
}

// Uniform in [0, size) but for a bias below size / 2^32, and several times as fast as Random::integer: a
// report draws tens of millions of these.
std::size_t draw_index(Random& random, std::size_t size) {
  return ((random.next() >> 32) * size) >> 32;
}

// The share of all sign patterns whose sum is as far from zero as the one observed. Patterns are walked in
// Gray-code order, so that each differs from the last in one sign.
double exact_p(std::vector<double> differences, double threshold) {
  double sum = 0;
  for (const double d : differences) sum += d;
  const std::uint64_t patterns = std::uint64_t{1} << differences.size();
  std::uint64_t extreme = 0;
  for (std::uint64_t i = 1;; ++i) {
    if (std::abs(sum) >= threshold) ++extreme;
    if (i == patterns) break;
    double& flipped = differences[static_cast<std::size_t>(std::countr_zero(i))];
    sum -= 2 * flipped;
    flipped = -flipped;
  }
  return static_cast<double>(extreme) / static_cast<double>(patterns);
}

}  // namespace

Interval cluster_interval(std::span<const Cluster> all, std::uint64_t seed, int resamples) {
  std::vector<Cluster> clusters;
  std::ranges::copy_if(all, std::back_inserter(clusters), [](const Cluster& c) { return c.items > 0; });
  if (clusters.empty()) return {0, 1};
  Cluster together;
  for (const Cluster& cluster : clusters) {
    together.correct += cluster.correct;
    together.items += cluster.items;
  }
  if (clusters.size() < fewest_resampled)
    return wilson(share_of(together), static_cast<double>(clusters.size()));
  const double first = share_of(clusters.front());
  if (std::ranges::all_of(clusters, [&](const Cluster& c) { return share_of(c) == first; })) {
    return wilson(first, static_cast<double>(clusters.size()));
  }
  Random random(seed, "cluster bootstrap");
  std::vector<double> shares;
  for (int r = 0; r < resamples; ++r) {
    Cluster sum;
    for (std::size_t i = 0; i < clusters.size(); ++i) {
      const Cluster& drawn = clusters[draw_index(random, clusters.size())];
      sum.correct += drawn.correct;
      sum.items += drawn.items;
    }
    shares.push_back(share_of(sum));
  }
  std::ranges::sort(shares);
  const std::size_t tail = shares.size() / 40;  // 2.5 % on either side
  return {shares[tail], shares[shares.size() - 1 - tail]};
}

Interval wilson_interval(int correct, int items) {
  return wilson(items > 0 ? static_cast<double>(correct) / items : 0, items);
}

double paired_permutation_p(std::span<const double> a, std::span<const double> b, std::uint64_t seed) {
  if (a.size() != b.size()) throw Error("paired_permutation_p: the samples differ in length");
  std::vector<double> differences;
  double observed = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i]) differences.push_back(a[i] - b[i]);
    observed += a[i] - b[i];
  }
  if (differences.empty()) return 1;
  const double threshold = std::abs(observed) - 1e-9;  // equal sums may differ in their last bits
  if (differences.size() <= exact_limit) return exact_p(std::move(differences), threshold);
  Random random(seed, "sign flips");
  int extreme = 0;
  for (int r = 0; r < permutations; ++r) {
    double sum = 0;
    std::uint64_t signs = 0;  // 64 of them a draw
    for (std::size_t i = 0; i < differences.size(); ++i, signs >>= 1) {
      if (i % 64 == 0) signs = random.next();
      sum += (signs & 1) == 0 ? differences[i] : -differences[i];
    }
    if (std::abs(sum) >= threshold) ++extreme;
  }
  return (extreme + 1.0) / (permutations + 1.0);  // the observed pattern is one of them
}

}  // namespace pbb

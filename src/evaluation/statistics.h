// Intervals and tests over programs: items of one program are not independent.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace pbb {

struct Interval {
  double low = 0, high = 0;
};

struct Cluster {  // one program
  int correct = 0;
  int items = 0;  // verdicts `error` left out
};

// 95 % interval of the share of correct items over programs: cluster bootstrap (programs drawn with
// replacement, percentile) or, below ten programs, where that covers too little (81 % of true shares of 0.5
// with three programs, 85 % with five), the Wilson interval with programs as trials. So too where every
// cluster agrees (all right or all wrong) and the bootstrap has no width.
Interval cluster_interval(std::span<const Cluster> clusters, std::uint64_t seed = 1, int resamples = 10000);
// 95 % Wilson score interval (Wilson 1927).
Interval wilson_interval(int correct, int items);
// Two-sided sign-flip permutation test on paired per-program accuracies; exact up to 20 programs that differ.
double paired_permutation_p(std::span<const double> a, std::span<const double> b, std::uint64_t seed = 1);

}  // namespace pbb

// Intervals and tests against values worked out by hand.
#include "evaluation/statistics.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace pbb {
namespace {

TEST(Statistics, WilsonIntervalIsThatOfTheTextbook) {
  const Interval seven_of_ten = wilson_interval(7, 10);
  EXPECT_NEAR(seven_of_ten.low, 0.3968, 5e-5);
  EXPECT_NEAR(seven_of_ten.high, 0.8922, 5e-5);
}

TEST(Statistics, WilsonIntervalAtTheEndsTouchesThemExactly) {
  EXPECT_EQ(wilson_interval(0, 10).low, 0);
  EXPECT_NEAR(wilson_interval(0, 10).high, 0.2775, 5e-5);  // z² / (n + z²)
  EXPECT_EQ(wilson_interval(10, 10).high, 1);
  EXPECT_NEAR(wilson_interval(10, 10).low, 0.7225, 5e-5);
}

TEST(Statistics, NothingAskedLeavesEverythingOpen) {
  EXPECT_EQ(wilson_interval(0, 0).low, 0);
  EXPECT_EQ(wilson_interval(0, 0).high, 1);
  EXPECT_EQ(cluster_interval({}).low, 0);
  EXPECT_EQ(cluster_interval({}).high, 1);
}

TEST(Statistics, BelowTenProgramsTheIntervalIsWilsonsWithProgramsAsTrials) {
  std::vector<Cluster> clusters = {{2, 2}, {1, 2}};  // n = 2, share 3/4
  EXPECT_NEAR(cluster_interval(clusters).low, 0.1979, 5e-4);
  EXPECT_NEAR(cluster_interval(clusters).high, 0.9732, 5e-4);
  clusters.resize(9, {0, 2});
  const Interval nine = cluster_interval(clusters);
  clusters.push_back({0, 2});
  EXPECT_GT(nine.low, 0);  // Wilson's never is, but for a share of 0
  EXPECT_EQ(cluster_interval(clusters).low, 0);
}

TEST(Statistics, ClusterIntervalIsTheBinomialsWhenProgramsHaveOneItem) {
  // Wrong draws are Binomial(10, 0.1): P(4 or more) = 0.013, P(3 or more) = 0.070, P(none) = 0.349.
  std::vector<Cluster> clusters(9, {1, 1});
  clusters.push_back({0, 1});
  EXPECT_EQ(cluster_interval(clusters).low, 0.7);
  EXPECT_EQ(cluster_interval(clusters).high, 1);
}

TEST(Statistics, ItemsOfOneProgramDoNotCountAsIndependent) {
  std::vector<Cluster> clusters;
  for (int i = 0; i < 10; ++i) clusters.push_back({i % 2 == 0 ? 10 : 0, 10});
  const Interval over_programs = cluster_interval(clusters);
  const Interval over_items = wilson_interval(50, 100);
  EXPECT_LT(over_programs.low, over_items.low - 0.05);
  EXPECT_GT(over_programs.high, over_items.high + 0.05);
}

TEST(Statistics, WhereAllProgramsAgreeWilsonOverProgramsIsGiven) {
  const std::vector<Cluster> all_right(10, {4, 4});
  EXPECT_NEAR(cluster_interval(all_right).low, 0.7225, 5e-5);
  EXPECT_EQ(cluster_interval(all_right).high, 1);
  const std::vector<Cluster> all_half(4, {1, 2});  // n = 4, share 1/2: 0.5 ± z/(2 sqrt(n + z²))
  EXPECT_NEAR(cluster_interval(all_half).low, 0.15, 5e-4);
  EXPECT_NEAR(cluster_interval(all_half).high, 0.85, 5e-4);
}

TEST(Statistics, ProgramsWithoutItemsAreLeftOut) {
  const Cluster clusters[] = {{2, 2}, {0, 0}, {1, 2}}, others[] = {{2, 2}, {1, 2}};
  EXPECT_EQ(cluster_interval(clusters).low, cluster_interval(others).low);
}

TEST(Statistics, ClusterIntervalIsReproducibleAndFollowsItsSeed) {
  std::vector<Cluster> clusters;
  for (int i = 0; i < 50; ++i) clusters.push_back({i % 7, 7});
  EXPECT_EQ(cluster_interval(clusters, 3, 200).low, cluster_interval(clusters, 3, 200).low);
  EXPECT_NE(cluster_interval(clusters, 3, 200).low, cluster_interval(clusters, 4, 200).low);
}

TEST(Statistics, PermutationTestCountsSignPatternsExactly) {
  const double zeros[] = {0, 0, 0};
  EXPECT_EQ(paired_permutation_p(std::vector<double>{1, 1, 1}, zeros), 2.0 / 8);  // +++ and ---
  EXPECT_EQ(paired_permutation_p(std::vector<double>{1, 1, -1}, zeros), 1);       // every |sum| >= 1
  EXPECT_EQ(paired_permutation_p(std::vector<double>{1, 0.5, 0}, zeros),
            2.0 / 4);  // pairs that agree drop out
  EXPECT_EQ(paired_permutation_p(std::vector<double>{3, 2, 1}, zeros), 2.0 / 8);
  EXPECT_EQ(paired_permutation_p(std::vector<double>{3, 2, -1}, zeros), 4.0 / 8);  // |sum| >= 4: 6 and 4
  EXPECT_EQ(paired_permutation_p(zeros, zeros), 1);
}

TEST(Statistics, PermutationTestIsTheSameEitherWayRound) {
  const double a[] = {0.1, 0.7, 0.4, 0.9, 0.3}, b[] = {0.2, 0.3, 0.1, 0.2, 0.1};
  EXPECT_EQ(paired_permutation_p(a, b), paired_permutation_p(b, a));
}

TEST(Statistics, TwentyProgramsThatAllDifferAreTestedExactly) {
  const std::vector<double> ones(20, 1.0), zeros(20, 0.0);
  EXPECT_EQ(paired_permutation_p(ones, zeros), 2.0 / (1 << 20));
}

TEST(Statistics, ManyProgramsAreTestedByDrawingAndNeverGiveZero) {
  const std::vector<double> ones(40, 1.0), zeros(40, 0.0);
  EXPECT_EQ(paired_permutation_p(ones, zeros), 1.0 / 20001);
  std::vector<double> balanced;
  for (int i = 0; i < 40; ++i) balanced.push_back(i % 2 == 0 ? 1 : -1);
  EXPECT_EQ(paired_permutation_p(balanced, zeros), 1);
}

TEST(Statistics, PermutationTestRefusesSamplesOfDifferentLength) {
  EXPECT_THROW(paired_permutation_p(std::vector<double>{1}, std::vector<double>{1, 0}), Error);
}

}  // namespace
}  // namespace pbb

#include "base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "base/json_lines.h"

namespace pbb {
namespace {

TEST(Random, DrawsTheGoldenValues) {
  const nlohmann::json streams = read_json(PBB_GOLDEN "/random.json");
  ASSERT_EQ(streams.size(), 9U);
  for (const auto& golden : streams) {
    const auto start = [&] {
      return Random(golden.at("seed").get<std::uint64_t>(), golden.at("stream").get<std::string>());
    };
    Random random = start();
    for (const auto& value : golden.at("next")) EXPECT_EQ(std::to_string(random.next()), value);
    random = start();
    for (const auto& value : golden.at("integer")) EXPECT_EQ(random.integer(-7, 20), value);
    random = start();
    for (const auto& value : golden.at("uniform")) EXPECT_EQ(random.uniform(), value);
    random = start();
    for (const auto& value : golden.at("normal")) EXPECT_NEAR(random.normal(), value.get<double>(), 1e-14);
  }
}

TEST(Random, AStreamDoesNotDependOnWhatOtherStreamsDraw) {
  Random alone(1, "programs");
  Random other(1, "batches"), beside(1, "programs");
  for (int i = 0; i < 100; ++i) {
    for (int j = 0; j < i % 3; ++j) other.next();
    EXPECT_EQ(alone.next(), beside.next());
  }
}

TEST(Random, SeedsAndStreamsDiffer) {
  std::set<std::uint64_t> first;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    for (const char* stream : {"", "a", "b", "ab", "ba"}) first.insert(Random(seed, stream).next());
  }
  EXPECT_EQ(first.size(), 250U);
}

TEST(Random, ASavedStateGoesOnAsIfNothingHadHappened) {
  Random random(3, "resume");
  random.normal();
  Random resumed = Random::from_state(random.state());
  for (int i = 0; i < 10; ++i) EXPECT_EQ(random.next(), resumed.next());
}

TEST(Random, IntegersReachBothEndsAndNoFurther) {
  Random random(1, "integers");
  std::vector<int> counts(6);
  for (int i = 0; i < 6000; ++i) ++counts.at(static_cast<std::size_t>(random.integer(-2, 3) + 2));
  for (const int count : counts) EXPECT_NEAR(count, 1000, 150);
  EXPECT_EQ(random.integer(5, 5), 5);
}

TEST(Random, TheWidestRangesAreNotOverflowed) {
  constexpr auto low = std::numeric_limits<std::int64_t>::min();
  constexpr auto high = std::numeric_limits<std::int64_t>::max();
  Random random(1, "wide");
  bool negative = false, positive = false;
  for (int i = 0; i < 100; ++i) {
    (random.integer(low, high) < 0 ? negative : positive) = true;
    EXPECT_GE(random.integer(high - 1, high), high - 1);
    EXPECT_LE(random.integer(low, low + 1), low + 1);
  }
  EXPECT_TRUE(negative && positive);
}

TEST(Random, NormalHasMeanZeroAndVarianceOne) {
  Random random(1, "normal");
  double sum = 0, squares = 0;
  constexpr int count = 100'000;
  for (int i = 0; i < count; ++i) {
    const double draw = random.normal();
    ASSERT_TRUE(std::isfinite(draw));
    sum += draw;
    squares += draw * draw;
  }
  EXPECT_NEAR(sum / count, 0, 0.02);
  EXPECT_NEAR(squares / count, 1, 0.02);
}

TEST(Random, ShuffleKeepsEveryItemAndReachesEveryOrder) {
  Random random(1, "shuffle");
  std::set<std::vector<int>> orders;
  for (int i = 0; i < 500; ++i) {
    std::vector<int> items = {1, 2, 3, 4};
    random.shuffle(std::span<int>(items));
    orders.insert(items);
    std::sort(items.begin(), items.end());
    ASSERT_EQ(items, (std::vector<int>{1, 2, 3, 4}));
  }
  EXPECT_EQ(orders.size(), 24U);
}

}  // namespace
}  // namespace pbb

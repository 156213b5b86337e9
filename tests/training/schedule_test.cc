// Learning rates worked out by hand.
#include <gtest/gtest.h>

#include <cmath>

#include "training/train.h"

namespace pbb {
namespace {

TEST(Schedule, RisesInEqualPartsThenFallsAlongHalfACosineToItsFinalShare) {
  TrainOptions options;
  options.learning_rate = 1.0;
  options.final_share = 0.1;
  options.warmup_steps = 4;
  const std::int64_t steps = 15;  // 4 of warm-up, the peak, 10 more
  EXPECT_DOUBLE_EQ(learning_rate_at(0, steps, options), 0.2);
  EXPECT_DOUBLE_EQ(learning_rate_at(1, steps, options), 0.4);
  EXPECT_DOUBLE_EQ(learning_rate_at(3, steps, options), 0.8);
  EXPECT_DOUBLE_EQ(learning_rate_at(4, steps, options), 1.0);
  EXPECT_DOUBLE_EQ(learning_rate_at(9, steps, options), 0.1 + 0.9 * 0.5);
  EXPECT_NEAR(learning_rate_at(14, steps, options), 0.1, 1e-15);
  options.warmup_steps = 2;  // then step 5 of 15 is a quarter of the way down
  EXPECT_DOUBLE_EQ(learning_rate_at(5, steps, options), 0.1 + 0.9 * (1 + std::sqrt(0.5)) / 2);
}

TEST(Schedule, AConstantRateStaysWhereTheWarmUpEnds) {
  TrainOptions options;
  options.learning_rate = 1.0;
  options.schedule = LearningRateSchedule::constant;
  options.warmup_steps = 4;
  EXPECT_DOUBLE_EQ(learning_rate_at(0, 15, options), 0.2);
  EXPECT_DOUBLE_EQ(learning_rate_at(3, 15, options), 0.8);
  for (std::int64_t step = 4; step < 15; ++step) EXPECT_EQ(learning_rate_at(step, 15, options), 1.0);
}

TEST(Schedule, StagesShorterThanTheirWarmUpNeverDivideByZero) {
  TrainOptions options;
  options.learning_rate = 1.0;
  options.warmup_steps = 10;
  EXPECT_DOUBLE_EQ(learning_rate_at(0, 1, options), 1.0 / 11);
  options.warmup_steps = 0;
  EXPECT_DOUBLE_EQ(learning_rate_at(0, 1, options), 1.0);
  options.warmup_steps = 1;
  EXPECT_DOUBLE_EQ(learning_rate_at(1, 2, options), 1.0);
}

}  // namespace
}  // namespace pbb

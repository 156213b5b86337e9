#include "endpoint/pacing.h"

#include <gtest/gtest.h>

#include "endpoint/scripted_server.h"

namespace pbb {
namespace {

TEST(Pacing, BacksOffTwiceAsLongEachTimeUpToABound) {
  NoWaiting waiting;
  Pacing pacing({.first_back_off = 1, .longest_back_off = 8}, waiting, 1);
  for (int attempt = 0; attempt < 6; ++attempt) EXPECT_TRUE(pacing.back_off(attempt, std::nullopt));
  const double longest[] = {1, 2, 4, 8, 8, 8};
  ASSERT_EQ(waiting.waits.size(), 6u);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_LE(waiting.waits[i], longest[i]);
    EXPECT_GE(waiting.waits[i], longest[i] / 2);
  }
}

TEST(Pacing, WaitsAsLongAsTheServerSaysAndHoldsTheOthersUp) {
  NoWaiting waiting;
  Pacing pacing({}, waiting, 1);
  EXPECT_TRUE(pacing.back_off(0, 90));
  EXPECT_NEAR(waiting.waits.at(0), 90, 1e-6);
  const SteadyTime before = waiting.now();
  EXPECT_TRUE(pacing.take_turn());
  EXPECT_EQ(waiting.now(), before);  // the time is over for those who waited with it
}

TEST(Pacing, SpreadsRequestsOverTheMinute) {
  NoWaiting waiting;
  Pacing pacing({.requests_per_minute = 30}, waiting, 1);
  for (int request = 0; request < 4; ++request) EXPECT_TRUE(pacing.take_turn());
  ASSERT_EQ(waiting.waits.size(), 3u);
  for (const double seconds : waiting.waits) EXPECT_NEAR(seconds, 2, 1e-6);
}

TEST(Pacing, StopEndsEveryWait) {
  Waiting waiting;
  waiting.stop();
  Pacing pacing({}, waiting, 1);
  EXPECT_FALSE(pacing.back_off(3, 3600));
}

TEST(RetryAfter, IsSecondsOrADate) {
  EXPECT_EQ(retry_after_seconds("120", 0), 120);
  EXPECT_EQ(retry_after_seconds("0.5", 0), 0.5);
  EXPECT_EQ(retry_after_seconds("Wed, 21 Oct 2015 07:28:00 GMT", 1445412480 - 30), 30);
  EXPECT_EQ(retry_after_seconds("Wed, 21 Oct 2015 07:28:00 GMT", 1445412480 + 30), 0);  // is over
  for (const char* header : {"", "soon", "-1", "1 2", "nan", "Wed, 21 Oct 2015"})
    EXPECT_EQ(retry_after_seconds(header, 0), std::nullopt) << header;
}

}  // namespace
}  // namespace pbb

#include "base/progress.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace pbb {
namespace {

// What `draw` writes to standard error, which is a file then, not a terminal.
template <typename Draw>
std::string captured(const Draw& draw) {
  testing::internal::CaptureStderr();
  draw();
  return testing::internal::GetCapturedStderr();
}

TEST(ProgressBar, WithoutATerminalItPrintsWholeLinesOnly) {
  const std::string text = captured([] {
    ProgressBar bar("stage 1", 1000);
    for (int done = 1; done <= 1000; ++done) bar.update(done, "loss 1.23");
  });
  EXPECT_EQ(text.find("stage 1 100 %, took "), 0U) << text;
  EXPECT_NE(text.find(", loss 1.23\n"), std::string::npos) << text;
  EXPECT_EQ(text.find('\r'), std::string::npos);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'),
            1);  // a thousand quick updates are not a thousand lines
  EXPECT_EQ(text.back(), '\n');
}

TEST(ProgressBar, WhereTheEndIsNotKnownShareAndTimeAreBounds) {
  Progress progress{.label = "stage 1", .done = 30, .total = 120, .done_before = 20, .seconds = 20};
  EXPECT_EQ(progress_line(progress, 0), "stage 1  25 %, 3 min 00 s left");
  progress.total_certain = false;
  EXPECT_EQ(progress_line(progress, 0), "stage 1 at least 25 %, at most 3 min 00 s left");
  progress.total = 40;  // the end has become known
  progress.total_certain = true;
  EXPECT_EQ(progress_line(progress, 0), "stage 1  75 %, 20 s left");
  progress.done = 40;
  EXPECT_EQ(progress_line(progress, 0), "stage 1 100 %, took 20 s");
}

TEST(ProgressBar, AnEndThatComesSoonerThanExpectedIsTheEnd) {
  const std::string text = captured([] {
    ProgressBar bar("stage 1", 1000);
    bar.expect(1000, false);
    for (int done = 1; done < 7; ++done) bar.update(done);
    bar.expect(7, true);
    bar.update(7);
  });
  EXPECT_EQ(text.find("stage 1 100 %, took "), 0U) << text;
}

TEST(ProgressBar, OnANarrowTerminalTheBarGivesWayAndThenTheNote) {
  const Progress progress{.label = "stage 1",
                          .done = 30,
                          .total = 120,
                          .seconds = 30,
                          .note = "recalled 12 of 20, loss 1.234, 4321 tokens/s"};
  const std::string wide = progress_line(progress, 200), fitting = progress_line(progress, 100),
                    narrow = progress_line(progress, 40);
  EXPECT_EQ(wide.find("stage 1 [######..................]  25 %, 1 min 30 s left, recalled"), 0U) << wide;
  EXPECT_EQ(fitting.size(), 100U) << fitting;
  EXPECT_NE(fitting.find("] "), std::string::npos) << fitting;
  EXPECT_TRUE(fitting.ends_with("4321 tokens/s")) << fitting;
  EXPECT_EQ(narrow, "stage 1  25 %, 1 min 30 s left, recalled");
}

TEST(ProgressBar, QuietPrintsNothing) {
  EXPECT_EQ(captured([] { ProgressBar("stage 1", 2, true).update(2); }), "");
}

TEST(ProgressBar, NothingToDoIsDone) {
  EXPECT_EQ(captured([] { ProgressBar("stage 2", 0).update(0); }).find("stage 2 100 %"), 0U);
}

}  // namespace
}  // namespace pbb

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
  EXPECT_EQ(text.find("stage 1 100 %, loss 1.23, took "), 0U) << text;
  EXPECT_EQ(text.find('\r'), std::string::npos);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'),
            1);  // a thousand quick updates are not a thousand lines
  EXPECT_EQ(text.back(), '\n');
}

TEST(ProgressBar, QuietPrintsNothing) {
  EXPECT_EQ(captured([] { ProgressBar("stage 1", 2, true).update(2); }), "");
}

TEST(ProgressBar, NothingToDoIsDone) {
  EXPECT_EQ(captured([] { ProgressBar("stage 2", 0).update(0); }).find("stage 2 100 %"), 0U);
}

}  // namespace
}  // namespace pbb

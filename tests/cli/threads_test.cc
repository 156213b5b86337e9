// How long the threads of the program itself spin, as libgomp says it on starting (OMP_DISPLAY_ENV).
#include <gtest/gtest.h>

#include <cstdio>
#include <string>

#include "base/machine.h"

namespace pbb {
namespace {

// What `pbb --help` writes to standard error with these variables set.
std::string displayed(const std::string& variables) {
  const std::string command =
      "env -u GOMP_SPINCOUNT -u OMP_WAIT_POLICY -u OMP_NUM_THREADS OMP_DISPLAY_ENV=verbose " + variables +
      " '" PBB_BINARY "' --help 2>&1 >/dev/null";
  std::FILE* const pipe = ::popen(command.c_str(), "r");
  std::string text;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) text.push_back(static_cast<char>(c));
  EXPECT_EQ(::pclose(pipe), 0);
  return text;
}

bool spins(const std::string& display, const std::string& count) {
  return display.find("GOMP_SPINCOUNT = '" + count + "'") != std::string::npos;
}

TEST(ThreadWaiting, ThreadsThatWaitSpinShortlySoThatACommandBesideOthersIsSlowedInProportion) {
  EXPECT_TRUE(spins(displayed(""), "1000"));
}

TEST(ThreadWaiting, WhatTheUserSetForThreadsThatWaitIsKept) {
  EXPECT_TRUE(spins(displayed("GOMP_SPINCOUNT=77"), "77"));
  EXPECT_FALSE(spins(displayed("GOMP_SPINCOUNT=77"), "1000"));
  EXPECT_FALSE(spins(displayed("OMP_WAIT_POLICY=active"), "1000"));
  EXPECT_TRUE(spins(displayed("OMP_WAIT_POLICY=passive"), "0"));
}

TEST(ThreadWaiting, ThreadsAreAsManyAsProcessorsThatMayBeUsedUnlessTheUserSaysHowMany) {
  const auto threads = [](int count) { return "OMP_NUM_THREADS = '" + std::to_string(count) + "'"; };
  EXPECT_NE(displayed("").find(threads(usable_processors())), std::string::npos);
  EXPECT_NE(displayed("taskset 1").find(threads(1)), std::string::npos);
  EXPECT_NE(displayed("OMP_NUM_THREADS=5").find(threads(5)), std::string::npos);
}

}  // namespace
}  // namespace pbb

// What the machine computes in an assisted trace is what true traces say.
#include <gtest/gtest.h>

#include "evaluation/arithmetic_step.h"
#include "evaluation/steps.h"
#include "programs/fresh.h"
#include "run/sandboxes.h"

namespace pbb {
namespace {

TEST(AssistedTraces, AreContinuedAsTrueTracesAre) {
  FreshPrograms fresh({.seed = 11, .stream = "assisted", .everyday_share = 0.8}, sandbox_runner());
  int computed = 0, left = 0;
  for (std::int64_t i = 0; i < 200; ++i) {
    for (const TraceStep& step : fresh.at(i).executions.front().trace) {
      const std::string_view text = step.step;
      for (const std::string_view mark : {" =", " is", ":"}) {
        for (const std::size_t place : find_outside_quotes(text, mark)) {
          const std::size_t end = place + mark.size();
          if (end >= text.size() || text[end] != ' ') continue;
          const auto result = computed_result(text.substr(0, end));
          if (!result) {
            ++left;
            continue;
          }
          ++computed;
          EXPECT_TRUE(text.substr(end + 1).starts_with(*result)) << text << "\n" << *result;
        }
      }
    }
  }
  EXPECT_GT(computed, 600);
  EXPECT_GT(left, 100);  // names, lone literals, formatted text
}

}  // namespace
}  // namespace pbb

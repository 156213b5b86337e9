// What drills train, and what the machine computes in an assisted trace, is what true traces say.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "evaluation/computed_trace.h"
#include "evaluation/steps.h"
#include "examples/drills.h"
#include "programs/fresh.h"
#include "run/sandboxes.h"

namespace pbb {
namespace {

// A function whose only statement is the drill's.
std::string drilled_source(const std::string& question) {
  const bool is_condition = !question.ends_with(" =");
  const std::string statement = question.substr(0, question.size() - (question.ends_with(":") ? 1
                                                                      : is_condition          ? 3
                                                                                              : 2));
  if (is_condition) return fmt::format("def f():\n    if {}:\n        return 1\n", statement);
  const bool is_bare = statement.find(" = ") == std::string::npos && !statement.starts_with("return ");
  return fmt::format("def f():\n    {}{}\n", is_bare ? "return " : "", statement);
}

// "fee(3) of def fee(days, kind='B'):": the call, and the function with a body that does nothing.
ProgramCall drilled_call(const std::string& question) {
  const std::size_t middle = question.find(" of "), open = question.find('(');
  const std::string arguments = question.substr(open + 1, middle - open - 2);
  ProgramCall call{.source = question.substr(middle + 4) + "\n    return 0\n",
                   .name = question.substr(0, open),
                   .arguments = {},
                   .traced = true};
  const auto values = parse_value("(" + arguments + ",)");
  if (values) call.arguments = std::get<TupleValue>(values->data).items;
  return call;
}

TEST(Drills, ReadAsTrueTracesDo) {
  Random random(2, "test");
  std::vector<ProgramCall> calls;
  std::vector<std::string> drills;
  for (const DrillKind& kind : drill_kinds()) {
    for (int i = 0; i < 40; ++i) {
      const DrillStep step = kind.draw(random);
      if (kind.name == "binding") {
        calls.push_back(drilled_call(step.question));
        drills.push_back(step.result.substr(1));  // a step of its own
        continue;
      }
      drills.push_back(step.question + step.result);
      calls.push_back(
          {.source = drilled_source(step.question), .name = "f", .arguments = {}, .traced = true});
    }
  }
  const auto results = sandbox_runner()(calls);
  ASSERT_EQ(results.size(), drills.size());
  for (std::size_t i = 0; i < drills.size(); ++i) {
    ASSERT_EQ(results[i].status, CallStatus::returned) << drills[i] << results[i].detail;
    EXPECT_TRUE(results[i].trace.front().step.ends_with(drills[i])) << drills[i] << "\n"
                                                                    << results[i].trace.front().step;
  }
}

TEST(AssistedTraces, AreContinuedAsTrueTracesAre) {
  FreshPrograms fresh({.seed = 11, .stream = "assisted", .shares = {{"everyday", 0.8}}}, sandbox_runner());
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

// With the marks that stand after what is computed, and the end after what is returned.
TEST(AssistedTraces, GoOnFromStepToStepAsTrueTracesDo) {
  FreshPrograms fresh({.seed = 12, .stream = "assisted", .shares = {{"everyday", 0.6}}}, sandbox_runner());
  int marked = 0, ended = 0;
  for (std::int64_t i = 0; i < 200; ++i) {
    const Execution& execution = fresh.at(i).executions.front();
    std::string trace;
    for (const TraceStep& step : execution.trace) trace += (trace.empty() ? "" : "; ") + step.step;
    for (std::size_t end = 1; end < trace.size(); ++end) {
      if (trace[end] != ' ') continue;
      const std::string before = trace.substr(0, end);
      EXPECT_FALSE(ends_in_computed_return(before.substr(0, before.size() - (before.ends_with(';') ? 1 : 0))))
          << before;
      const auto result = computed_result(before);
      if (!result) continue;
      const std::string after = before + " " + *result;
      const std::string_view mark = mark_after(after);
      EXPECT_TRUE(trace.starts_with(after + std::string(mark))) << trace << "\n" << after << mark;
      EXPECT_EQ(ends_in_computed_return(after), after == trace) << after << "\n" << trace;
      marked += mark.empty() ? 0 : 1;
      ended += after == trace ? 1 : 0;
    }
  }
  EXPECT_GT(marked, 400);
  EXPECT_GT(ended, 40);
}

}  // namespace
}  // namespace pbb

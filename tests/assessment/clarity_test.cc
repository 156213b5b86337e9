#include "assessment/clarity.h"

#include <gtest/gtest.h>

#include "programs/python_runner.h"

namespace pbb {
namespace {

Clarity clarity(const std::string& source) {
  return clarity_of(run_in_python, std::vector<std::string>{source}).at(0);
}

Value number(std::int64_t value) {
  Value made;
  made.data = value;
  return made;
}

TEST(Clarity, CountsLinesConditionsAndOperations) {
  const Clarity found = clarity(
      "def fee(x, y):\n    \"\"\"What it costs.\"\"\"\n    # a comment\n\n    if x > 10 and y < 3:\n        "
      "return x * 2 + "
      "1\n    return 2 if y else 3\n");
  EXPECT_EQ(found.lines, 4);
  EXPECT_EQ(found.conditions, 3);
  EXPECT_EQ(found.arithmetic, 2);
  EXPECT_EQ(found.calls, 0);
  EXPECT_TRUE(found.is_plain());
}

TEST(Clarity, WhatIsMoreThanConditionsAndWholeNumbersIsNamed) {
  EXPECT_EQ(clarity("def f(x):\n    return round(x * 1.5)\n").features,
            (std::vector<std::string>{"calls", "decimals"}));
  EXPECT_EQ(clarity("def f(x, y=1):\n    return [x, y][0]\n").features,
            (std::vector<std::string>{"defaults", "tables"}));
  EXPECT_FALSE(clarity("def f(x):\n    raise ValueError\n").is_plain());
}

TEST(Clarity, EachLineOfCodeIsCountedOnceAndSharedOnesWhereARuleHoldsThem) {
  const std::string source =
      "import os\n\nRATE = 3\n\ndef fee(x):\n    return x * RATE\n\nclass Item:\n    def total(self):\n      "
      "  return "
      "1\n";
  const CountedFile file{.source = source,
                         .functions = {"fee", "item_total", "gone"},
                         .rules = {"RATE = 3\n\n\ndef fee(x):\n    return x * RATE\n"}};
  const CodeLines lines = count_lines(run_in_python, std::vector<CountedFile>{file}).at(0);
  EXPECT_EQ(lines.all, 7);
  EXPECT_EQ(lines.of_functions, (std::vector<int>{2, 2, 0}));
  EXPECT_EQ(lines.shared, 1);
}

TEST(Clarity, ACallIsTimedAlsoWhereItRaisesAndNothingIsSaidWithoutInputs) {
  const std::vector<TimedProgram> programs = {
      {"def f(x):\n    return 1 // x\n", "f", {{number(0)}, {number(2)}}},
      {"def g(x):\n    return x\n", "g", {}}};
  const auto times = microseconds_a_call(run_in_python, programs);
  ASSERT_TRUE(times.at(0));
  EXPECT_GT(*times[0], 0);
  EXPECT_LT(*times[0], 1e5);
  EXPECT_FALSE(times.at(1));
}

}  // namespace
}  // namespace pbb

// Comparisons that binary floats decide otherwise than decimals do: which are told of, and which are not.
#include "programs/importers/float_traps.h"

#include <gtest/gtest.h>

#include "programs/value.h"
#include "run_program.h"

namespace pbb {
namespace {

class FloatTraps : public testing::Test {
 protected:
  // Those of a function f, tried on argument lists: "[25.05, 0]".
  static std::vector<FloatTrap> of(const std::string& source, const std::vector<std::string>& inputs = {}) {
    TriedProgram program{.source = source, .name = "f", .inputs = {}};
    for (const std::string& input : inputs)
      program.inputs.push_back(std::get<ListValue>(parse_value(input)->data).items);
    Sandbox sandbox(testing_sandbox::patient());
    const Runner run = [&](std::span<const ProgramCall> calls) { return sandbox.run(calls); };
    return find_float_traps(run, {&program, 1}).front();
  }
};

TEST_F(FloatTraps, ADifferenceThatIsComparedWithATolerance) {
  const auto traps =
      of("def f(size, scratches, *, nominal=25.0, tolerance=0.05):\n"
         "    deviation = abs(size - nominal)\n"
         "    return deviation <= tolerance and scratches == 0\n");
  ASSERT_EQ(traps.size(), 1u);  // found at the boundary that the constants make: no input was given
  EXPECT_EQ(traps[0].line, 3);
  EXPECT_EQ(traps[0].left, "0.05000000000000071");
  EXPECT_EQ(traps[0].right, "0.05");
  EXPECT_FALSE(traps[0].answer);
  const std::string text = traps[0].text("f");
  EXPECT_NE(text.find("abs(25.05 - 25.0) <= 0.05 is False"), std::string::npos) << text;
  EXPECT_NE(text.find("HINT: round before comparing, or use Decimal"), std::string::npos) << text;
}

TEST_F(FloatTraps, OfInputsConstantsOfTheModuleAndWhatIsWorkedOut) {
  const auto traps =
      of("LIMIT = 0.3\n"
         "RATES = {'a': 1.1}\n"
         "def g(x):\n"
         "    return x * RATES['a'] > 3.3\n"
         "def f(values):\n"
         "    if sum(values) == LIMIT:\n"
         "        return 1\n"
         "    return g(3)\n",
         {"[[0.1, 0.2]]"});
  ASSERT_EQ(traps.size(), 2u);
  EXPECT_EQ(traps[0].line, 4);
  EXPECT_TRUE(traps[0].answer);
  EXPECT_EQ(traps[1].line, 6);
  EXPECT_EQ(traps[1].left, "0.30000000000000004");
}

TEST_F(FloatTraps, NotWhereItIsRoundedOrExactOrWhole) {
  const std::vector<std::string> inputs = {"[25.05]", "[24.95]", "[25.0]"};
  EXPECT_TRUE(of("def f(x):\n    return round(abs(x - 25.0), 6) <= 0.05\n", inputs).empty());
  EXPECT_TRUE(of("from decimal import Decimal\n"
                 "def f(x):\n    return abs(Decimal(str(x)) - Decimal('25')) <= Decimal('0.05')\n",
                 inputs)
                  .empty());
  EXPECT_TRUE(of("def f(x):\n    return abs(round(x * 100) - 2500) <= 5\n", inputs).empty());
  EXPECT_TRUE(of("def f(x):\n    return x - 25.0 <= 0.5\n", {"[25.5]", "[24.5]"}).empty());
  EXPECT_TRUE(of("def f(x):\n    return x <= 25.05\n", inputs).empty());
}

// 24.9 + 0.1 is 25.0 in both; where the answer is the same on either side of a hair, nothing is told.
TEST_F(FloatTraps, NotWhereTheAnswerIsTheSame) {
  EXPECT_TRUE(of("def f(x):\n    return abs(x - 25.0) >= 0.05\n", {"[25.05]"}).empty());
  EXPECT_EQ(of("def f(x):\n    return abs(x - 25.0) > 0.05\n", {"[25.05]"}).size(), 1u);
}

TEST_F(FloatTraps, ProgramsThatCannotBeTriedHaveNone) {
  EXPECT_TRUE(of("def f(x:\n    return 0.1\n").empty());
  EXPECT_TRUE(of("def f(x):\n    raise ValueError(0.1 + 0.2)\n", {"[0.1]"}).empty());
  EXPECT_TRUE(of("import sys\nsys.exit(0.1)\ndef f(x):\n    return x + 0.2 == 0.3\n", {"[0.1]"}).empty());
  EXPECT_TRUE(of("1 / 0.0\ndef f(x):\n    return x + 0.2 == 0.3\n", {"[0.1]"}).empty());
  EXPECT_TRUE(
      of("def f(x):\n    match x:\n        case 0.5 if x > 0.25:\n            return 1\n    return 2\n",
         {"[0.5]", "[0.1]"})
          .empty());
}

// What one program does to the search is not told of another: each has a process of its own.
TEST_F(FloatTraps, AHostileProgramSpoilsNoOther) {
  const std::string trap = "def f(x):\n    return x + 0.2 == 0.3\n";
  const std::string hostile =
      "import gc\nfor o in gc.get_objects():\n    if type(o) is dict and 'float_traps' in o:\n"
      "        o['Told'].found = None\n        o['float_traps'] = lambda *a: [[1, 'x' * 10, True, '', '', "
      "[]]]\n"
      "def f(x):\n    return x + 0.5\n";
  std::vector<TriedProgram> programs = {{hostile, "f", {}}, {trap, "f", {}}, {hostile + "#\n", "f", {}}};
  Value number;
  number.data = 0.1;
  for (TriedProgram& program : programs) program.inputs.push_back({number});
  Sandbox sandbox(testing_sandbox::patient());
  const Runner run = [&](std::span<const ProgramCall> calls) { return sandbox.run(calls); };
  EXPECT_EQ(find_float_traps(run, programs).at(1).size(), 1u);
}

}  // namespace
}  // namespace pbb

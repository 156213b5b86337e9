// Decimals that the machine computes come out as Python's own do.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "base/random.h"
#include "evaluation/arithmetic_step.h"
#include "run/sandboxes.h"

namespace pbb {
namespace {

// Numbers of few digits and of many, whole and not, near ties, zero; written as Python writes them.
std::string draw_decimal(Random& random) {
  static constexpr std::array usual = {"0",        "0.00",   "-0",    "1",    "0.10", "2.5",
                                       "-1.005",   "9.99",   "0.125", "1E+3", "1E-9", "-7.50",
                                       "1234.565", "0.0005", "99999", "3"};
  if (random.integer(0, 1) == 0)
    return fmt::format("Decimal('{}')", random.choice(std::span<const char* const>(usual)));
  std::string digits = std::to_string(random.integer(1, 9));
  for (auto left = random.integer(0, random.integer(0, 3) == 0 ? 27 : 6); left > 0; --left)
    digits += static_cast<char>('0' + random.integer(0, 9));
  const auto decimals = static_cast<std::size_t>(random.integer(0, 4));
  const std::string sign = random.integer(0, 2) == 0 ? "-" : "";
  if (digits.size() <= decimals || decimals == 0) return fmt::format("Decimal('{}{}')", sign, digits);
  const std::size_t whole = digits.size() - decimals;
  return fmt::format("Decimal('{}{}.{}')", sign, digits.substr(0, whole), digits.substr(whole));
}

std::string draw_expression(Random& random) {
  static constexpr std::array symbols = {"+", "-", "*", "/", "//", "%", "<", "<=", "==", ">=", "!="};
  static constexpr std::array roundings = {"ROUND_DOWN",      "ROUND_UP",      "ROUND_CEILING",
                                           "ROUND_FLOOR",     "ROUND_HALF_UP", "ROUND_HALF_EVEN",
                                           "ROUND_HALF_DOWN", "ROUND_05UP"};
  static constexpr std::array patterns = {"1", "0.01", "0.1", "1E+1", "0.000"};
  static constexpr std::array functions = {"int", "round",     "abs",        "float",
                                           "str", "math.ceil", "math.floor", "bool"};
  const std::string a = draw_decimal(random), b = draw_decimal(random);
  switch (random.integer(0, 5)) {
    case 0:
      return fmt::format("{}.quantize(Decimal('{}'), rounding='{}')", a,
                         random.choice(std::span<const char* const>(patterns)),
                         random.choice(std::span<const char* const>(roundings)));
    case 1:
      return fmt::format("{}({})", random.choice(std::span<const char* const>(functions)), a);
    case 2:
      return fmt::format("{} {} {}", a, random.choice(std::span<const char* const>(symbols)),
                         random.integer(-20, 20));
    case 3:
      return fmt::format("round(-{}, {})", a, random.integer(0, 3));
    default:
      return fmt::format("{} {} {}", a, random.choice(std::span<const char* const>(symbols)), b);
  }
}

TEST(DecimalArithmetic, ComesOutAsPythonsDoes) {
  Random random(5, "decimals");
  std::string tried;
  std::vector<std::string> expressions;
  for (int i = 0; i < 3000; ++i) {
    expressions.push_back(draw_expression(random));
    tried += fmt::format("    lambda: {},\n", expressions.back());
  }
  const std::string source = "import math\nfrom decimal import Decimal\n\nTRIED = [\n" + tried +
                             "]\n\ndef f(first, last):\n    found = []\n    for one in TRIED[first:last]:\n"
                             "        try:\n            found.append(repr(one()))\n"
                             "        except ArithmeticError:\n            found.append('raises')\n"
                             "    return found\n";
  int computed = 0;
  for (std::int64_t first = 0; first < 3000; first += 100) {
    const ProgramCall call{
        .source = source, .name = "f", .arguments = {Value{first}, Value{first + 100}}, .traced = false};
    const auto results = sandbox_runner()(std::vector{call});
    ASSERT_EQ(results[0].status, CallStatus::returned) << results[0].detail;
    const auto* items = std::get_if<ListValue>(&results[0].output.data);
    for (std::size_t i = 0; i < 100; ++i) {
      const std::string& expression = expressions[static_cast<std::size_t>(first) + i];
      const std::string& expected = std::get<std::string>(items->items[i].data);
      const auto value = compute(expression);
      if (!value) continue;
      ++computed;
      EXPECT_EQ(to_python(*value), expected) << expression;
    }
  }
  EXPECT_GT(computed, 2500);
}

}  // namespace
}  // namespace pbb

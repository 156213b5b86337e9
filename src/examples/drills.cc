#include "examples/drills.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "examples/drill_parts.h"
#include "examples/everyday_drills.h"
#include "examples/templates.h"

namespace pbb {
namespace {

// How a step begins: with the name that its value goes to, as often as in real traces.
std::string_view draw_left_side(Random& random) {
  static constexpr std::string_view sides[] = {"x = ",      "x = ",     "x = ",    "x = ",      "return ",
                                               "return ",   "total = ", "cost = ", "result = ", "need = ",
                                               "points = ", "left = ",  "y = ",    ""};
  return random.choice(std::span<const std::string_view>(sides));
}

DrillStep arithmetic(Random& random, std::int64_t a, std::string_view symbol, std::int64_t b,
                     std::int64_t result) {
  return value_drill(draw_left_side(random), fmt::format("{} {} {}", a, symbol, b),
                     fmt::format("{}", result));
}
DrillStep sum(Random& random, std::int64_t a, std::int64_t b) {
  return arithmetic(random, a, "+", b, a + b);
}
DrillStep difference(Random& random, std::int64_t a, std::int64_t b) {
  return arithmetic(random, a, "-", b, a - b);
}
DrillStep product(Random& random, std::int64_t a, std::int64_t b) {
  return arithmetic(random, a, "*", b, a * b);
}

DrillStep small_sum(Random& random) {
  return sum(random, random.integer(0, 20), random.integer(1, 20));
}
// Two digits and at most two, of which the last ones carry or do not as they come.
DrillStep two_digit_sum(Random& random) {
  return sum(random, random.integer(10, 99), random.integer(1, 99));
}
DrillStep carrying_sum(Random& random) {
  const std::int64_t last = random.integer(1, 9);
  return sum(random, 10 * random.integer(1, 30) + last,
             10 * random.integer(0, 4) + random.integer(10 - last, 9));
}
DrillStep three_digit_sum(Random& random) {
  return sum(random, random.integer(100, 999), random.integer(1, random.integer(0, 3) == 0 ? 999 : 60));
}
DrillStep sum_from_below_zero(Random& random) {
  return sum(random, random.integer(-120, -1), random.integer(1, random.integer(0, 1) == 0 ? 20 : 150));
}
DrillStep small_difference(Random& random) {
  const std::int64_t b = random.integer(1, 20);
  return difference(random, b + random.integer(0, 20), b);
}
DrillStep two_digit_difference(Random& random) {
  const std::int64_t b = random.integer(1, 60);
  return difference(random, b + random.integer(0, 99 - b), b);
}
DrillStep borrowing_difference(Random& random) {
  const std::int64_t last = random.integer(0, 8);
  return difference(random, 10 * random.integer(2, 40) + last,
                    10 * random.integer(0, 1) + random.integer(last + 1, 9));
}
DrillStep difference_below_zero(Random& random) {
  const std::int64_t a = random.integer(0, 40);
  return difference(random, a, a + random.integer(1, 60));
}
DrillStep difference_from_below_zero(Random& random) {
  return difference(random, random.integer(-120, -1), random.integer(1, random.integer(0, 2) == 0 ? 60 : 20));
}
DrillStep three_digit_difference(Random& random) {
  return difference(random, random.integer(100, 999),
                    random.integer(1, random.integer(0, 3) == 0 ? 400 : 60));
}
DrillStep small_product(Random& random) {
  return product(random, random.integer(0, 20), random.integer(1, 5));
}
DrillStep two_digit_product(Random& random) {
  return product(random, random.integer(10, 99), random.integer(2, 5));
}
DrillStep three_digit_product(Random& random) {
  return product(random, random.integer(100, random.integer(0, 2) == 0 ? 1500 : 500), random.integer(2, 5));
}
DrillStep table_product(Random& random) {
  return product(random, random.integer(2, 60), random.integer(1, 12));
}
DrillStep product_below_zero(Random& random) {
  return product(random, random.integer(-60, -1), random.integer(2, 5));
}
DrillStep four_digit(Random& random) {
  const std::int64_t a = random.integer(1000, 5000), b = random.integer(1, 60);
  return random.integer(0, 1) == 0 ? sum(random, a, b) : difference(random, a, b);
}

// Python's: the quotient is rounded down, the remainder takes the divisor's sign.
DrillStep quotient(Random& random) {
  const std::int64_t a = random.integer(0, 200), b = random.integer(2, 12);
  return arithmetic(random, a, "//", b, a / b);
}
DrillStep remainder(Random& random) {
  const std::int64_t a = random.integer(0, 200), b = random.integer(2, 20);
  return arithmetic(random, a, "%", b, a % b);
}
DrillStep least_or_greatest(Random& random) {
  const std::int64_t a = random.integer(-20, 200), b = random.integer(0, 100);
  const bool least = random.integer(0, 1) == 0;
  return value_drill(draw_left_side(random), fmt::format("{}({}, {})", least ? "min" : "max", a, b),
                     fmt::format("{}", least ? std::min(a, b) : std::max(a, b)));
}

DrillStep comparison(Random& random, std::int64_t a, std::int64_t b) {
  switch (random.integer(0, 9)) {
    case 0:
      return truth_drill(fmt::format("{} == {}", a, b), a == b);
    case 1:
    case 2:
      return truth_drill(fmt::format("{} > {}", a, b), a > b);
    case 3:
    case 4:
      return truth_drill(fmt::format("{} >= {}", a, b), a >= b);
    case 5:
    case 6:
      return truth_drill(fmt::format("{} <= {}", a, b), a <= b);
    default:
      return truth_drill(fmt::format("{} < {}", a, b), a < b);
  }
}
DrillStep near_comparison(Random& random) {
  const std::int64_t b = random.integer(0, 120);
  return comparison(random, b + random.integer(-3, 3), b);
}
DrillStep equal_comparison(Random& random) {
  const std::int64_t b = random.integer(0, 120);
  return comparison(random, b, b);
}
DrillStep comparison_below_zero(Random& random) {
  const std::int64_t b = random.integer(-40, -1);
  const bool is_near = random.integer(0, 2) > 0;
  return comparison(random, is_near ? b + random.integer(-6, 6) : random.integer(-60, 20), b);
}
DrillStep far_comparison(Random& random) {
  return comparison(random, random.integer(-40, 300), random.integer(0, 120));
}

constexpr std::string_view compared_words[] = {
    "oak",    "pine",    "steel",   "north",  "south",   "east",    "basic",    "silver", "gold",  "plus",
    "full",   "spring",  "summer",  "winter", "front",   "middle",  "back",     "A",      "B",     "C",
    "worker", "student", "retired", "red",    "blue",    "green",   "new",      "used",   "open",  "closed",
    "yes",    "no",      "small",   "large",  "fragile", "express", "standard", "retail", "trade", "damaged"};

DrillStep word_equality(Random& random) {
  const auto a = random.choice(std::span<const std::string_view>(compared_words));
  const auto b =
      random.integer(0, 1) == 0 ? a : random.choice(std::span<const std::string_view>(compared_words));
  return truth_drill(fmt::format("'{}' == '{}'", a, b), a == b);
}

// Two comparisons joined.
DrillStep joined_comparison(Random& random) {
  const bool both = random.integer(0, 1) == 0;
  const std::int64_t bound = random.integer(2, 80), a = bound + random.integer(-4, 4);
  const auto word = random.choice(std::span<const std::string_view>(compared_words));
  const auto other =
      random.integer(0, 1) == 0 ? word : random.choice(std::span<const std::string_view>(compared_words));
  const bool left = a < bound, right = word == other;
  return joined_drill(fmt::format("{} < {}", a, bound), left, both ? "and" : "or",
                      fmt::format("'{}' == '{}'", word, other), right);
}

constexpr std::array kinds = {
    DrillKind{"small sum", 1.5, small_sum},
    DrillKind{"two-digit sum", 3, two_digit_sum},
    DrillKind{"carrying sum", 2, carrying_sum},
    DrillKind{"three-digit sum", 1.5, three_digit_sum},
    DrillKind{"sum from below zero", 1, sum_from_below_zero},
    DrillKind{"small difference", 1, small_difference},
    DrillKind{"two-digit difference", 1.5, two_digit_difference},
    DrillKind{"borrowing difference", 2, borrowing_difference},
    DrillKind{"difference below zero", 1.5, difference_below_zero},
    DrillKind{"difference from below zero", 1.5, difference_from_below_zero},
    DrillKind{"three-digit difference", 1.5, three_digit_difference},
    DrillKind{"small product", 1, small_product},
    DrillKind{"two-digit product", 2, two_digit_product},
    DrillKind{"three-digit product", 1.5, three_digit_product},
    DrillKind{"table product", 2, table_product},
    DrillKind{"product below zero", 0.7, product_below_zero},
    DrillKind{"four digits", 0.7, four_digit},
    DrillKind{"quotient", 0.2, quotient},
    DrillKind{"remainder", 0.15, remainder},
    DrillKind{"min and max", 0.3, least_or_greatest},
    DrillKind{"near comparison", 3, near_comparison},
    DrillKind{"equal comparison", 1, equal_comparison},
    DrillKind{"far comparison", 1.5, far_comparison},
    DrillKind{"comparison below zero", 1.5, comparison_below_zero},
    DrillKind{"word equality", 1, word_equality},
    DrillKind{"joined comparison", 0.5, joined_comparison},
    DrillKind{"decimal sum", 0.6, decimal_sum},
    DrillKind{"decimal difference", 0.6, decimal_difference},
    DrillKind{"decimal product", 0.8, decimal_product},
    DrillKind{"percentage", 0.8, percentage},
    DrillKind{"rounding", 0.5, rounding},
    DrillKind{"decimal comparison", 0.5, decimal_comparison},
    DrillKind{"range comparison", 0.5, range_comparison},
    DrillKind{"membership", 0.5, membership},
    DrillKind{"None and not", 0.3, none_or_not},
    DrillKind{"table entry", 0.4, table_entry},
    DrillKind{"choice of two", 0.4, choice_of_two},
    DrillKind{"letter case", 0.3, letter_case},
    DrillKind{"binding", 3, binding},
};

}  // namespace

std::span<const DrillKind> drill_kinds() {
  return kinds;
}

DrillPlan draw_drill_plan(std::span<const double> shares, int length, Random& random) {
  const double sum_of_shares = std::accumulate(shares.begin(), shares.end(), 0.0);
  DrillPlan plan;
  for (int i = 0; i < length; ++i) {
    double place = random.uniform() * sum_of_shares;
    std::size_t kind = 0;
    while (kind + 1 < shares.size() && (place -= shares[kind]) >= 0) ++kind;
    plan.push_back(kind);
  }
  return plan;
}

Example make_drills(const Tokenizer& tokenizer, const DrillPlan& plan, Random& random) {
  Example example;
  example.kind = ExampleKind::drill;
  const auto append = [&](std::string_view text, std::uint8_t trained) {
    const auto ids = tokenizer.encode(text);
    example.tokens.insert(example.tokens.end(), ids.begin(), ids.end());
    example.trained.resize(example.tokens.size(), trained);
  };
  example.tokens = tokenizer.prefix();
  append(trace_cue().substr(1), 0);
  for (const std::size_t kind : plan) {
    const DrillStep step = kinds.at(kind).draw(random);
    // The separator that ends a result is trained with it: it says that the number has no more digits.
    if (example.trained.back() == 1) append(";", 1);
    append(" " + step.question, 0);
    append(step.result, 1);
  }
  example.tokens.push_back(tokenizer.end_of_text());
  example.trained.push_back(1);
  return example;
}

std::vector<double> drill_shares(std::span<const double> errors) {
  std::vector<double> shares;
  for (std::size_t kind = 0; kind < errors.size(); ++kind) {
    shares.push_back(kinds.at(kind).share * (0.03 + std::min(errors[kind], 0.12)));
  }
  return shares;
}

}  // namespace pbb

#include "examples/everyday_drills.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "examples/drill_parts.h"
#include "programs/value.h"

namespace pbb {
namespace {

constexpr std::string_view everyday_words[] = {"web",  "phone", "card", "cash",   "low",   "high", "night",
                                               "day",  "red",   "blue", "van",    "truck", "S",    "XL",
                                               "wood", "steel", "new",  "closed", "team",  "guest"};

std::string_view word(Random& random) {
  return random.choice(std::span<const std::string_view>(everyday_words));
}

// How a step begins.
std::string left_side(Random& random) {
  return random.choice<const char*>({"return ", "return ", "fee = ", "charge = ", "bill = ", "amount = ",
                                     "value = ", "result = ", "due = ", "net = "});
}
// As Python's repr.
std::string written(double number) {
  return to_python(Value{number});
}
DrillStep given(Random& random, std::string_view expression, std::string_view result) {
  return value_drill(left_side(random), expression, result);
}
// So many hundredths: a multiple of 50, 25, 10, ….
double decimal(Random& random, std::int64_t most) {
  const auto step = random.choice<std::int64_t>({50, 50, 10, 10, 25, 5});
  return static_cast<double>(step * random.integer(1, most * 100 / step)) / 100;
}
// An integer now and then, as amounts are.
std::string amount(Random& random, double& value) {
  if (random.integer(0, 2) == 0) {
    value = static_cast<double>(random.integer(1, 300));
    return fmt::format("{}", value);
  }
  value = decimal(random, random.choice<std::int64_t>({10, 60, 300}));
  return written(value);
}

// Draws again, a few times, while binary fractions give a long result: a hard sum to learn nothing from.
template <typename Draw>
DrillStep mostly_short(Draw draw) {
  DrillStep step = draw();
  for (int attempt = 0; attempt < 4 && step.result.size() > 9; ++attempt) step = draw();
  return step;
}

DrillStep decimal_operation(Random& random, char symbol) {
  return mostly_short([&] {
    double a = 0, b = decimal(random, random.choice<std::int64_t>({5, 20, 60}));
    const std::string left = amount(random, a);
    const bool swapped = symbol == '+' && random.integer(0, 1) == 0;
    const double result = symbol == '+' ? a + b : a - b;
    return given(random,
                 swapped ? fmt::format("{} {} {}", written(b), symbol, left)
                         : fmt::format("{} {} {}", left, symbol, written(b)),
                 written(result));
  });
}

}  // namespace

DrillStep decimal_sum(Random& random) {
  return decimal_operation(random, '+');
}
DrillStep decimal_difference(Random& random) {
  return decimal_operation(random, '-');
}

DrillStep decimal_product(Random& random) {
  return mostly_short([&] {
    double a = 0;
    const std::string left = amount(random, a);
    const double b = random.choice(
        {0.1, 0.2, 0.25, 0.5, 0.05, 0.15, 0.75, 0.3, 1.5, 1.2, 1.1, 0.9, 0.8, 1.25, 2.5, 4.5, 0.02, 3.2});
    return given(random, fmt::format("{} * {}", left, written(b)), written(a * b));
  });
}

DrillStep percentage(Random& random) {
  const std::int64_t a = random.choice<std::int64_t>({1, 10, 50, 100}) * random.integer(1, 99);
  const auto percent = random.choice<std::int64_t>({5, 10, 10, 12, 15, 20, 25, 30, 40, 50, 8, 90, 80, 75});
  // Worked out operation by operation, as traces do.
  const std::int64_t product = a * percent, part = product / 100;
  const auto worked = [&](std::string_view before, std::int64_t total) {
    return given(random, fmt::format("{}{} * {} // 100", before, a, percent),
                 fmt::format("{0}{1} // 100 = {0}{2} = {3}", before, product, part, total));
  };
  switch (random.integer(0, 3)) {
    case 0:
      return worked(fmt::format("{} - ", a), a - part);
    case 1:
      return worked(fmt::format("{} + ", a), a + part);
    case 2:
      return given(random, fmt::format("{} // 100", product), fmt::format("{}", part));
    default:
      return given(random, fmt::format("{} * {} // 100", a, percent),
                   fmt::format("{} // 100 = {}", product, part));
  }
}

DrillStep rounding(Random& random) {
  const double fine =
      static_cast<double>(random.integer(-500, 60000)) / random.choice({10.0, 100.0, 1000.0, 8.0});
  const double shape = random.uniform();
  if (shape < 0.15) {
    const std::int64_t whole = random.integer(-20, 900);
    return given(random, fmt::format("round({}, 2)", whole), fmt::format("{}", whole));
  }
  if (shape < 0.3)
    return given(random, fmt::format("int({})", written(fine)),
                 fmt::format("{}", static_cast<std::int64_t>(fine)));
  // C rounds what a float exactly is, ties to even: as Python.
  if (shape < 0.4)
    return given(random, fmt::format("round({})", written(fine)), fmt::format("{}", std::llrint(fine)));
  const int digits = random.integer(0, 3) == 0 ? 1 : 2;
  const double rounded = std::strtod(fmt::format("{:.{}f}", fine, digits).c_str(), nullptr);
  return given(random, fmt::format("round({}, {})", written(fine), digits), written(rounded));
}

DrillStep decimal_comparison(Random& random) {
  const double b = decimal(random, random.choice<std::int64_t>({2, 10, 60}));
  const double a = std::round(100 * (b + 0.05 * static_cast<double>(random.integer(-4, 4)))) / 100;
  const bool whole = random.integer(0, 3) == 0;
  const std::string left = whole ? fmt::format("{}", std::floor(a)) : written(a);
  const double value = whole ? std::floor(a) : a;
  switch (random.integer(0, 3)) {
    case 0:
      return truth_drill(fmt::format("{} < {}", left, written(b)), value < b);
    case 1:
      return truth_drill(fmt::format("{} <= {}", left, written(b)), value <= b);
    case 2:
      return truth_drill(fmt::format("{} > {}", left, written(b)), value > b);
    default:
      return truth_drill(fmt::format("{} >= {}", left, written(b)), value >= b);
  }
}

DrillStep range_comparison(Random& random) {
  const std::int64_t low = random.choice<std::int64_t>({0, 0, 1, random.integer(2, 60)}),
                     high = low + random.integer(2, 80);
  const std::int64_t value = random.choice<std::int64_t>({low, high}) + random.integer(-2, 2);
  if (random.integer(0, 4) == 0) {
    return joined_drill(fmt::format("{} < {}", value, low),
                        value<low, "or", fmt::format("{} > {}", value, high), value> high);
  }
  const bool strict = random.integer(0, 3) == 0, negated = random.integer(0, 2) == 0;
  const bool within = strict ? low < value && value < high : low <= value && value <= high;
  const std::string range = fmt::format("{0} {1} {2} {1} {3}", low, strict ? "<" : "<=", value, high);
  if (!negated) return truth_drill(range, within);
  return {fmt::format("not {}:", range), within ? " not True is False" : " not False is True"};
}

DrillStep membership(Random& random) {
  std::vector<std::string_view> known;
  const auto count = random.integer(2, 4);
  while (std::ssize(known) < count) {
    const std::string_view one = word(random);
    if (std::ranges::find(known, one) == known.end()) known.push_back(one);
  }
  const std::string_view asked = random.integer(0, 1) == 0
                                     ? known[static_cast<std::size_t>(random.integer(0, count - 1))]
                                     : word(random);
  const bool is_dict = random.integer(0, 3) == 0;
  std::string items;
  for (const std::string_view one : known) {
    items += fmt::format("{}'{}'", items.empty() ? "" : ", ", one);
    if (is_dict) items += fmt::format(": {}", random.integer(0, 40));
  }
  const std::string_view brackets = is_dict ? "{}" : random.choice<const char*>({"()", "()", "[]", "{}"});
  const bool negated = random.integer(0, 2) == 0;
  return truth_drill(
      fmt::format("'{}' {} {}{}{}", asked, negated ? "not in" : "in", brackets[0], items, brackets[1]),
      (std::ranges::find(known, asked) != known.end()) != negated);
}

DrillStep none_or_not(Random& random) {
  const double shape = random.uniform();
  if (shape < 0.4) {
    const bool value = random.integer(0, 1) == 0;
    return truth_drill(fmt::format("not {}", value ? "True" : "False"), !value);
  }
  const bool is_none = random.integer(0, 1) == 0, negated = random.integer(0, 1) == 0;
  const std::string value = is_none       ? "None"
                            : shape < 0.8 ? fmt::format("{}", random.integer(-3, 900))
                                          : written(decimal(random, 20));
  return truth_drill(fmt::format("{} is {}None", value, negated ? "not " : ""), is_none != negated);
}

DrillStep table_entry(Random& random) {
  std::vector<std::string_view> keys;
  std::vector<std::string> values;
  std::string items;
  const auto count = random.integer(2, 4);
  while (std::ssize(keys) < count) {
    const std::string_view key = word(random);
    if (std::ranges::find(keys, key) != keys.end()) continue;
    keys.push_back(key);
    values.push_back(random.integer(0, 3) == 0 ? written(decimal(random, 10))
                                               : fmt::format("{}", random.integer(0, 500)));
    items += fmt::format("{}'{}': {}", items.empty() ? "" : ", ", key, values.back());
  }
  const auto at = static_cast<std::size_t>(random.integer(0, count - 1));
  if (random.integer(0, 2) > 0)
    return given(random, fmt::format("{{{}}}['{}']", items, keys[at]), values[at]);
  const std::string other = fmt::format("{}", random.integer(0, 90));
  const bool known = random.integer(0, 1) == 0;
  return given(random, fmt::format("{{{}}}.get('{}', {})", items, known ? keys[at] : "other", other),
               known ? values[at] : other);
}

DrillStep choice_of_two(Random& random) {
  const std::int64_t limit = random.integer(0, 90), asked = limit + random.integer(-3, 3),
                     first = random.integer(0, 60), second = random.integer(0, 60);
  const std::int64_t start = random.integer(0, 200);
  const bool flag = random.integer(0, 1) == 0;
  switch (random.integer(0, 2)) {
    case 0:
      return given(random, fmt::format("{} if {} > {} else {}", first, asked, limit, second),
                   fmt::format("{} if {} else {} = {}", first, asked > limit ? "True" : "False", second,
                               asked > limit ? first : second));
    case 1:
      return given(random, fmt::format("{} if {} else {}", first, flag ? "True" : "False", second),
                   fmt::format("{}", flag ? first : second));
    default:
      return given(random, fmt::format("{} + ({} if {} else 0)", start, first, flag ? "True" : "False"),
                   fmt::format("{} + {} = {}", start, flag ? first : 0, flag ? start + first : start));
  }
}

DrillStep letter_case(Random& random) {
  const std::string base(word(random));
  std::string lower = base, upper = base;
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  std::string capital = lower;
  capital[0] = upper[0];
  const std::string said = random.choice({lower, upper, capital});
  const bool is_upper = random.integer(0, 3) == 0;
  const std::string name = random.choice<const char*>({"key = ", "text = ", "code = ", "clean = "});
  const std::string_view method = is_upper ? "upper" : "lower";
  const std::string& result = is_upper ? upper : lower;
  if (random.integer(0, 3) == 0) {
    return {fmt::format("{}'{}'.strip().{}() =", name, said, method),
            fmt::format(" '{}'.{}() = '{}'", said, method, result)};
  }
  return {fmt::format("{}'{}'.{}() =", name, said, method), fmt::format(" '{}'", result)};
}

}  // namespace pbb

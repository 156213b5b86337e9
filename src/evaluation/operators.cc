#include "evaluation/operators.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

#include "evaluation/decimal_arithmetic.h"

namespace pbb {
namespace {

std::optional<std::int64_t> integer_power(std::int64_t base, std::int64_t exponent) {
  if (exponent < 0) return std::nullopt;
  if (base == 0 || base == 1) return exponent == 0 ? 1 : base;
  std::int64_t result = 1;
  for (std::int64_t i = 0; i < exponent; ++i) {
    if (base == -1) return exponent % 2 == 0 ? 1 : -1;
    if (__builtin_mul_overflow(result, base, &result)) return std::nullopt;
  }
  return result;
}

// Rounded towards minus infinity; the remainder has the divisor's sign.
struct Division {
  std::int64_t quotient = 0, remainder = 0;
};
std::optional<Division> floor_division(std::int64_t a, std::int64_t b) {
  if (b == 0 || (b == -1 && a == std::numeric_limits<std::int64_t>::min())) return std::nullopt;
  Division division{a / b, a % b};
  if (division.remainder != 0 && (division.remainder < 0) != (b < 0)) {
    --division.quotient;
    division.remainder += b;
  }
  return division;
}

std::optional<Value> on_integers(std::string_view symbol, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  if (symbol == "+" && !__builtin_add_overflow(a, b, &result)) return Value{result};
  if (symbol == "-" && !__builtin_sub_overflow(a, b, &result)) return Value{result};
  if (symbol == "*" && !__builtin_mul_overflow(a, b, &result)) return Value{result};
  if (symbol == "//" || symbol == "%") {
    const auto division = floor_division(a, b);
    if (division) return Value{symbol == "//" ? division->quotient : division->remainder};
  }
  if (symbol == "**") {
    if (const auto power = integer_power(a, b)) return Value{*power};
  }
  return std::nullopt;
}

// As CPython's float_pow, which asks the same library.
std::optional<Value> real_power(double a, double b) {
  if ((a < 0 && b != std::floor(b)) || (a == 0 && b < 0)) return std::nullopt;
  const double power = std::pow(a, b);
  return std::isfinite(power) ? std::optional(Value{power}) : std::nullopt;
}

// As CPython's float_divmod.
std::optional<Value> on_reals(std::string_view symbol, double a, double b) {
  if (symbol == "+") return Value{a + b};
  if (symbol == "-") return Value{a - b};
  if (symbol == "*") return Value{a * b};
  if (symbol == "**") return real_power(a, b);
  if (b == 0 || !std::isfinite(a) || !std::isfinite(b)) return std::nullopt;
  if (symbol == "/") return Value{a / b};
  double remainder = std::fmod(a, b);
  double quotient = (a - remainder) / b;
  if (remainder != 0 && (b < 0) != (remainder < 0)) {
    remainder += b;
    quotient -= 1;
  }
  if (symbol == "%") return Value{remainder == 0 ? std::copysign(0.0, b) : remainder};
  if (symbol != "//") return std::nullopt;
  if (quotient == 0) return Value{std::copysign(0.0, a / b)};
  const double floor = std::floor(quotient);
  return Value{quotient - floor > 0.5 ? floor + 1 : floor};
}

// One of them a Decimal, the other too or an int.
struct DecimalPair {
  Decimal left, right;
};
std::optional<DecimalPair> decimals_in(const Value& a, const Value& b) {
  if (!as<Decimal>(a) && !as<Decimal>(b)) return std::nullopt;
  auto left = decimal_in(a), right = decimal_in(b);
  if (!left || !right) return std::nullopt;
  return DecimalPair{std::move(*left), std::move(*right)};
}

// As Python's ==, which knows 1, 1.0 and True as equal.
std::optional<bool> equal(const Value& a, const Value& b) {
  const auto m = integer_in(a), n = integer_in(b);
  if (m && n) return *m == *n;
  if (const auto both = decimals_in(a, b)) return compare(both->left, both->right) == 0;
  const bool numbers = (m || as<double>(a) || as<Decimal>(a)) && (n || as<double>(b) || as<Decimal>(b));
  if (numbers) {
    const auto x = real_in(a), y = real_in(b);
    return x && y ? std::optional(*x == *y) : std::nullopt;
  }
  const auto *left = items_in(a), *right = items_in(b);
  if (left && right && a.data.index() == b.data.index()) {
    if (left->size() != right->size()) return false;
    for (std::size_t i = 0; i < left->size(); ++i) {
      const auto same = equal((*left)[i], (*right)[i]);
      if (!same || !*same) return same;
    }
    return true;
  }
  if (as<SetValue>(a) || as<SetValue>(b) || as<DictValue>(a) || as<DictValue>(b)) return std::nullopt;
  return a == b;
}

// a < b.
std::optional<bool> less(const Value& a, const Value& b) {
  const auto m = integer_in(a), n = integer_in(b);
  if (m && n) return *m < *n;
  if (const auto both = decimals_in(a, b)) return compare(both->left, both->right) < 0;
  const auto x = real_in(a), y = real_in(b);
  if (x && y) return *x < *y;
  const auto *s = as<std::string>(a), *t = as<std::string>(b);
  if (s && t) return *s < *t;  // UTF-8 orders as code points do
  return std::nullopt;
}

std::optional<bool> negated(std::optional<bool> truth) {
  return truth ? std::optional(!*truth) : std::nullopt;
}

std::optional<bool> contains(const Value& container, const Value& value) {
  const auto *text = as<std::string>(container), *part = as<std::string>(value);
  if (text) return part ? std::optional(text->find(*part) != std::string::npos) : std::nullopt;
  const auto* all = items_in(container);
  if (const auto* set = as<SetValue>(container)) all = &set->items;
  if (const auto* dict = as<DictValue>(container)) {
    const auto found = find_key(*dict, value);
    return found ? std::optional(*found != nullptr) : std::nullopt;
  }
  if (!all) return std::nullopt;
  for (const Value& one : *all) {
    const auto same = equal(one, value);
    if (!same || *same) return same;
  }
  return false;
}

}  // namespace

std::optional<std::int64_t> integer_in(const Value& value) {
  if (const auto* flag = as<bool>(value)) return *flag ? 1 : 0;
  if (const auto* number = as<std::int64_t>(value)) return *number;
  return std::nullopt;
}

std::optional<double> real_in(const Value& value) {
  if (const auto* number = as<double>(value)) {
    return std::isnan(*number) ? std::nullopt : std::optional(*number);
  }
  constexpr std::int64_t exact = std::int64_t{1} << 53;
  const auto whole = integer_in(value);
  if (whole && *whole >= -exact && *whole <= exact) return static_cast<double>(*whole);
  return std::nullopt;
}

std::optional<Decimal> decimal_in(const Value& value) {
  if (const auto* number = as<Decimal>(value)) return *number;
  const auto whole = integer_in(value);
  return whole ? std::optional(decimal_of(*whole)) : std::nullopt;
}

const std::vector<Value>* items_in(const Value& value) {
  if (const auto* list = as<ListValue>(value)) return &list->items;
  if (const auto* tuple = as<TupleValue>(value)) return &tuple->items;
  return nullptr;
}

std::optional<const Value*> find_key(const DictValue& dict, const Value& key) {
  for (const auto& [one, value] : dict.items) {
    const auto same = equal(one, key);
    if (!same) return std::nullopt;
    if (*same) return &value;
  }
  return nullptr;
}

std::optional<bool> is_true(const Value& value) {
  if (as<std::monostate>(value)) return false;
  if (const auto whole = integer_in(value)) return *whole != 0;
  if (const auto* number = as<double>(value)) return *number != 0;
  if (const auto* number = as<Decimal>(value)) return !number->is_zero();
  if (const auto* text = as<std::string>(value)) return !text->empty();
  if (const auto* all = items_in(value)) return !all->empty();
  return std::nullopt;
}

std::optional<Value> calculate(std::string_view symbol, const Value& left, const Value& right, bool unary) {
  const auto m = integer_in(left), n = integer_in(right);
  if (unary && as<double>(right)) {
    return Value{symbol == "-" ? -*as<double>(right) : *as<double>(right)};  // -0.0 too
  }
  if (unary && as<Decimal>(right)) return Value{with_sign(*as<Decimal>(right), symbol == "-")};
  if (const auto both = decimals_in(left, right)) {
    auto result = calculate(symbol, both->left, both->right);
    return result ? std::optional(Value{std::move(*result)}) : std::nullopt;
  }
  if (m && n && symbol != "/") return on_integers(symbol, *m, *n);
  const auto x = real_in(left), y = real_in(right);
  if (x && y) return on_reals(symbol, *x, *y);
  const auto *s = as<std::string>(left), *t = as<std::string>(right);
  if (s && t && symbol == "+") return Value{*s + *t};
  return std::nullopt;
}

std::optional<bool> compare(std::string_view symbol, const Value& left, const Value& right) {
  if (symbol == "==") return equal(left, right);
  if (symbol == "!=") return negated(equal(left, right));
  if (symbol == "<") return less(left, right);
  if (symbol == ">") return less(right, left);
  if (symbol == "in") return contains(right, left);
  if (symbol == "not in") return negated(contains(right, left));
  if (symbol == "is" || symbol == "is not") {
    const bool left_none = as<std::monostate>(left), right_none = as<std::monostate>(right);
    if (!left_none && !right_none) return std::nullopt;
    return (left_none && right_none) == (symbol == "is");
  }
  const auto below = less(left, right), same = equal(left, right);
  if (!below || !same) return std::nullopt;
  return symbol == "<=" ? *below || *same : !*below;
}

}  // namespace pbb

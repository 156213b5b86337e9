#include "evaluation/operators.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

namespace pbb {
namespace {

template <typename T>
const T* as(const Value& value) {
  return std::get_if<T>(&value.data);
}

// An int, or a bool, which Python counts as one.
std::optional<std::int64_t> integer(const Value& value) {
  if (const auto* flag = as<bool>(value)) return *flag ? 1 : 0;
  if (const auto* number = as<std::int64_t>(value)) return *number;
  return std::nullopt;
}

// A float that is a number, or an int that a double holds exactly.
std::optional<double> real(const Value& value) {
  if (const auto* number = as<double>(value)) {
    return std::isnan(*number) ? std::nullopt : std::optional(*number);
  }
  constexpr std::int64_t exact = std::int64_t{1} << 53;
  const auto whole = integer(value);
  if (whole && *whole >= -exact && *whole <= exact) return static_cast<double>(*whole);
  return std::nullopt;
}

// The items of a list or tuple.
const std::vector<Value>* items(const Value& value) {
  if (const auto* list = as<ListValue>(value)) return &list->items;
  if (const auto* tuple = as<TupleValue>(value)) return &tuple->items;
  return nullptr;
}

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

// As CPython's float_divmod.
std::optional<Value> on_reals(std::string_view symbol, double a, double b) {
  if (symbol == "+") return Value{a + b};
  if (symbol == "-") return Value{a - b};
  if (symbol == "*") return Value{a * b};
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

// As Python's ==, which knows 1, 1.0 and True as equal.
std::optional<bool> equal(const Value& a, const Value& b) {
  const auto m = integer(a), n = integer(b);
  if (m && n) return *m == *n;
  const bool numbers = (m || as<double>(a)) && (n || as<double>(b));
  if (numbers) {
    const auto x = real(a), y = real(b);
    return x && y ? std::optional(*x == *y) : std::nullopt;
  }
  const auto *left = items(a), *right = items(b);
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
  const auto m = integer(a), n = integer(b);
  if (m && n) return *m < *n;
  const auto x = real(a), y = real(b);
  if (x && y) return *x < *y;
  const auto *s = as<std::string>(a), *t = as<std::string>(b);
  if (s && t) return *s < *t;  // UTF-8 orders as code points do
  return std::nullopt;
}

// Where it is not known of every key before, nothing is.
std::optional<bool> is_key(const DictValue& dict, const Value& key, const Value** found = nullptr) {
  for (const auto& [one, value] : dict.items) {
    const auto same = equal(one, key);
    if (!same) return std::nullopt;
    if (*same && found) *found = &value;
    if (*same) return true;
  }
  return false;
}

// A float as an int, if it is one that 64 bits hold.
std::optional<Value> whole_number(double number) {
  if (!(std::fabs(number) < 9e18)) return std::nullopt;
  return Value{static_cast<std::int64_t>(number)};
}

// As Python: to the nearest of what the float exactly is, of two the even one.
std::optional<Value> round_number(std::span<const Value> arguments) {
  if (arguments.size() > 2) return std::nullopt;
  const auto* digits = arguments.size() == 2 ? as<std::int64_t>(arguments[1]) : nullptr;
  if (arguments.size() == 2 && (!digits || *digits < 0 || *digits > 15)) return std::nullopt;
  if (const auto whole = integer(arguments[0])) return Value{*whole};
  const auto* number = as<double>(arguments[0]);
  if (!number || !(std::fabs(*number) < 1e15)) return std::nullopt;
  if (!digits) return whole_number(std::nearbyint(*number));
  return Value{std::strtod(fmt::format("{:.{}f}", *number, *digits).c_str(), nullptr)};
}

std::optional<Value> sum_of(const Value& value) {
  const auto* all = items(value);
  if (!all) return std::nullopt;
  std::int64_t total = 0;  // of floats, Python's sum is rounded as its version has it
  for (const Value& one : *all) {
    const auto whole = integer(one);
    if (!whole || __builtin_add_overflow(total, *whole, &total)) return std::nullopt;
  }
  return Value{total};
}

std::optional<bool> contains(const Value& container, const Value& value) {
  const auto *text = as<std::string>(container), *part = as<std::string>(value);
  if (text) return part ? std::optional(text->find(*part) != std::string::npos) : std::nullopt;
  const auto* all = items(container);
  if (const auto* set = as<SetValue>(container)) all = &set->items;
  if (const auto* dict = as<DictValue>(container)) return is_key(*dict, value);
  if (!all) return std::nullopt;
  for (const Value& one : *all) {
    const auto same = equal(one, value);
    if (!same || *same) return same;
  }
  return false;
}

std::optional<bool> negated(std::optional<bool> truth) {
  return truth ? std::optional(!*truth) : std::nullopt;
}

}  // namespace

std::optional<bool> is_true(const Value& value) {
  if (as<std::monostate>(value)) return false;
  if (const auto whole = integer(value)) return *whole != 0;
  if (const auto* number = as<double>(value)) return *number != 0;
  if (const auto* text = as<std::string>(value)) return !text->empty();
  if (const auto* all = items(value)) return !all->empty();
  return std::nullopt;
}

std::optional<Value> calculate(std::string_view symbol, const Value& left, const Value& right, bool unary) {
  const auto m = integer(left), n = integer(right);
  if (unary && as<double>(right)) {
    return Value{symbol == "-" ? -*as<double>(right) : *as<double>(right)};  // -0.0 too
  }
  if (m && n && symbol != "/") return on_integers(symbol, *m, *n);
  const auto x = real(left), y = real(right);
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

std::optional<Value> call_function(std::string_view name, std::span<const Value> arguments) {
  if (name == "abs" && arguments.size() == 1) {
    if (const auto* number = as<double>(arguments[0])) return Value{std::fabs(*number)};
    const auto negative = less(arguments[0], Value{std::int64_t{0}});
    if (!negative) return std::nullopt;
    return calculate(*negative ? "-" : "+", Value{std::int64_t{0}}, arguments[0], true);
  }
  if (name == "round") return round_number(arguments);
  if (name == "sum" && arguments.size() == 1) return sum_of(arguments[0]);
  if (name == "int" || name == "math.ceil" || name == "math.floor") {
    if (arguments.size() != 1) return std::nullopt;
    if (const auto whole = integer(arguments[0])) return Value{*whole};
    const auto* number = as<double>(arguments[0]);
    if (!number) return std::nullopt;
    return whole_number(name == "int"         ? std::trunc(*number)
                        : name == "math.ceil" ? std::ceil(*number)
                                              : std::floor(*number));
  }
  if (name == "len" && arguments.size() == 1) {
    if (const auto* all = items(arguments[0])) return Value{static_cast<std::int64_t>(all->size())};
    const auto* text = as<std::string>(arguments[0]);
    if (!text) return std::nullopt;
    const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
    return Value{static_cast<std::int64_t>(std::ranges::count_if(*text, begins))};
  }
  if (name != "min" && name != "max") return std::nullopt;
  if (arguments.size() == 1) {
    const auto* all = items(arguments[0]);
    if (!all || all->empty()) return std::nullopt;
    arguments = *all;
  }
  const Value* best = &arguments[0];
  for (const Value& one : arguments.subspan(1)) {
    const auto better = name == "min" ? less(one, *best) : less(*best, one);
    if (!better) return std::nullopt;
    if (*better) best = &one;
  }
  return *best;
}

std::optional<Value> call_method(const Value& object, std::string_view name,
                                 std::span<const Value> arguments) {
  if (const auto* dict = as<DictValue>(object)) {
    if (name != "get" || arguments.empty() || arguments.size() > 2) return std::nullopt;
    const Value* found = nullptr;
    const auto known = is_key(*dict, arguments[0], &found);
    if (!known) return std::nullopt;
    return *known ? *found : arguments.size() == 2 ? arguments[1] : Value{};
  }
  const auto* text = as<std::string>(object);
  if (!text || !std::ranges::all_of(*text, [](char c) { return static_cast<unsigned char>(c) < 128; }))
    return std::nullopt;
  const auto* part = arguments.size() == 1 ? as<std::string>(arguments[0]) : nullptr;
  if (name == "startswith" && part) return Value{text->starts_with(*part)};
  if (name == "endswith" && part) return Value{text->ends_with(*part)};
  if (!arguments.empty()) return std::nullopt;
  std::string result = *text;
  if (name == "strip") {
    constexpr std::string_view blanks = " \t\n\r\f\v\x1c\x1d\x1e\x1f";
    const std::size_t first = result.find_first_not_of(blanks);
    if (first == std::string::npos) return Value{std::string()};
    return Value{result.substr(first, result.find_last_not_of(blanks) + 1 - first)};
  }
  if (name != "lower" && name != "upper") return std::nullopt;
  for (char& c : result) {
    if (name == "lower" && c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (name == "upper" && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return Value{std::move(result)};
}

std::optional<Value> element(const Value& container, const Value& key) {
  if (const auto* dict = as<DictValue>(container)) {
    const Value* found = nullptr;
    const auto known = is_key(*dict, key, &found);
    return known && *known ? std::optional(*found) : std::nullopt;
  }
  const auto* all = items(container);
  const auto at = integer(key);
  if (!all || !at) return std::nullopt;
  const auto size = static_cast<std::int64_t>(all->size());
  if (*at >= size || *at < -size) return std::nullopt;
  return (*all)[static_cast<std::size_t>(*at < 0 ? *at + size : *at)];
}

}  // namespace pbb

#include "evaluation/functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "evaluation/decimal_arithmetic.h"
#include "evaluation/operators.h"

namespace pbb {
namespace {

// A float as an int, if it is one that 64 bits hold.
std::optional<Value> whole_number(double number) {
  if (!(std::fabs(number) < 9e18)) return std::nullopt;
  return Value{static_cast<std::int64_t>(number)};
}

std::optional<Value> quantized(const Decimal& number, const Decimal& pattern,
                               std::string_view rounding = "ROUND_HALF_EVEN") {
  auto result = quantize(number, pattern, rounding);
  return result ? std::optional(Value{std::move(*result)}) : std::nullopt;
}

// As Python: to the nearest of what the float exactly is, of two the even one.
std::optional<Value> round_number(std::span<const Value> arguments) {
  if (arguments.size() > 2) return std::nullopt;
  const auto* digits = arguments.size() == 2 ? as<std::int64_t>(arguments[1]) : nullptr;
  if (arguments.size() == 2 && (!digits || *digits < 0 || *digits > 15)) return std::nullopt;
  if (const auto whole = integer_in(arguments[0])) return Value{*whole};
  if (const auto* number = as<Decimal>(arguments[0])) {
    if (digits)
      return quantized(*number, {.negative = false, .digits = "1", .exponent = -static_cast<int>(*digits)});
    const auto whole = rounded_to_whole(*number, "ROUND_HALF_EVEN");
    return whole ? std::optional(Value{*whole}) : std::nullopt;
  }
  const auto* number = as<double>(arguments[0]);
  if (!number || !(std::fabs(*number) < 1e15)) return std::nullopt;
  if (!digits) return whole_number(std::nearbyint(*number));
  return Value{std::strtod(fmt::format("{:.{}f}", *number, *digits).c_str(), nullptr)};
}

std::optional<Value> sum_of(const Value& value) {
  const auto* all = items_in(value);
  std::optional<Value> total = all ? std::optional(Value{std::int64_t{0}}) : std::nullopt;
  for (std::size_t i = 0; total && i < all->size(); ++i) {
    if (as<double>((*all)[i])) return std::nullopt;  // Python's sum is rounded as its version has it
    total = calculate("+", *total, (*all)[i]);
  }
  return total;
}

// Where `value` belongs in a list that rises.
std::optional<Value> bisect(std::string_view name, const Value& list, const Value& value) {
  const auto* all = items_in(list);
  if (!all) return std::nullopt;
  std::int64_t low = 0, high = static_cast<std::int64_t>(all->size());
  while (low < high) {
    const std::int64_t middle = (low + high) / 2;
    const Value& one = (*all)[static_cast<std::size_t>(middle)];
    const auto is_before = name == "bisect_left" ? compare("<", one, value) : compare(">=", value, one);
    if (!is_before) return std::nullopt;
    if (*is_before)
      low = middle + 1;
    else
      high = middle;
  }
  return Value{low};
}

// int(number), math.ceil(number), math.floor(number).
std::optional<Value> to_whole(std::string_view name, const Value& value) {
  if (const auto whole = integer_in(value)) return Value{*whole};
  if (const auto* number = as<Decimal>(value)) {
    const auto whole = rounded_to_whole(*number, name == "int"         ? "ROUND_DOWN"
                                                 : name == "math.ceil" ? "ROUND_CEILING"
                                                                       : "ROUND_FLOOR");
    return whole ? std::optional(Value{*whole}) : std::nullopt;
  }
  const auto* number = as<double>(value);
  if (!number) return std::nullopt;
  return whole_number(name == "int"         ? std::trunc(*number)
                      : name == "math.ceil" ? std::ceil(*number)
                                            : std::floor(*number));
}

std::optional<Value> to_float(const Value& value) {
  if (const auto* number = as<double>(value)) return Value{*number};
  if (const auto* number = as<Decimal>(value))
    return Value{std::strtod(decimal_text(*number).c_str(), nullptr)};
  const auto whole = real_in(value);
  return whole ? std::optional(Value{*whole}) : std::nullopt;
}

// Decimal(5), Decimal('0.50'); of a text only as Python would write it.
std::optional<Value> to_decimal(const Value& value) {
  auto number = decimal_in(value);
  if (const auto* text = as<std::string>(value)) number = read_decimal(*text);
  return number ? std::optional(Value{std::move(*number)}) : std::nullopt;
}

std::string to_text(const Value& value) {
  if (const auto* text = as<std::string>(value)) return *text;
  if (const auto* number = as<Decimal>(value)) return decimal_text(*number);
  return to_python(value);
}

std::optional<Value> absolute(const Value& value) {
  if (const auto* number = as<double>(value)) return Value{std::fabs(*number)};
  const auto negative = compare("<", value, Value{std::int64_t{0}});
  if (!negative) return std::nullopt;
  return calculate(*negative ? "-" : "+", Value{std::int64_t{0}}, value, true);
}

std::optional<Value> length(const Value& value) {
  if (const auto* all = items_in(value)) return Value{static_cast<std::int64_t>(all->size())};
  const auto* text = as<std::string>(value);
  if (!text) return std::nullopt;
  const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
  return Value{static_cast<std::int64_t>(std::ranges::count_if(*text, begins))};
}

// any(items), all(items).
std::optional<Value> truth_of_items(std::string_view name, const Value& value) {
  const auto* items = items_in(value);
  if (!items) return std::nullopt;
  for (const Value& item : *items) {
    const auto truth = is_true(item);
    if (!truth) return std::nullopt;
    if (*truth == (name == "any")) return Value{*truth};
  }
  return Value{name == "all"};
}

// The first of those that no other is below, or above.
std::optional<Value> extreme(std::string_view name, std::span<const Value> arguments) {
  if (arguments.size() == 1) {
    const auto* all = items_in(arguments[0]);
    if (!all || all->empty()) return std::nullopt;
    arguments = *all;
  }
  const Value* best = &arguments[0];
  for (const Value& one : arguments.subspan(1)) {
    const auto better = name == "min" ? compare("<", one, *best) : compare("<", *best, one);
    if (!better) return std::nullopt;
    if (*better) best = &one;
  }
  return *best;
}

// Of one argument.
std::optional<Value> call_function(std::string_view name, const Value& argument) {
  if (name == "abs") return absolute(argument);
  if (name == "sum") return sum_of(argument);
  if (name == "len") return length(argument);
  if (name == "int" || name == "math.ceil" || name == "math.floor") return to_whole(name, argument);
  if (name == "float") return to_float(argument);
  if (name == "str") return Value{to_text(argument)};
  if (name == "any" || name == "all") return truth_of_items(name, argument);
  if (name == "Decimal" || name == "decimal.Decimal") return to_decimal(argument);
  if (name != "bool") return std::nullopt;
  const auto truth = is_true(argument);
  return truth ? std::optional(Value{*truth}) : std::nullopt;
}

}  // namespace

std::optional<Value> call_function(std::string_view name, std::span<const Value> arguments) {
  if (name == "round") return round_number(arguments);
  if (name == "min" || name == "max") return extreme(name, arguments);
  if (arguments.size() == 1) return call_function(name, arguments[0]);
  if (arguments.size() != 2) return std::nullopt;
  if (name.starts_with("bisect.")) name.remove_prefix(7);
  if (name == "bisect" || name == "bisect_right" || name == "bisect_left")
    return bisect(name, arguments[0], arguments[1]);
  return std::nullopt;
}

std::optional<Value> call_method(const Value& object, std::string_view name,
                                 std::span<const Value> arguments) {
  if (const auto* dict = as<DictValue>(object)) {
    if (name != "get" || arguments.empty() || arguments.size() > 2) return std::nullopt;
    const auto found = find_key(*dict, arguments[0]);
    if (!found) return std::nullopt;
    return *found ? **found : arguments.size() == 2 ? arguments[1] : Value{};
  }
  if (const auto* number = as<Decimal>(object)) {
    const auto pattern = arguments.empty() ? std::nullopt : decimal_in(arguments[0]);
    const auto* rounding = arguments.size() == 2 ? as<std::string>(arguments[1]) : nullptr;
    if (name != "quantize" || !pattern || (arguments.size() > 1 && !rounding)) return std::nullopt;
    return rounding ? quantized(*number, *pattern, *rounding) : quantized(*number, *pattern);
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
    const auto found = find_key(*dict, key);
    return found && *found ? std::optional(**found) : std::nullopt;
  }
  const auto* all = items_in(container);
  const auto at = integer_in(key);
  if (!all || !at) return std::nullopt;
  const auto size = static_cast<std::int64_t>(all->size());
  if (*at >= size || *at < -size) return std::nullopt;
  return (*all)[static_cast<std::size_t>(*at < 0 ? *at + size : *at)];
}

}  // namespace pbb

#include "evaluation/decimal_arithmetic.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string>
#include <utility>

namespace pbb {
namespace {

constexpr int context_digits = 28;
constexpr int most_zeros_added = 100;  // where exponents lie farther apart, nothing is computed here

// Numbers as digits, the first one first, without leading zeros.

std::string without_leading_zeros(std::string digits) {
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  return digits;
}

std::string times_ten(const std::string& digits, int times) {
  return digits == "0" ? digits : digits + std::string(static_cast<std::size_t>(times), '0');
}

std::strong_ordering compare_digits(const std::string& a, const std::string& b) {
  if (a.size() != b.size()) return a.size() <=> b.size();
  return a.compare(b) <=> 0;
}

std::string sum_of_digits(const std::string& a, const std::string& b) {
  std::string sum;
  int carry = 0;
  for (std::size_t i = 0; i < std::max(a.size(), b.size()) || carry > 0; ++i) {
    const int one = i < a.size() ? a[a.size() - 1 - i] - '0' : 0;
    const int other = i < b.size() ? b[b.size() - 1 - i] - '0' : 0;
    sum += static_cast<char>('0' + (one + other + carry) % 10);
    carry = (one + other + carry) / 10;
  }
  std::ranges::reverse(sum);
  return sum;
}

// a - b, of a >= b.
std::string difference_of_digits(const std::string& a, const std::string& b) {
  std::string difference;
  int borrowed = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const int other = i < b.size() ? b[b.size() - 1 - i] - '0' : 0;
    const int digit = a[a.size() - 1 - i] - '0' - other - borrowed;
    borrowed = digit < 0 ? 1 : 0;
    difference += static_cast<char>('0' + digit + 10 * borrowed);
  }
  std::ranges::reverse(difference);
  return without_leading_zeros(std::move(difference));
}

std::string product_of_digits(const std::string& a, const std::string& b) {
  std::string product = "0";
  for (std::size_t i = 0; i < b.size(); ++i) {
    for (int times = b[b.size() - 1 - i] - '0'; times > 0; --times)
      product = sum_of_digits(product, times_ten(a, static_cast<int>(i)));
  }
  return product;
}

struct Quotient {
  std::string quotient, remainder;
};
Quotient divide_digits(const std::string& a, const std::string& b) {
  std::string quotient, rest = "0";
  for (const char digit : a) {
    rest = without_leading_zeros(rest + digit);
    char times = '0';
    for (; compare_digits(rest, b) >= 0; ++times) rest = difference_of_digits(rest, b);
    quotient += times;
  }
  return {without_leading_zeros(std::move(quotient)), rest};
}

// Whether the digits that are kept go up by one. `dropped`: those behind them, their first at its own place.
bool goes_up(const std::string& kept, const std::string& dropped, bool negative, std::string_view rounding) {
  const bool is_exact = dropped.find_first_not_of('0') == std::string::npos;
  if (is_exact || rounding == "ROUND_DOWN") return false;
  if (rounding == "ROUND_UP") return true;
  if (rounding == "ROUND_CEILING") return !negative;
  if (rounding == "ROUND_FLOOR") return negative;
  if (rounding == "ROUND_05UP") return kept.back() == '0' || kept.back() == '5';
  const bool is_half = dropped[0] == '5' && dropped.find_first_not_of('0', 1) == std::string::npos;
  if (!is_half) return dropped[0] >= '5';
  if (rounding == "ROUND_HALF_EVEN") return (kept.back() - '0') % 2 == 1;
  return rounding == "ROUND_HALF_UP";
}

bool is_rounding(std::string_view name) {
  constexpr std::string_view names[] = {"ROUND_DOWN",    "ROUND_UP",        "ROUND_CEILING",   "ROUND_FLOOR",
                                        "ROUND_HALF_UP", "ROUND_HALF_EVEN", "ROUND_HALF_DOWN", "ROUND_05UP"};
  return std::ranges::find(names, name) != std::end(names);
}

// With its last digit at 10^exponent.
Decimal rescaled(Decimal number, int exponent, std::string_view rounding) {
  const int missing = number.exponent - exponent;
  number.exponent = exponent;
  if (missing >= 0) {
    number.digits = times_ten(number.digits, missing);
    return number;
  }
  const auto dropped_count = static_cast<std::size_t>(-missing);
  std::string all = number.digits;
  if (all.size() <= dropped_count) all.insert(0, dropped_count + 1 - all.size(), '0');
  const std::string kept = all.substr(0, all.size() - dropped_count);
  const std::string dropped = all.substr(kept.size());
  number.digits = without_leading_zeros(kept);
  if (goes_up(kept, dropped, number.negative, rounding)) number.digits = sum_of_digits(number.digits, "1");
  return number;
}

Decimal in_context(Decimal number) {
  const int extra = static_cast<int>(number.digits.size()) - context_digits;
  if (extra <= 0) return number;
  number = rescaled(std::move(number), number.exponent + extra, "ROUND_HALF_EVEN");
  return in_context(std::move(number));  // 9.99… may have become 10.0…
}

std::optional<Decimal> sum(Decimal left, Decimal right) {
  const int exponent = std::min(left.exponent, right.exponent);
  if (std::max(left.exponent, right.exponent) - exponent > most_zeros_added) return std::nullopt;
  left = rescaled(std::move(left), exponent, {}), right = rescaled(std::move(right), exponent, {});
  Decimal total{.negative = left.negative, .digits = {}, .exponent = exponent};
  if (left.negative == right.negative) {
    total.digits = sum_of_digits(left.digits, right.digits);
    return in_context(std::move(total));
  }
  const auto order = compare_digits(left.digits, right.digits);
  if (order < 0) std::swap(left, right);
  total.negative = order != 0 && left.negative;
  total.digits = difference_of_digits(left.digits, right.digits);
  return in_context(std::move(total));
}

Decimal product(const Decimal& left, const Decimal& right) {
  return in_context({.negative = left.negative != right.negative,
                     .digits = product_of_digits(left.digits, right.digits),
                     .exponent = left.exponent + right.exponent});
}

// As many digits as the context has, or as it takes where it comes out even.
std::optional<Decimal> ratio(const Decimal& left, const Decimal& right) {
  if (right.is_zero()) return std::nullopt;
  const int ideal = left.exponent - right.exponent;
  Decimal result{.negative = left.negative != right.negative, .digits = "0", .exponent = ideal};
  if (left.is_zero()) return result;
  const int added = std::max(
      0, static_cast<int>(right.digits.size()) - static_cast<int>(left.digits.size()) + context_digits + 1);
  auto [quotient, remainder] = divide_digits(times_ten(left.digits, added), right.digits);
  // A digit that is not at a tie keeps what is behind it from being taken for one.
  if (remainder != "0" && (quotient.back() == '0' || quotient.back() == '5')) ++quotient.back();
  result.exponent = ideal - added;
  while (remainder == "0" && result.exponent < ideal && quotient.back() == '0') {
    quotient.pop_back();
    ++result.exponent;
  }
  result.digits = std::move(quotient);
  return in_context(std::move(result));
}

// The whole number of times and what is left, of which `symbol` says the wanted one.
std::optional<Decimal> whole_division(std::string_view symbol, const Decimal& left, const Decimal& right) {
  const int exponent = std::min(left.exponent, right.exponent);
  if (right.is_zero() || std::max(left.exponent, right.exponent) - exponent > most_zeros_added)
    return std::nullopt;
  auto [quotient, remainder] = divide_digits(times_ten(left.digits, left.exponent - exponent),
                                             times_ten(right.digits, right.exponent - exponent));
  if (quotient.size() > context_digits) return std::nullopt;
  if (symbol == "//") return Decimal{left.negative != right.negative, std::move(quotient), 0};
  return in_context({left.negative, std::move(remainder), exponent});
}

}  // namespace

Decimal decimal_of(std::int64_t number) {
  std::string digits = std::to_string(number);
  const bool negative = digits.front() == '-';
  return {.negative = negative, .digits = digits.substr(negative ? 1 : 0), .exponent = 0};
}

std::optional<Decimal> calculate(std::string_view symbol, const Decimal& left, const Decimal& right) {
  if (symbol == "+") return sum(left, right);
  if (symbol == "-") return sum(left, {!right.negative, right.digits, right.exponent});
  if (symbol == "*") return product(left, right);
  if (symbol == "/") return ratio(left, right);
  if (symbol == "//" || symbol == "%") return whole_division(symbol, left, right);
  return std::nullopt;
}

std::strong_ordering compare(const Decimal& left, const Decimal& right) {
  const Decimal a = without_trailing_zeros(left), b = without_trailing_zeros(right);
  if (a.negative != b.negative) return b.negative <=> a.negative;
  const auto size = [&] {
    if (a.is_zero() || b.is_zero()) return b.is_zero() <=> a.is_zero();
    if (a.adjusted() != b.adjusted()) return a.adjusted() <=> b.adjusted();
    return a.digits.compare(b.digits) <=> 0;  // from the first digit on
  }();
  return a.negative ? 0 <=> size : size;
}

std::optional<Decimal> quantize(const Decimal& number, const Decimal& pattern, std::string_view rounding) {
  if (!is_rounding(rounding) || std::abs(number.exponent - pattern.exponent) > most_zeros_added)
    return std::nullopt;
  Decimal result = rescaled(number, pattern.exponent, rounding);
  if (result.digits.size() > context_digits) return std::nullopt;
  return result;
}

std::optional<std::int64_t> rounded_to_whole(const Decimal& number, std::string_view rounding) {
  if (std::abs(number.exponent) > most_zeros_added) return std::nullopt;
  const Decimal whole = rescaled(number, 0, rounding);
  const std::string text = (whole.negative ? "-" : "") + whole.digits;
  std::int64_t result = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), result);
  if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return result;
}

Decimal with_sign(Decimal number, bool negated) {
  if (number.is_zero()) return {.negative = false, .digits = "0", .exponent = number.exponent};
  number.negative = number.negative != negated;
  return in_context(std::move(number));
}

}  // namespace pbb

#include "programs/decimal.h"

#include <algorithm>
#include <charconv>

namespace pbb {
namespace {

constexpr std::size_t most_digits = 100;
constexpr int largest_exponent = 1000;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The exponent after "E"; nothing where it is none.
std::optional<int> read_exponent(std::string_view text) {
  if (text.size() < 2 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  int exponent = 0;
  const char *begin = text.data() + 1, *end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(begin, end, exponent);
  if (error != std::errc() || stop != end || exponent > largest_exponent) return std::nullopt;
  return text[0] == '-' ? -exponent : exponent;
}

}  // namespace

std::optional<Decimal> read_decimal(std::string_view text) {
  Decimal number;
  const std::string_view whole_text = text;
  number.negative = text.starts_with('-');
  if (number.negative) text.remove_prefix(1);
  if (const std::size_t e = text.find('E'); e != std::string_view::npos) {
    const auto exponent = read_exponent(text.substr(e + 1));
    if (!exponent) return std::nullopt;
    number.exponent = *exponent;
    text = text.substr(0, e);
  }
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '.') {
      number.exponent -= static_cast<int>(text.size() - i - 1);
    } else {
      digits += text[i];
    }
  }
  if (digits.empty() || digits.size() > most_digits || !std::ranges::all_of(digits, is_digit))
    return std::nullopt;
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  number.digits = std::move(digits);
  if (decimal_text(number) != whole_text) return std::nullopt;
  return number;
}

std::string decimal_text(const Decimal& number) {
  constexpr int least_place = -6;  // of numbers written without an exponent
  const std::string sign = number.negative ? "-" : "";
  const bool is_plain = number.exponent <= 0 && number.adjusted() >= least_place;
  const int size = static_cast<int>(number.digits.size());
  const int before_point = is_plain ? size + number.exponent : 1;  // so many of its digits
  std::string text;
  if (before_point <= 0) {
    text = "0." + std::string(static_cast<std::size_t>(-before_point), '0') + number.digits;
  } else if (before_point >= size) {
    text = number.digits;
  } else {
    const auto whole = static_cast<std::size_t>(before_point);
    text = number.digits.substr(0, whole) + "." + number.digits.substr(whole);
  }
  if (is_plain) return sign + text;
  const int exponent = number.adjusted();
  return sign + text + (exponent < 0 ? "E" : "E+") + std::to_string(exponent);
}

Decimal without_trailing_zeros(Decimal number) {
  if (number.is_zero()) return {};
  const std::size_t last = number.digits.find_last_not_of('0');
  number.exponent += static_cast<int>(number.digits.size() - 1 - last);
  number.digits.resize(last + 1);
  return number;
}

}  // namespace pbb

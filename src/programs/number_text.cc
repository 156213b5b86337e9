#include "programs/number_text.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string_view>

namespace pbb {
namespace {

// A float beyond double's range is infinite or zero, as in Python: which, its first digit's place tells.
double out_of_range(std::string_view text) {
  const std::size_t e = text.find_first_of("eE");
  const std::string_view mantissa = text.substr(0, e);
  const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
  const std::size_t first = mantissa.find_first_of("123456789");
  double place = static_cast<double>(point) - static_cast<double>(first);
  if (e != std::string_view::npos) {
    double exponent = 0;
    for (char c : text.substr(e + 1)) {
      if (is_digit(c)) exponent = exponent * 10 + (c - '0');
    }
    place += text[e + 1] == '-' ? -exponent : exponent;
  }
  return place > 0 ? std::numeric_limits<double>::infinity() : 0.0;
}

}  // namespace

Value integer_value(std::string digits, bool negative) {
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  if (negative && digits != "0") digits.insert(digits.begin(), '-');
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error == std::errc()) return Value{number};
  return Value{BigInteger{digits}};
}

double float_value(const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc::result_out_of_range ? out_of_range(text) : number;
}

}  // namespace pbb

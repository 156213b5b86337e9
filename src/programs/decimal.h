// A number of Python's decimal module, as it is written and as it is compared.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace pbb {

// (-1 where negative) · digits · 10^exponent; 1.10 and 1.1 are equal, and yet written differently. Finite.
struct Decimal {
  bool negative = false;
  std::string digits = "0";  // no leading zeros
  int exponent = 0;

  bool is_zero() const { return digits == "0"; }
  // The place of the first digit: 0 for 1 to 9.99.
  int adjusted() const { return exponent + static_cast<int>(digits.size()) - 1; }
};

// "12.50", "-0.3", "1E+3": what str(Decimal) writes, and nothing else; at most 100 digits.
std::optional<Decimal> read_decimal(std::string_view text);
// As str(Decimal) does (to-scientific-string of the General Decimal Arithmetic Specification).
std::string decimal_text(const Decimal& number);
// The same number without zeros at the end, zero without a sign: equal numbers are equal texts then.
Decimal without_trailing_zeros(Decimal number);

}  // namespace pbb

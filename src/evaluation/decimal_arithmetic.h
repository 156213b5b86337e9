// What Python's decimal module computes, in its default context: 28 digits, the last one rounded half to even
// (General Decimal Arithmetic Specification, version 1.70). Nothing where Python raises.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

#include "programs/decimal.h"

namespace pbb {

Decimal decimal_of(std::int64_t number);
// + - * / // %; // and % round towards zero, unlike those of ints.
std::optional<Decimal> calculate(std::string_view symbol, const Decimal& left, const Decimal& right);
std::strong_ordering compare(const Decimal& left, const Decimal& right);
// With so many digits as `pattern` has after its point. `rounding`: "ROUND_HALF_UP" or another of the module's names.
std::optional<Decimal> quantize(const Decimal& number, const Decimal& pattern, std::string_view rounding);
// The whole number that `rounding` gives.
std::optional<std::int64_t> rounded_to_whole(const Decimal& number, std::string_view rounding);
// Rounded to the context's digits, as a sign before it makes Python do; negated if asked; zero loses its sign.
Decimal with_sign(Decimal number, bool negated);

}  // namespace pbb

// The numbers that digits stand for.
#pragma once

#include <string>

#include "programs/value.h"

namespace pbb {

inline bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// `digits` as 64 bits where they fit.
Value integer_value(std::string digits, bool negative);
// Of digits with a point or an exponent, as from_chars takes them.
double float_value(const std::string& text);

}  // namespace pbb

// Python's pure functions, methods and subscripts on literals. Nothing where Python raises, or where the result would
// not be exact here.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "programs/value.h"

namespace pbb {

// min, max, abs, len, sum, round, int, float, str, bool, any, all, math.ceil, math.floor, bisect, bisect_left,
// bisect_right (also as bisect.bisect, …), Decimal; at least one argument.
std::optional<Value> call_function(std::string_view name, std::span<const Value> arguments);
// lower, upper, strip (without arguments; of ASCII), startswith, endswith (of one text), get of a dict,
// quantize of a Decimal.
std::optional<Value> call_method(const Value& object, std::string_view name,
                                 std::span<const Value> arguments);
// container[key], of a list, tuple or dict.
std::optional<Value> element(const Value& container, const Value& key);

}  // namespace pbb

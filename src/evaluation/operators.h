// Python's operators on literals. Nothing where Python raises, or where the result would not be exact here.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "programs/value.h"

namespace pbb {

std::optional<bool> is_true(const Value& value);
// + - * / // % **. `unary`: + and - of `right` alone.
std::optional<Value> calculate(std::string_view symbol, const Value& left, const Value& right,
                               bool unary = false);
// == != < <= > >= in "not in"; is and "is not" where one of the two is None.
std::optional<bool> compare(std::string_view symbol, const Value& left, const Value& right);
// min, max, abs, len, sum, round, int, math.ceil, math.floor; at least one argument.
std::optional<Value> call_function(std::string_view name, std::span<const Value> arguments);
// lower, upper, strip (without arguments; of ASCII), startswith, endswith (of one text), get of a dict.
std::optional<Value> call_method(const Value& object, std::string_view name,
                                 std::span<const Value> arguments);
// container[key], of a list, tuple or dict.
std::optional<Value> element(const Value& container, const Value& key);

}  // namespace pbb

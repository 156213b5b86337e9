// Python's operators on literals. Nothing where Python raises, or where the result would not be exact here.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "programs/value.h"

namespace pbb {

std::optional<bool> is_true(const Value& value);
// + - * / // % **. `unary`: + and - of `right` alone.
std::optional<Value> calculate(std::string_view symbol, const Value& left, const Value& right,
                               bool unary = false);
// == != < <= > >= in "not in"; is and "is not" where one of the two is None.
std::optional<bool> compare(std::string_view symbol, const Value& left, const Value& right);

// What they share with functions.h. The value as a T; nullptr where it is of another type.
template <typename T>
const T* as(const Value& value) {
  return std::get_if<T>(&value.data);
}
// An int, or a bool, which Python counts as one.
std::optional<std::int64_t> integer_in(const Value& value);
// A float that is a number, or an int that a double holds exactly.
std::optional<double> real_in(const Value& value);
// A Decimal, or an int as one.
std::optional<Decimal> decimal_in(const Value& value);
// The items of a list or tuple; nullptr where it is neither.
const std::vector<Value>* items_in(const Value& value);
// The value of a key, nullptr where there is none; nothing where a key before it cannot be compared with it.
std::optional<const Value*> find_key(const DictValue& dict, const Value& key);

}  // namespace pbb

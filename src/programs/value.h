// Python literals as typed values: parsed by us, compared with types (1, 1.0 and True all differ), never
// evaluated.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace pbb {

struct Value;
struct ListValue {
  std::vector<Value> items;
};
struct TupleValue {
  std::vector<Value> items;
};
struct SetValue {
  std::vector<Value> items;
};
struct DictValue {
  std::vector<std::pair<Value, Value>> items;
};
struct BigInteger {
  std::string digits;
};  // beyond 64 bits, with sign, no leading zeros

struct Value {
  std::variant<std::monostate /* None */, bool, std::int64_t, BigInteger, double, std::string, ListValue,
               TupleValue, SetValue, DictValue>
      data;
};

bool operator==(const Value& a,
                const Value& b);  // same types, same contents; NaN equals NaN; dict and set in any order

// The whole of `text` (blanks around it aside) as one literal; nothing when it is not one. Nesting is limited
// to 100.
std::optional<Value> parse_value(std::string_view text);
// The longest literal at the start of `text`; second: how many bytes it takes.
std::optional<std::pair<Value, std::size_t>> parse_value_prefix(std::string_view text);
std::string to_python(const Value& value);  // as Python's repr

}  // namespace pbb

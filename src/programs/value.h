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

#include "programs/decimal.h"

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
  std::variant<std::monostate /* None */, bool, std::int64_t, BigInteger, double, Decimal, std::string,
               ListValue, TupleValue, SetValue, DictValue>
      data;
};

bool operator==(const Value& a,
                const Value& b);  // same types, same contents; NaN equals NaN; dict and set in any order

// What is read: None, True, False; decimal integers (1_000 too; no 0x, 0o, 0b); floats, and `inf` and `nan`
// as repr writes them; `Decimal('1.50')`, spelt as repr does; one-line strings in single or double quotes with every escape but \N{...}, without a
// prefix; lists, tuples in brackets, sets (`set()` when empty) and dicts. As in Python, of equal dict keys
// (1, 1.0, True) the first key and the last value stay, and lists, sets and dicts are no keys.

// The whole of `text` (blanks around it aside) as one literal; nothing when it is not one. Nesting is limited
// to 100.
std::optional<Value> parse_value(std::string_view text);
// The longest literal at the start of `text` (blanks before it aside); second: how many bytes it takes, those
// blanks included. A point with no digit after it ends a sentence, not a number: "90." is 90 and one byte
// more. A number or word that runs into more of a word ("5x", "Trueish") is none.
std::optional<std::pair<Value, std::size_t>> parse_value_prefix(std::string_view text);
// As Python's repr. Bytes of a string that are no UTF-8 are written as Python shows undecodable bytes
// (\udcff).
std::string to_python(const Value& value);

}  // namespace pbb

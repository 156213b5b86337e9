// A Python expression over literals, as a step of a trace holds one, read into a tree.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "programs/value.h"

namespace pbb {

struct Expression {
  enum class Kind {
    value,        // a literal
    tuple,        // parts: its items, of which one at least is no literal
    unary,        // + -
    binary,       // + - * / // % **
    negation,     // not
    comparison,   // a chain: parts, and between them symbols
    conjunction,  // and
    disjunction,  // or
    conditional,  // parts: value, condition, other value
    element,      // parts: container, key
    call,         // of a function: symbol is its name
    method        // parts: object, arguments; symbol is its name
  };
  Kind kind = Kind::value;
  // Where it stands in the text, with the brackets around it.
  std::size_t begin = 0, end = 0;
  bool in_brackets = false;
  std::string_view symbol;
  std::vector<std::string_view> symbols;
  std::vector<Expression> parts;
  Value value;

  bool is_value() const { return kind == Kind::value; }
};

// The whole of `text`, which must outlive what is returned; items with commas between them are a tuple. Nothing
// where it is no expression, or one of other things than these:
//
//   operators     + - * / // % **, comparisons (chained too), in, is, and, or, not, conditional ones
//   functions     min, max, abs, len, sum, round, int, float, str, bool, any, all, math.ceil, math.floor;
//                 range, enumerate, zip, bisect, Decimal
//   and           literals, tuples, elements, methods
std::optional<Expression> read_expression(std::string_view text);

}  // namespace pbb

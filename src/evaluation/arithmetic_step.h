// Operations that stand in a step of a trace, computed: Python's, on literals, by code of our own that never runs text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "programs/value.h"

namespace pbb {

// What an expression of literals gives in Python (expression.h says which are read; of methods lower, upper,
// strip, startswith, endswith and get). Nothing where it is none, holds no operation (a lone literal), raises,
// or is not computed exactly here: integers beyond 64 bits, floats with integers beyond 53, powers that are no
// integers.
std::optional<Value> compute(std::string_view expression);

// The expression with every operation worked out whose operands are values, as sandbox/tracing/reduction.py words
// it: "4 * (5 + 3)" gives "4 * 8". Nothing where there is none, or it holds what is not computed here.
std::optional<std::string> next_stage(std::string_view expression);

}  // namespace pbb

// Operations that stand in a trace, computed: a reader of literals and operators of its own, which never runs
// text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "programs/value.h"

namespace pbb {

// What an expression of literals gives in Python: + - * / // % ** with Python's signs, comparisons (chained
// too), in, is, and, or, not, conditional expressions, elements of lists, tuples and dicts; min, max, abs, len, sum,
// round, int (of numbers), math.ceil and math.floor; lower, upper, strip, startswith, endswith and get. Nothing where it is none, holds
// no operation (a lone literal), raises, or is not computed exactly here: integers beyond 64 bits, floats
// with integers beyond 53, powers that are no integers.
std::optional<Value> compute(std::string_view expression);

// What a true trace (sandbox/worker/tracing.py) says after the end of `trace`, without the blank before it, where that
// is a complete operation and " =" or " is": "18" after "x = 5 + 13 =", "False" after "31 >= 32 is". An
// expression with calls in it is followed by the same with their values: "3 + 2" after "y = min(3, 4) + 2 =".
std::optional<std::string> computed_result(std::string_view trace);

}  // namespace pbb

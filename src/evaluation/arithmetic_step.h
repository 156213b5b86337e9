// Operations that stand in a trace, computed: a reader of literals and operators of its own, which never runs
// text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "programs/value.h"

namespace pbb {

// What an expression of literals gives in Python:
//
//   operators     + - * / // % ** with Python's signs, comparisons (chained too), in, is, and, or, not
//   expressions   conditional ones; elements of lists, tuples and dicts
//   functions     min, max, abs, len, sum, round, int (of numbers), math.ceil and math.floor
//   methods       lower, upper, strip, startswith, endswith and get
//
// Nothing where it is none, holds no operation (a lone literal), raises, or is not computed exactly here:
// integers beyond 64 bits, floats with integers beyond 53, powers that are no integers.
std::optional<Value> compute(std::string_view expression);

// What a true trace (sandbox/worker/tracing.py) says after the end of `trace`, without the blank before it,
// where that is a complete operation and " =" or " is":
//
//   x = 5 + 13 =         18
//   31 >= 32 is          False
//   y = min(3, 4) + 2 =  3 + 2    an expression with calls in it: the same with their values
std::optional<std::string> computed_result(std::string_view trace);

}  // namespace pbb

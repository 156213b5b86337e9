// Domain `arithmetic`: short integer programs with nonsense names; straight-line, branches, bounded loops,
// calls of a helper.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/options.h"
#include "base/random.h"
#include "programs/domains/domain.h"

namespace pbb {

struct ArithmeticOptions {
  int min_statements = 2, max_statements = 2;
  int min_constant = 1, max_constant = 20;  // of + and -
  int max_factor = 5;                       // of *, from 2
  std::string operators = "+-*";            // of + - * // %
  int min_input = 0, max_input = 20;
  double branch_share = 0, loop_share = 0, call_share = 0;  // the rest is straight-line
};

template <typename Fields>
void list_options(Fields& fields, ArithmeticOptions& options) {
  fields("min_statements", options.min_statements, Range{1, 12},
         "statements that a run goes through, at least");
  fields("max_statements", options.max_statements, Range{1, 12}, "and at most");
  fields("min_constant", options.min_constant, Range{1, 999}, "constants of + and -, at least");
  fields("max_constant", options.max_constant, Range{1, 999}, "and at most");
  fields("max_factor", options.max_factor, Range{2, 99}, "constants of *, at most; they begin at 2");
  fields("operators", options.operators, "some of + - * // %, written together: +-*");
  fields("min_input", options.min_input, Range{-999, 998}, "inputs, at least");
  fields("max_input", options.max_input, Range{-998, 999}, "and at most");
  fields("branch_share", options.branch_share, Range{0, 1}, "of the programs: those with if and else");
  fields("loop_share", options.loop_share, Range{0, 1}, "of the programs: those with a bounded loop");
  fields("call_share", options.call_share, Range{0, 1},
         "of the programs: those that call a function of their own");
}

// `x = x + 13` is a statement, and so are a whole if/else (one statement in each arm), a whole loop (one
// statement inside) and a call of a helper (one statement there): as many are counted as a run goes through.
// Constants of // are drawn like those of *, constants of % like those of + (from 2). No statement is written
// twice, changes too little to matter, undoes what those before it did, or leaves -9999 to 9999 for any input
// of the range.

// InputError naming the option, its value and what it may be.
void check_options(const ArithmeticOptions& options);

// One candidate; its name is unique among `taken` names by the caller. InputError when the options allow
// none.
Program draw_arithmetic(const ArithmeticOptions& options, Random& random);
std::vector<Value> draw_arithmetic_input(const ArithmeticOptions& options, Random& random);

// Up to `count` inputs of the range, evenly spaced, both ends among them.
std::vector<std::int64_t> spaced_inputs(const ArithmeticOptions& options, int count);

// The operators of an option's text: "+-//" is +, - and //.
std::vector<std::string> split_arithmetic_operators(const std::string& operators);

Domain arithmetic_domain();

}  // namespace pbb

// Domain `arithmetic`: short integer programs with nonsense names; straight-line, branches, bounded loops.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/random.h"
#include "programs/program.h"

namespace pbb {

struct ArithmeticOptions {
  int with_io = 0, source_only = 0;  // programs
  int min_statements = 2, max_statements = 2;
  int min_constant = 1, max_constant = 20;  // of + and -
  int max_factor = 5;                       // of *, from 2
  std::string operators = "+-*";            // of + - * // %
  int min_input = 0, max_input = 20;
  double branch_share = 0, loop_share = 0;  // the rest is straight-line
};

// One candidate; its name is unique among `taken` names by the caller.
Program draw_arithmetic(const ArithmeticOptions& options, Random& random);
std::vector<Value> draw_arithmetic_input(const ArithmeticOptions& options, Random& random);

}  // namespace pbb

// Comparisons that binary floats decide otherwise than the decimals do that a source and its inputs are written
// in: 25.05 - 25.0 is more than 0.05. What a program does is what it does, and is taught; but its author may
// not know.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "programs/execute.h"

namespace pbb {

struct FloatTrap {
  int line = 0;            // of the source, from 1
  std::string comparison;  // with how its sides came about: "abs(25.05 - 25.0) <= 0.05"
  bool answer = false;     // what it gives
  std::string left,
      right;        // its sides as they are: "0.05000000000000071", "0.05"; in decimals they are equal
  Input arguments;  // of the call that shows it

  // "judge_quality(25.05, 0): abs(25.05 - 25.0) <= 0.05 is False, …", with a HINT.
  std::string text(const std::string& name) const;
};

struct TriedProgram {
  std::string source, name;
  std::vector<Input> inputs;  // to try it on, beside those at which its answer may change
};

// Of each program those found, one a line at most. A program that cannot be tried has none.
std::vector<std::vector<FloatTrap>> find_float_traps(const Runner& run,
                                                     std::span<const TriedProgram> programs);

}  // namespace pbb

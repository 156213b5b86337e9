// Which functions and which lines of code can be learnt, and what the others are.
#pragma once

#include "assessment/assessment.h"

namespace pbb {

// Fills in functions, lines, learnable_lines and rest. Files that are left out as a whole (tests, hidden ones, folders)
// are not counted: they are no code of the firm's that could be a rule.
void add_line_counts(Assessment& assessment, const Imported& imported, const Runner& run);

}  // namespace pbb

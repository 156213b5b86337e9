// How clear a rule is, which of a file's lines are rules, and what a call of the program itself takes. Python's parser
// counts, in the sandbox; nothing here is a verdict.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "programs/execute.h"
#include "programs/program.h"

namespace pbb {

struct Clarity {
  int lines = 0;       // of code: no blank lines, comments, docstrings
  int conditions = 0;  // questions that it asks: of `if a < 1 and b`, two
  int arithmetic = 0;  // operations
  int calls = 0;
  std::vector<std::string>
      features;  // what it has beside these and whole numbers: "calls", "decimals", "tables", …

  // A rule of conditions and arithmetic on whole numbers alone; all else is everyday code.
  bool is_plain() const { return features.empty(); }
};

// How many lines of code a file has, and whose they are.
struct CodeLines {
  int all = 0;
  std::vector<int> of_functions;  // of those that were named, in order; no line is counted twice
  int shared = 0;                 // constants, helpers and imports that stand in one of the rules given
};
struct CountedFile {
  std::string source;
  std::vector<std::string> functions;
  std::vector<std::string> rules;  // sources that were cut out of it
};

// One for each, in order. Error when the sandbox cannot do it.
std::vector<Clarity> clarity_of(const Runner& run, std::span<const std::string> sources);
std::vector<CodeLines> count_lines(const Runner& run, std::span<const CountedFile> files);

// What a call of each program takes on its inputs, in microseconds, measured here and now; nothing where it cannot be
// measured, or there are no inputs.
struct TimedProgram {
  std::string source, name;
  std::vector<Input> inputs;
};
std::vector<std::optional<double>> microseconds_a_call(const Runner& run,
                                                       std::span<const TimedProgram> programs);

extern const char* const clarity_source;  // the Python that does it, to stand after the survey's

}  // namespace pbb

// A module of several functions: each public one as a program of its own, with what of the module it uses and
// nothing else. Python cuts it (survey/slices.py), and each slice is run beside the whole module.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "programs/importers/survey.h"

namespace pbb {

struct Slice {
  std::string name;  // of the function
  int line = 0;      // of its `def` in the file
  std::string source;
  std::vector<int> lines;         // of each line of its source, the file's
  std::string left_out;           // why it is no rule: "it returns nothing"
  std::optional<Remark> refused;  // why it cannot be cut; the lines are the file's
};

// For each source, in order: the slices of one that holds several functions and none with its file's name, or that
// imports modules of the user's own; none of the others, which are programs as a whole.
std::vector<std::vector<Slice>> slice_modules(const Runner& run, std::span<const SurveyedSource> sources);

// A slice with the module that it was cut from.
struct CutProgram {
  std::string source, name;
  OwnModules modules;
  std::vector<Input> inputs;
};
struct Agreement {
  std::string differs;  // "RATE is 5 in the slice and 6 when the module is run"; empty: nothing does
  std::string unrun;    // why the module cannot be run, so that nothing was compared
};
// Runs both on the inputs, and compares answers and constants.
std::vector<Agreement> compare_with_modules(const Runner& run, std::span<const CutProgram> programs);

}  // namespace pbb

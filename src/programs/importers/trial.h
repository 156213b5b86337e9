// Running what may be imported: twice in processes of their own and once more after itself, and its doctests.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "programs/importers/import.h"
#include "programs/importers/inputs.h"
#include "programs/importers/survey.h"

namespace pbb {

// Where a program that is a part of a file was cut from.
struct Cut {
  OwnModules modules;      // the file's text, and what it imports
  std::vector<int> lines;  // of each line of the program, the file's
};

// A file, or a function of it, on its way into a corpus.
struct Candidate {
  ImportedFile report;
  Program program;
  Survey survey;
  std::vector<ReadInput> inputs;
  bool is_made_up = false;            // none lie beside it: those it is tried on are the survey's proposals
  std::vector<Execution> executions;  // of the inputs that can be used: beside it, or those it is tried on
  std::vector<Execution> examples, boundaries, practice;
  std::optional<Cut> cut;  // of a file that is no program as a whole

  // The file's line of a line of the program.
  int line_in_file(int line) const;
  bool is_in() const { return report.verdict == ImportVerdict::accepted; }
  void refuse(const std::string& reason, const std::string& hint = {}) {
    report.verdict = ImportVerdict::refused;
    report.reason = reason;
    report.hint = hint;
  }
};

// Fills in the executions of those that are in; refuses those that are no functions of their arguments, that
// cannot be run, or do other things than they promise.
void try_candidates(std::vector<Candidate>& candidates, const ImportOptions& options, const Runners& runners);

}  // namespace pbb

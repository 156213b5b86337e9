// From what a user names to programs with inputs, before any of them is run.
#pragma once

#include <vector>

#include "programs/importers/import.h"
#include "programs/importers/trial.h"

namespace pbb {

// Every file that is listed, surveyed, with its own inputs, its examples and such as are made up; what is
// wrong with one of them refuses that one. InputError as import_python says.
std::vector<Candidate> read_candidates(const PythonSources& sources, const ImportOptions& options,
                                       const Runner& run);

}  // namespace pbb

// Files that are no programs as a whole: cutting them into programs, and making sure of it.
#pragma once

#include <span>
#include <vector>

#include "programs/importers/importer.h"
#include "programs/importers/trial.h"

namespace pbb {

// Replaces, of the importer's `files` among `all`, with their `sources` in the same order, those that are to be cut,
// by a candidate for each of their functions. Inputs beside such a file are each function's own, by its name.
void cut_files(const Importer& importer, const Runner& run, std::span<Candidate* const> files,
               std::vector<SurveyedSource> sources, std::vector<Candidate>& all);

// Refuses those that do other things than the files that they were cut from.
void refuse_wrong_cuts(std::vector<Candidate>& candidates, const Runner& run);

}  // namespace pbb

// What the commands that carry out a recipe have in common: run, train, eval, report, learn.
#pragma once

#include <filesystem>

#include "run/pipeline.h"

namespace pbb {

enum class Purpose { run, train, eval };

// Refuses a run that could not be carried to its end, or would take more memory than there is; prints
// warnings.
void refuse_before_the_first_step(Pipeline& pipeline, const PipelineOptions& options, Purpose purpose);
// Writes summary and page of a run whose arms have been asked.
void write_outcome(Pipeline& pipeline, const std::filesystem::path& folder);

}  // namespace pbb

// Figures of a run's folder, from its own records: run.json, eval/*.jsonl, its stages and its corpus.
#pragma once

#include <filesystem>

#include "assessment/measured.h"
#include "programs/program.h"

namespace pbb {

// InputError when the folder holds no run of pbb that is finished and has answers, or one without commit or machine.
// `run` looks at the sources.
MeasuredRun measure_run(const std::filesystem::path& folder, const Runner& run);

}  // namespace pbb

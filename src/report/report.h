// One self-contained HTML page from a run's folder.
#pragma once

#include <filesystem>

namespace pbb {

// Reads RUN/{recipe.toml,run.json,eval/*.jsonl,stages/*/metrics.jsonl,corpus/} and writes RUN/summary.json
// (evaluation/summary.h) and RUN/report.html, each whole or not at all. A part that is missing is shown as
// absent; one that cannot be read is an InputError naming file and line. Error when gnuplot fails.
void write_report(const std::filesystem::path& run_folder);

}  // namespace pbb

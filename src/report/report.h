// One self-contained HTML page from a run's folder.
#pragma once

#include <filesystem>

namespace pbb {

// Reads RUN/{recipe.toml,summary.json,eval/*.jsonl,stages/*/metrics.jsonl,corpus/} and writes RUN/report.html
// (whole or not at all).
void write_report(const std::filesystem::path& run_folder);

}  // namespace pbb

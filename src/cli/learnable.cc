#include "cli/learnable.h"

#include <fmt/format.h>

#include "run/sandboxes.h"

namespace pbb {
namespace {

std::string questions_of(const Imported& imported, const std::string& program) {
  const auto count = [&](const auto& calls) {
    const auto found = calls.find(program);
    return found == calls.end() ? std::size_t{0} : found->second.size();
  };
  const std::size_t edges = count(imported.boundary_calls), examples = count(imported.example_calls);
  const std::size_t all = read_test_executions(imported.corpus, *imported.corpus.find(program)).size();
  std::string text = fmt::format("{} edge inputs", edges);
  if (examples > 0) text += fmt::format(", {} of the examples", examples);
  if (all > edges + examples) text += fmt::format(", {} of its own inputs", all - edges - examples);
  return text;
}

}  // namespace

Imported import_learnable(const PythonSources& sources, const LearningOptions& options, bool unsafe,
                          const std::filesystem::path& folder) {
  return import_python(sources, learning_import(options), sandbox_runners(unsafe), folder, Replace::nothing,
                       too_long_to_learn(options));
}

std::string learnable_table(const Imported& imported) {
  std::vector<ImportedFile> files = imported.files;
  std::size_t learnable = 0;
  for (ImportedFile& file : files) {
    if (file.verdict != ImportVerdict::accepted) continue;
    ++learnable;
    file.reason = fmt::format("{}: to be asked about {}", file.program, questions_of(imported, file.program));
  }
  return fmt::format("{}{} of {} can be learnt\n", import_table(files), learnable, files.size());
}

}  // namespace pbb

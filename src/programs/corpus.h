// A corpus: a folder of programs. corpus.json, source/NAME.py, views/KIND/NAME.txt, io/NAME.jsonl. Format 1,
// in which prose/NAME.txt was the only view and every call returned, is read as well.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/manifest.h"
#include "programs/program.h"

namespace pbb {

// Everything about programs but their answers. What training sees of source-only programs is this and nothing
// else.
struct Corpus {
  std::filesystem::path folder;
  std::uint64_t seed = 0;  // 0 for a folder of the user's own
  std::vector<Program> programs;
  std::string summary;  // how it was made, for people

  const Program* find(const std::string& name) const;
};

// The executions of one program: `train` (with-IO only; may be shown), `test` (held out, never shown).
struct ProgramExecutions {
  std::vector<Execution> train;
  std::vector<Execution> test;
};

// Reads corpus.json and source/ (never io/). Errors name file and line.
Corpus read_corpus(const std::filesystem::path& folder);
// io/NAME.jsonl of a with-IO program, the train lines only. Asking for a source-only program is an Error.
std::vector<Execution> read_training_executions(const Corpus& corpus, const Program& program);
// io/NAME.jsonl, the test lines (none for an imported program without inputs). For evaluation only.
std::vector<Execution> read_test_executions(const Corpus& corpus, const Program& program);
// Whole or not at all, with a manifest; InputError when the folder may not be replaced.
void write_corpus(const Corpus& corpus, const std::map<std::string, ProgramExecutions>& executions,
                  Replace replace = Replace::nothing);

}  // namespace pbb

// A folder of the user's own .py files as a corpus. Each file is judged for itself: Python's parser says what is in
// it (programs/survey.h), and running it, twice in processes of their own, whether it is a function of its arguments.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/manifest.h"
#include "base/options.h"
#include "programs/corpus.h"

namespace pbb {

struct ImportOptions {
  double source_only_share = 0.5;
  std::uint64_t seed = 1;
  int train_inputs = 16;
  int test_inputs = 4;
  int max_trace_steps = 100;
};
template <typename Fields>
void list_options(Fields& fields, ImportOptions& options) {
  fields("source_only_share", options.source_only_share, Range{0, 1},
         "of the programs: those known by source alone");
  fields("train_inputs", options.train_inputs, Range{1, 10'000}, "inputs of a with-IO program to train on");
  fields("test_inputs", options.test_inputs, Range{1, 10'000}, "held-out inputs of every program");
  fields("max_trace_steps", options.max_trace_steps, Range{1, 1000},
         "inputs on which a program takes more steps are left out");
}

enum class ImportVerdict { accepted, refused, left_out };

// What became of a file of the folder.
struct ImportedFile {
  std::string file;  // its name in the folder
  ImportVerdict verdict = ImportVerdict::accepted;
  std::string reason;  // of an accepted one: what it is in the corpus
  std::string hint;
  std::vector<std::string> notes;  // what its author should know
};

struct Imported {
  Corpus corpus;  // of the accepted files, as written; empty when there are none, and nothing is written then
  std::vector<ImportedFile> files;  // by name
};

// Each file NAME.py holds a function NAME, or a single function; beside it may lie NAME.inputs.jsonl (an argument
// list a line) or NAME.io.jsonl. InputError when the folder has no Python file, or the corpus may not be written.
Imported import_folder(const std::filesystem::path& python_folder, const ImportOptions& options,
                       const Runners& runners, const std::filesystem::path& folder,
                       Replace replace = Replace::nothing);

// InputError when nothing was accepted.
void refuse_empty(const Imported& imported, const std::filesystem::path& python_folder);

// For people: a file a line, its verdict and reason, notes and hints below it.
std::string import_table(std::span<const ImportedFile> files);

}  // namespace pbb

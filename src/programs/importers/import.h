// The user's own .py files as a corpus. Each file is judged for itself: Python's parser says what is in
// it (programs/importers/survey.h), and running it, twice in processes of their own, whether it is a function of its
// arguments.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
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
  int boundary_inputs = 0;
  int practice_inputs = 0;
};
template <typename Fields>
void list_options(Fields& fields, ImportOptions& options) {
  fields("source_only_share", options.source_only_share, Range{0, 1},
         "of the programs: those known by source alone");
  fields("train_inputs", options.train_inputs, Range{1, 10'000}, "inputs of a with-IO program to train on");
  fields("test_inputs", options.test_inputs, Range{1, 10'000}, "held-out inputs of every program");
  fields("max_trace_steps", options.max_trace_steps, Range{1, 1000},
         "inputs on which a program takes more steps are left out");
  fields("boundary_inputs", options.boundary_inputs, Range{0, 64},
         "held-out inputs that are made up for every program, where its answer may change");
  fields("practice_inputs", options.practice_inputs, Range{0, 10'000},
         "other such inputs of a with-IO program to train on, in place of those that lie beside it: these "
         "are all "
         "held out");
}

// What is imported.
struct PythonSources {
  std::vector<std::filesystem::path> paths;     // .py files, and folders of them
  std::vector<std::filesystem::path> examples;  // files of examples (examples.h)
};
// Why a program that does what it says cannot be used all the same, with a hint; nothing: it can.
struct Objection {
  std::string reason, hint;
};
using Objecting = std::function<std::optional<Objection>(const Program&)>;

enum class ImportVerdict { accepted, refused, left_out };

// What became of a file, or of one function of a file of several.
struct ImportedFile {
  std::string file;  // its name in the one folder that was given, else as it was given
  std::filesystem::path path = {};
  std::string function = {};  // of a file that is cut into several programs: which of them this is
  ImportVerdict verdict = ImportVerdict::accepted;
  std::string program = {};  // of an accepted one: the program's name
  std::string reason;        // of an accepted one: what it is in the corpus
  std::string hint;
  std::vector<std::string> notes;  // what its author should know
};

struct Imported {
  Corpus corpus;  // of the accepted files, as written; empty when there are none, and nothing is written then
  std::vector<ImportedFile> files;  // by name
  // Of each program, the held-out calls that were made up or are a user's examples: "fee(5)".
  std::map<std::string, std::set<std::string>> boundary_calls, example_calls;
};

// Each file NAME.py holds a function NAME, or a single function, and is a program as a whole; of any other, each public
// function is one, with what it uses of the file. Beside it may lie NAME.inputs.jsonl (an argument list a line) or
// NAME.io.jsonl, NAME being the function's where a file holds several. An example that a program contradicts refuses that program.
// InputError when there is no Python file, an example cannot be read or is of no program, or the corpus may
// not be written.
Imported import_python(const PythonSources& sources, const ImportOptions& options, const Runners& runners,
                       const std::filesystem::path& folder, Replace replace = Replace::nothing,
                       const Objecting& objecting = {});
// The same of one folder.
Imported import_folder(const std::filesystem::path& python_folder, const ImportOptions& options,
                       const Runners& runners, const std::filesystem::path& folder,
                       Replace replace = Replace::nothing);

// InputError when nothing was accepted; `where` names what was looked at.
void refuse_empty(const Imported& imported, const std::string& where);

// For people: a file a line, its verdict and reason, notes and hints below it.
std::string import_table(std::span<const ImportedFile> files);

}  // namespace pbb

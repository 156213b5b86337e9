// A folder of a user's own files, imported by real sandboxes.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/temporary_folder.h"
#include "programs/importers/import.h"
#include "run_program.h"

namespace pbb::testing_import {

namespace fs = std::filesystem;

inline Runner runner_of(unsigned hash_seed) {
  SandboxOptions options = testing_sandbox::patient();
  options.hash_seed = hash_seed;
  auto sandbox = std::make_shared<Sandbox>(options);
  return [sandbox](std::span<const ProgramCall> calls) { return sandbox->run(calls); };
}

class Import : public testing::Test {
 protected:
  Import() : python_(temporary_.path() / "python"), folder_(temporary_.path() / "corpus") {
    fs::create_directory(python_);
  }
  static void SetUpTestSuite() { runners_ = new Runners{runner_of(0), runner_of(1)}; }
  static void TearDownTestSuite() {
    delete runners_;
    runners_ = nullptr;
  }

  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((python_ / name).parent_path());
    write_file(python_ / name, text);
  }
  // Whatever the folder holds now, into a corpus of its own.
  void import(double source_only_share = 0) {
    options_.source_only_share = source_only_share;
    fs::remove_all(folder_);
    imported_ = import_folder(python_, options_, *runners_, folder_);
  }
  // The one file NAME.py that there is, imported: its row of the table, with its notes.
  std::string row(const std::string& name, const std::string& source, const std::string& inputs = "") {
    fs::remove_all(python_);
    fs::create_directory(python_);
    write(name + ".py", source);
    if (!inputs.empty()) write(name + ".inputs.jsonl", inputs);
    import();
    return import_table(imported_.files);
  }
  std::map<std::string, std::string> answers(const std::string& name) const {
    const Corpus corpus = read_corpus(folder_);
    const Program& program = *corpus.find(name);
    auto all = read_test_executions(corpus, program);
    if (program.split == Split::with_io)
      for (Execution& one : read_training_executions(corpus, program)) all.push_back(std::move(one));
    std::map<std::string, std::string> found;
    for (const Execution& one : all) found[call_text("", one.arguments)] = outcome_text(one.outcome);
    return found;
  }
  std::vector<std::string> held_out(const std::string& name) const {
    const Corpus corpus = read_corpus(folder_);
    std::vector<std::string> found;
    for (const Execution& one : read_test_executions(corpus, *corpus.find(name)))
      found.push_back(call_text("", one.arguments));
    std::ranges::sort(found);
    return found;
  }
  static void expect(const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << text << "\nlacks " << part;
  }

  static inline Runners* runners_ = nullptr;
  TemporaryFolder temporary_;
  fs::path python_, folder_;
  ImportOptions options_;
  Imported imported_;
};

}  // namespace pbb::testing_import

// pbb export-data as its user runs it.
#include "cli/program.h"

namespace pbb {
namespace {

class ExportDataTest : public ProgramTest {
 protected:
  std::vector<std::string> arguments(const std::string& source, const std::string& to) const {
    return {"export-data", path(source).string(), "--out", path(to).string()};
  }
  void expect_refused(std::vector<std::string> words, const std::vector<std::string>& more,
                      const std::string& named) const {
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = run(words);
    EXPECT_EQ(outcome.code(), 2) << outcome.err;
    EXPECT_NE(outcome.err.find(named), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find("HINT: "), std::string::npos) << outcome.err;
  }
};

// Case export_data
TEST_F(ExportDataTest, ARunsDataAreThoseOfItsRecipe) {
  ASSERT_EQ(run(run_arguments("run")).code(), 0);
  for (const char* source : {"run", "tiny.toml"}) {
    const Outcome outcome = run(arguments(source, std::string(source) + "-data"));
    ASSERT_EQ(outcome.code(), 0) << outcome.err;
    EXPECT_NE(outcome.out.find("README.md"), std::string::npos) << outcome.out;
  }
  for (const char* file : {"1/tokens.jsonl", "2/segments.jsonl", "2/messages.jsonl"})
    EXPECT_EQ(read_file(path("run-data") / file), read_file(path("tiny.toml-data") / file)) << file;
}

TEST_F(ExportDataTest, WhatCannotBeWrittenIsRefusedBeforeAnythingIs) {
  write_file(path("full/notes.txt"), "mine");
  expect_refused(arguments("tiny.toml", "full"), {}, "as a folder of training data");
  expect_refused(arguments("absent.toml", "data"), {}, "absent.toml");
  expect_refused(arguments("tiny.toml", "data"), {"--format", "parquet"}, "parquet");
  expect_refused(arguments("tiny.toml", "data"), {"stage.1.epoch=2"}, "epoch");
  EXPECT_FALSE(fs::exists(path("data")));
}

TEST_F(ExportDataTest, OnlyAnUnchangedExportIsReplacedAndOnlyWhenAskedFor) {
  std::vector<std::string> replacing = arguments("tiny.toml", "data");
  replacing.push_back("--replace");
  ASSERT_EQ(run(arguments("tiny.toml", "data")).code(), 0);
  expect_refused(arguments("tiny.toml", "data"), {}, "holds a folder of training data already");
  EXPECT_EQ(run(replacing).code(), 0);
  write_file(path("data/notes.txt"), "mine");
  expect_refused(replacing, {}, "notes.txt");
  EXPECT_EQ(read_file(path("data/notes.txt")), "mine");
}

TEST_F(ExportDataTest, ARunsFolderIsNotWrittenInto) {
  ASSERT_EQ(run(run_arguments("run")).code(), 0);
  expect_refused(arguments("run", "run/stages/data"), {}, "a part of");
  expect_refused(arguments("run", "data"), {"seed=2"}, "seed=2");
}

}  // namespace
}  // namespace pbb

// run.json: what is written is read back, and what an older pbb wrote is still read.
#include "run/run_record.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file.h"
#include "base/temporary_folder.h"

namespace pbb {
namespace {

TEST(RunRecord, WhatIsWrittenIsReadBack) {
  const TemporaryFolder folder;
  EXPECT_FALSE(read_run_record(folder.path()));
  RunRecord record;
  record.title = "tiny";
  record.command = "pbb run tiny.toml seed=2 --out o";
  record.model = "smollm2-135m";
  record.model_checksum = "0a1b2c3d";
  record.corpus_checksum = "00000001";
  record.compute_type = "bf16";
  record.seed = 2;
  record.sittings.push_back(begin_sitting("eval", "pbb eval o", "bf16"));
  record.sittings.push_back(begin_sitting("train", "pbb train tiny.toml --out o", "bf16"));
  end_sitting(record.sittings.back());
  StageRecord& stage = record.stages.emplace_back();
  stage.name = "1";
  stage.steps = 7;
  stage.final_loss = 0.5;
  record.timings = {{"corpus", 1.5}};
  record.exposures["Blorp"] = {.declarations = 3, .executions = 4, .trained_tokens = 5};
  write_run_record(folder.path(), record);
  const RunRecord read = read_run_record(folder.path()).value();
  EXPECT_EQ(read.command, record.command);
  EXPECT_EQ(read.model_checksum, "0a1b2c3d");
  EXPECT_EQ(read.seed, 2);
  ASSERT_EQ(read.sittings.size(), 2U);
  EXPECT_EQ(read.sittings[0].finished, "");
  EXPECT_EQ(read.training(), &read.sittings[1]);
  EXPECT_EQ(read.training()->command, "pbb train tiny.toml --out o");
  EXPECT_EQ(read.training()->threads, record.sittings[1].threads);
  EXPECT_EQ(read.training()->peak_memory_bytes, record.sittings[1].peak_memory_bytes);
  EXPECT_GT(read.training()->peak_memory_bytes, 0);
  EXPECT_EQ(read.stages.at(0).steps, 7);
  EXPECT_EQ(read.exposures.at("Blorp").executions, 4);
  const std::string once = read_file(folder / "run.json");
  write_run_record(folder.path(), read);
  EXPECT_EQ(read_file(folder / "run.json"), once);  // no key is read that is not written, nor the other way
}

// As pbb wrote it before there were sittings.
TEST(RunRecord, AnOlderOneHasOneSitting) {
  const TemporaryFolder folder;
  write_file(folder / "run.json",
             R"({"command": "pbb run tiny.toml --out o", "finished": "2026-11-23T10:00:00Z",
    "git_hash": "5d471c6", "machine": {"cores": 2, "compute_type": "f32", "processor": "a processor"},
    "model": "smollm2-135m", "pbb_version": "0.1.0", "peak_memory_bytes": 17, "seed": 1})");
  const RunRecord read = read_run_record(folder.path()).value();
  ASSERT_NE(read.training(), nullptr);
  EXPECT_EQ(read.training()->command, read.command);
  EXPECT_EQ(read.training()->commit, "5d471c6");
  EXPECT_EQ(read.training()->cores, 2);
  EXPECT_EQ(read.training()->peak_memory_bytes, 17);
  EXPECT_EQ(read.compute_type, "f32");
}

TEST(RunRecord, AWrongTypeIsNamed) {
  const TemporaryFolder folder;
  write_file(folder / "run.json", R"({"sittings": [{"machine": {"cores": "two"}}]})");
  try {
    read_run_record(folder.path());
    ADD_FAILURE() << "it was taken";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("run.json: \"cores\" is \"two\""), std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace pbb

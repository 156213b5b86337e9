// A stage gone through without training: as its run went through it.
#include "exchange/stage_walk.h"

#include <gtest/gtest.h>

#include <numeric>

#include "base/temporary_folder.h"
#include "examples/byte_tokenizer.h"
#include "examples/reading_data.h"
#include "examples/sample_programs.h"
#include "training/checkpoint.h"

namespace pbb {
namespace {

struct Reading {
  explicit Reading(const ReadingOptions& options) : tokenizer(byte_tokenizer()) {
    for (const char* name : {"Blorp", "Snorvek", "Tindle", "Quabrist", "Zandoful"})
      programs.add_source_only(sample_program(name, 3, 2, Split::source_only));
    data.emplace(programs, tokenizer, options, Runner());
  }
  Tokenizer tokenizer;
  TrainingPrograms programs;
  std::optional<ReadingData> data;
};
// Fresh programs would need a sandbox.
const ReadingOptions options{.steps = 60, .declarations = 3, .executions = 0, .texts = 0};

using Texts = std::vector<std::vector<std::int32_t>>;
Texts walked(StepSource& source, const std::optional<ExposuresToRecall>& recalled_at) {
  Texts texts;
  walk_stage(source, recalled_at, [&](const std::vector<Example>& examples) {
    for (const Example& example : examples) texts.push_back(example.tokens);
  });
  return texts;
}

TEST(StageWalk, WhatACheckpointTellsOfRecallLeadsThroughTheStageAsItsRunWent) {
  Reading run(options);
  const Texts trained =
      walked(*run.data,
             ExposuresToRecall{
                 {"Blorp", 2}, {"Snorvek", 8}, {"Tindle", 4}, {"Quabrist", 2}, {"Zandoful", never_recalled}});
  Tensor weights{{4}, DataType::f32};
  std::iota(weights.span<float>().begin(), weights.span<float>().end(), 0.0F);
  const TemporaryFolder folder;
  StageProgress progress;
  progress.source_state = run.data->state();
  progress.complete = true;
  write_checkpoint(folder / "checkpoint", {}, progress, {weights, weights, weights});

  Reading told(options), again(options);
  const auto recalled_at = exposures_to_recall(*told.data, folder / "checkpoint");
  ASSERT_TRUE(recalled_at);
  EXPECT_EQ(recalled_at->at("Snorvek"), 8);
  EXPECT_EQ(recalled_at->at("Zandoful"), never_recalled);
  EXPECT_EQ(walked(*again.data, recalled_at), trained);
}

TEST(StageWalk, ItEndsEarlyWhereAllWasRecalledAndTakesTheBudgetWhereNothingIs) {
  Reading soon(options), never(options);
  const ExposuresToRecall at_once;  // nobody is in it: all were known before
  EXPECT_LT(walk_stage(*soon.data, at_once, [](const auto&) {}), 20);
  EXPECT_GT(walk_stage(*never.data, std::nullopt, [](const auto&) {}), 50);
}

TEST(StageWalk, AStageOfExposuresHasNoRecall) {
  const Tokenizer tokenizer = byte_tokenizer();
  TrainingPrograms programs;
  programs.add_source_only(sample_program("Blorp", 3, 2, Split::source_only));
  StageData data(programs, tokenizer, {.epochs = 2, .sequences_per_step = 2, .source_only_declarations = 3});
  EXPECT_FALSE(exposures_to_recall(data, "no/checkpoint"));
  EXPECT_EQ(walked(data, std::nullopt).size(), 6U);
}

}  // namespace
}  // namespace pbb

// A stage gone through without training: as its run went through it.
#include "exchange/stage_walk.h"

#include <gtest/gtest.h>

#include <filesystem>
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
Texts walked(StepSource& source, const std::optional<RightFrom>& from) {
  Texts texts;
  walk_stage(source, from, [&](const std::vector<Example>& examples) {
    for (const Example& example : examples) texts.push_back(example.tokens);
  });
  return texts;
}

// A checkpoint of a stage that is in this state.
void write_state(const std::filesystem::path& folder, const StepSource& source) {
  Tensor weights{{4}, DataType::f32};
  std::iota(weights.span<float>().begin(), weights.span<float>().end(), 0.0F);
  StageProgress progress;
  progress.source_state = source.state();
  progress.complete = true;
  write_checkpoint(folder, {}, progress, {weights, weights, weights});
}

TEST(StageWalk, WhatACheckpointTellsOfRecallLeadsThroughTheStageAsItsRunWent) {
  for (const int recitations : {1, 2}) {
    StageRecipe stage;
    stage.kind = StageKind::reading;
    stage.reading = options;
    stage.reading.recitations_to_recall = recitations;
    Reading run(stage.reading), told(stage.reading), again(stage.reading);
    const RightFrom recalled = {
        {"Blorp", 2}, {"Snorvek", 8}, {"Tindle", 4}, {"Quabrist", 2}, {"Zandoful", never_right}};
    const Texts trained = walked(*run.data, recalled);
    const TemporaryFolder folder;
    write_state(folder / "checkpoint", *run.data);
    const auto from = right_from(*told.data, stage, folder / "checkpoint");
    EXPECT_EQ(from, recalled);
    EXPECT_EQ(walked(*again.data, from), trained);
  }
}

TEST(StageWalk, WhatACheckpointTellsOfPracticeLeadsThroughTheStageAsItsRunWent) {
  const Tokenizer tokenizer = byte_tokenizer();
  TrainingPrograms programs;
  for (const char* name : {"Blorp", "Snorvek", "Tindle"}) {
    std::vector<Execution> executions;
    for (std::int64_t input = 0; input < 5; ++input) executions.push_back(sample_execution(3, 2, input));
    programs.add(sample_program(name, 3, 2, Split::with_io), executions);
  }
  StageRecipe stage;
  stage.kind = StageKind::practice;
  stage.practice = {.steps = 40, .executions = 2, .fresh = 0, .right_to_pass = 3};
  PracticeData run(programs, tokenizer, stage.practice, Runner(),
                   [](auto) { return std::vector<std::int32_t>(); }),
      told = run, again = run;
  const RightFrom right = {{"Blorp", 1}, {"Snorvek", 6}, {"Tindle", 2}};
  const Texts trained = walked(run, right);
  const TemporaryFolder folder;
  write_state(folder / "checkpoint", run);
  const auto from = right_from(told, stage, folder / "checkpoint");
  EXPECT_EQ(from, right);
  EXPECT_EQ(walked(again, from), trained);
}

TEST(StageWalk, ItEndsEarlyWhereAllWasRecalledAndTakesTheBudgetWhereNothingIs) {
  Reading soon(options), never(options);
  const RightFrom at_once;  // nobody is in it: all were known before
  EXPECT_LT(walk_stage(*soon.data, at_once, [](const auto&) {}), 20);
  EXPECT_GT(walk_stage(*never.data, std::nullopt, [](const auto&) {}), 50);
}

TEST(StageWalk, AStageOfExposuresHasNoRecall) {
  const Tokenizer tokenizer = byte_tokenizer();
  TrainingPrograms programs;
  programs.add_source_only(sample_program("Blorp", 3, 2, Split::source_only));
  StageData data(programs, tokenizer, {.epochs = 2, .sequences_per_step = 2, .source_only_declarations = 3});
  EXPECT_FALSE(right_from(data, StageRecipe(), "no/checkpoint"));
  EXPECT_EQ(walked(data, std::nullopt).size(), 6U);
}

}  // namespace
}  // namespace pbb

// What a run will take, from lengths alone: micro-batches, memory, what is refused, steps of decoding.
#include "estimate/estimate.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/file.h"
#include "base/temporary_folder.h"
#include "estimate/arm_estimate.h"
#include "estimate/refusal.h"
#include "examples/byte_tokenizer.h"
#include "examples/reading_data.h"
#include "examples/sample_programs.h"
#include "model/adapter.h"
#include "model/byte_decoder.h"
#include "model/layout.h"
#include "run/models.h"
#include "training/accumulate.h"
#include "training/group_data.h"

namespace pbb {
namespace {

DecoderConfig small_config() {
  DecoderConfig config;
  config.vocabulary = 49152;
  config.width = 576;
  config.feed_forward = 1536;
  config.layers = 30;
  config.heads = 9;
  config.kv_heads = 3;
  config.head_size = 64;
  config.context = 8192;
  return config;
}

// Two stages, of 16 sequences of 100 tokens a step; one arm of 64 questions.
struct Planned {
  Planned() {
    recipe.file = "recipe.toml";
    recipe.compute = "f32";
    for (const char* name : {"1", "2"}) {
      StageRecipe& stage = recipe.stages.emplace_back();
      stage.name = name;
      stage.train.micro_batch_tokens = 2048;
      workload.stages.push_back({name, {std::vector<PassSize>(16, {100, 60})}, 1600, 960});
    }
    ArmWork& arm = workload.arms.emplace_back();
    arm.arm.name = "trained";
    arm.arm.stage = "2";
    arm.questions = 64;
    arm.prompts.assign(64, std::vector<std::int32_t>(40));
  }
  std::int64_t peak() const {
    return estimate_memory(recipe, workload, small_config(), 50'000'000).largest().bytes();
  }
  // The message and hint that a limit gives; empty when the run may go on.
  std::string refusal(std::int64_t limit) const {
    try {
      refuse_what_does_not_fit(recipe, workload, small_config(), 50'000'000, limit);
      return "";
    } catch (const InputError& error) {
      return std::string(error.what()) + " HINT " + error.hint();
    }
  }
  Recipe recipe;
  Workload workload;
};

TEST(Workload, MicroBatchesAreThoseOfTraining) {
  const std::vector<PassSize> sequences{{30, 3}, {50, 5}, {20, 2}, {60, 6}, {10, 1}};
  std::vector<Example> examples;
  for (const PassSize& sequence : sequences) {
    examples.emplace_back().tokens.resize(static_cast<std::size_t>(sequence.tokens));
  }
  for (const int limit : {60, 90, 100, 1000}) {
    const auto batches = micro_batches(sequences, limit);
    const auto trained = split_micro_batches(examples, limit);
    ASSERT_EQ(batches.size(), trained.size()) << limit;
    for (std::size_t b = 0; b < batches.size(); ++b) {
      std::size_t tokens = 0;
      for (const Example& example : trained[b]) tokens += example.tokens.size();
      EXPECT_EQ(batches[b].tokens, static_cast<std::int64_t>(tokens)) << limit;
      EXPECT_EQ(batches[b].rows, batches[b].tokens / 10) << limit;
    }
  }
}

TEST(MemoryEstimate, TrainingTakesFourArraysOfTheWeightsSizeAndTheLargestStepsBuffers) {
  const Planned planned;
  const MemoryEstimate estimate =
      estimate_memory(planned.recipe, planned.workload, small_config(), 50'000'000);
  ASSERT_EQ(estimate.phases.size(), 3U);
  const std::int64_t weights = parameter_count(small_config()) * 4;
  std::int64_t arrays = 0, activations = 0;
  for (const MemoryPart& part : estimate.phases[0].parts) {
    if (part.bytes % weights == 0) arrays += part.bytes;
    if (part.name.starts_with("activations of 1600 tokens")) activations = part.bytes;
  }
  EXPECT_EQ(arrays, 4 * weights);
  EXPECT_EQ(activations, largest_step_plan(planned.recipe, planned.workload, small_config()).bytes);
  EXPECT_EQ(&estimate.largest(), &estimate.phases[0]);
  EXPECT_LT(estimate.phases[2].bytes(), estimate.phases[0].bytes());
}

TEST(MemoryEstimate, WithAnAdapterTheWeightsAreFrozenAndOnlyTheAdapterHasGradientsAndMoments) {
  Planned planned;
  const std::int64_t whole = planned.peak();
  planned.recipe.adapter.rank = 16;
  const std::int64_t weights = parameter_count(small_config()) * 4;
  std::int64_t trained = 0;
  for (const ParameterPlace& place : adapter_layout(small_config(), planned.recipe.adapter)) {
    trained += place.size() * 4;
  }
  const MemoryEstimate estimate =
      estimate_memory(planned.recipe, planned.workload, small_config(), 50'000'000);
  std::map<std::string, std::int64_t> parts;
  for (const MemoryPart& part : estimate.phases[0].parts) parts[part.name] = part.bytes;
  EXPECT_EQ(parts.at("weights"), weights);
  EXPECT_GE(parts.at("adapter"), trained);
  EXPECT_EQ(parts.at("gradients"), trained);
  EXPECT_EQ(parts.at("the optimiser's two moments"), 2 * trained);
  EXPECT_LT(planned.peak(), whole - 3 * (weights - trained) + weights / 10);
  EXPECT_EQ(planned.refusal(1).find("16 bytes a parameter"), std::string::npos);
}

// What training's decoder takes, in f32 and in bf16, of a stage that shows texts the model is to keep.
TEST(MemoryEstimate, CountsTheReferenceThatKeptTextsNeedBesideAnAdapter) {
  const Tokenizer tokenizer = byte_tokenizer();
  TrainingPrograms programs;
  Program program;
  program.name = "Ada";
  program.source = "def Ada(x):\n    return x + 1\n";
  program.split = Split::source_only;
  programs.add_source_only(program);
  const ReadingOptions options = {.steps = 4, .declarations = 1, .executions = 0, .drills = 0, .texts = 2};
  const ReadingData data(programs, tokenizer, options, Runner(),
                         {tokenizer.encode("What it said before."), tokenizer.encode("And this, longer.")});
  for (const std::string compute : {"f32", "bf16"}) {
    for (const int rank : {0, 4}) {
      Recipe recipe;
      recipe.compute = compute;
      recipe.adapter.rank = rank;
      recipe.stages.emplace_back().train.micro_batch_tokens = 1024;
      Workload workload;
      ReadingData measured = data;
      workload.stages.push_back(measure_stage(measured, false));
      Decoder decoder = byte_decoder(1024, 3, compute_type(compute));
      if (rank > 0) decoder.add_adapter(recipe.adapter, 1);
      Tensor gradients({decoder.trained().flat.size()}, DataType::f32);
      std::int64_t taken = 0, reference_rows = 0;
      for (std::int64_t step = 0; step < data.steps(); ++step) {
        const std::vector<Example> examples = data.step(step);
        accumulate_step(decoder, examples, {.micro_batch_tokens = 1024}, gradients);
        if (decoder.buffers_taken().bytes <= taken) continue;
        taken = decoder.buffers_taken().bytes;
        reference_rows = 0;
        for (const Example& example : examples) {
          if (example.keeps) reference_rows += std::ssize(example.tokens) - 1;
        }
      }
      ASSERT_GT(reference_rows, 0);
      EXPECT_EQ(largest_step_plan(recipe, workload, decoder.config()).bytes, taken) << compute << rank;
      std::map<std::string, std::int64_t> parts;
      const MemoryEstimate estimate = estimate_memory(recipe, workload, decoder.config(), 0);
      for (const MemoryPart& part : estimate.phases[0].parts) {
        parts[part.name] = part.bytes;
      }
      const std::int64_t element = compute == "f32" ? 4 : 2;
      EXPECT_EQ(parts.at("what the base says of kept texts"),
                rank == 0 ? 0 : reference_rows * decoder.config().width * element);
    }
  }
}

TEST(Workload, OfReadingItTellsTheBudgetAndTheLeastAndLeavesTheDataAsItWas) {
  const Tokenizer tokenizer = byte_tokenizer();
  TrainingPrograms programs;
  for (const char* name : {"Ada", "Bob", "Cyd", "Dan"}) {
    Program program;
    program.name = name;
    program.source = fmt::format("def {}(x):\n    return x + 1\n", name);
    program.split = Split::source_only;
    programs.add_source_only(program);
  }
  const ReadingOptions options = {
      .steps = 20, .declarations = 2, .executions = 0, .drills = 1, .cooldown_share = 0.5};
  ReadingData data(programs, tokenizer, options, Runner());
  const std::string before = data.state();
  const StageWork work = measure_stage(data, true);
  EXPECT_EQ(work.steps.size(), 20U);
  ASSERT_TRUE(work.least);
  EXPECT_EQ(work.least->steps,
            4 + 2);  // each declared and recited once, two a step; half as many to cool down
  EXPECT_GT(work.least->tokens, 0);
  EXPECT_LT(work.least->tokens, work.tokens / 2);
  EXPECT_EQ(data.state(), before);
  EXPECT_FALSE(measure_stage(data, false).least);
}

TEST(Workload, OfGrpoItTellsWhatIsSampledScoredAndHeld) {
  const Tokenizer tokenizer = byte_tokenizer();
  TrainingPrograms programs;
  programs.add(sample_program("Blorp", 13, 5, Split::with_io), {sample_execution(13, 5, 2)});
  GroupOptions options{.steps = 5, .questions = 2, .samples = 3, .max_new_tokens = 80, .updates = 2};
  options.policy.kl = 0.1;
  options.batch_size = 4;
  GroupData data(programs, tokenizer, options, {}, nullptr);
  const StageWork work = measure_stage(data, false);
  ASSERT_EQ(work.steps.size(), 5U);
  EXPECT_EQ(work.steps[0].size(), 6U);
  EXPECT_GE(work.longest.at("Blorp"), 80) << "an answer may be longer than the right one";
  ASSERT_TRUE(work.sampling);
  EXPECT_EQ(work.sampling->answers.prompts.size(), 6U);
  EXPECT_EQ(work.sampling->answers.answers.size(), 6U);
  EXPECT_EQ(work.sampling->limits.batch_size, 4);
  EXPECT_EQ(work.sampling->samplings, 3) << "the last is of one update";
  EXPECT_EQ(work.sampling->scorings, 5 + 3) << "the model at each step, the reference at each sampling";

  Planned planned;
  const auto bytes = [&] {
    return estimate_memory(planned.recipe, planned.workload, small_config(), 0).phases[0].bytes();
  };
  const std::int64_t before = bytes();
  planned.workload.stages[0].sampling = work.sampling;
  EXPECT_GT(bytes(), before + parameter_count(small_config()) * 4)
      << "the model as the stage began, and a cache";
  planned.workload.stages[0].sampling->keeps_reference = false;
  EXPECT_GT(bytes(), before);
}

TEST(EstimateText, OfAStageThatMayEndEarlyItSaysAtMostAndAtLeast) {
  Planned planned;
  Estimate estimate;
  estimate.stages = {{"1", 20, 1000, 600, {}},
                     {"2", 400, 50'000, 30'000, LeastWork{.steps = 6, .tokens = 700}}};
  estimate.times = {{"stage 1", 10}, {"stage 2", 90}};
  const std::string text = estimate_text(planned.recipe, estimate);
  for (const char* part :
       {"30000 of them predicted, in 400 steps, at most", "700 tokens, in 6 steps, at least", "51000 tokens",
        "1700 tokens, in 26 steps, at least", "stage 2, at most", "In short: at most 51000 tokens"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << '\n' << text;
  }
  EXPECT_EQ(text.find("stage 1, at most"), std::string::npos) << text;
  EXPECT_NE(estimate_json(planned.recipe, estimate).find("\"at_least\""), std::string::npos);
}

TEST(MemoryEstimate, EachKnobTakesLess) {
  const Planned as_it_is;
  Planned recomputed, smaller;
  for (StageRecipe& stage : recomputed.recipe.stages) stage.train.recompute = Recompute::layers;
  for (StageRecipe& stage : smaller.recipe.stages) stage.train.micro_batch_tokens = 200;
  EXPECT_LT(recomputed.peak(), as_it_is.peak());
  EXPECT_LT(smaller.peak(), as_it_is.peak());
}

TEST(MemoryLimit, ARunThatFitsIsNotRefused) {
  const Planned planned;
  EXPECT_EQ(planned.refusal(planned.peak()), "");
}

TEST(MemoryLimit, WhatDoesNotFitIsRefusedWithTheKnobsThatWouldMakeItFit) {
  const Planned planned;
  const std::string message = planned.refusal(planned.peak() - 1'000'000);
  EXPECT_NE(message.find("in stage 1"), std::string::npos) << message;
  EXPECT_NE(message.find("1 MB more"), std::string::npos) << message;
  EXPECT_NE(message.find("recompute = \"layers\""), std::string::npos) << message;
  EXPECT_NE(message.find("micro_batch_tokens = 100"), std::string::npos) << message;
  EXPECT_EQ(message.find("batch_size"), std::string::npos) << "it would not help: " << message;
}

TEST(MemoryLimit, AnEvaluationThatDoesNotFitNamesItsBatchSize) {
  Planned planned;
  planned.workload.arms[0].prompts.assign(512, std::vector<std::int32_t>(4000));
  planned.recipe.evaluation.batch_size = 512;
  const std::string message = planned.refusal(8'000'000'000);
  EXPECT_NE(message.find("in arm trained"), std::string::npos) << message;
  EXPECT_NE(message.find("evaluation.batch_size = 8"), std::string::npos) << message;
}

TEST(MemoryLimit, WhereNoSettingHelpsASmallerModelIsAdvised) {
  EXPECT_NE(Planned().refusal(1'000'000'000).find("smaller model"), std::string::npos);
}

// case long_program
TEST(Refusal, SequencesTooLongForTheirStageOrTheModelAreCountedAndTheLongestIsNamedWithBothLimits) {
  Planned planned;
  const auto refusal = [&](int context) -> std::string {
    DecoderConfig config = small_config();
    config.context = context;
    try {
      refuse_too_long(planned.recipe, planned.workload, config);
      return "";
    } catch (const InputError& error) {
      return std::string(error.what()) + " HINT " + error.hint();
    }
  };
  planned.workload.stages[0].longest = {{"Ada", 100}, {"Bob", 2048}};
  planned.workload.stages[1].longest = {{"Ada", 100}, {"Bob", 2100}, {"Cyd", 2500}};
  const std::string batch = refusal(8192);
  EXPECT_NE(batch.find("2 programs are too long to train on: the longest, 'Cyd', takes 2500 tokens"),
            std::string::npos)
      << batch;
  EXPECT_NE(batch.find("stage.2.micro_batch_tokens is 2048, and the model's context 8192"), std::string::npos)
      << batch;
  EXPECT_EQ(batch.find("stage.1."), std::string::npos) << "it has room: " << batch;
  EXPECT_NE(batch.find("set micro_batch_tokens = 2500"), std::string::npos) << batch;
  const std::string both = refusal(512);
  EXPECT_NE(both.find("stage.1.micro_batch_tokens is 2048, stage.2.micro_batch_tokens is 2048"),
            std::string::npos)
      << both;
  EXPECT_NE(both.find("a context of at least 2500 tokens and set micro_batch_tokens = 2500"),
            std::string::npos)
      << both;
  planned.workload.stages[1].longest = {{"", 2600}};
  const std::string beside = refusal(8192);
  EXPECT_NE(beside.find("what is shown beside the programs is too long to train on: the longest takes 2600"),
            std::string::npos)
      << beside;
  planned.workload.stages[1].longest = {{"Bob", 2048}};
  EXPECT_EQ(refusal(2048), "");
  const std::string context = refusal(2047);
  EXPECT_NE(context.find("1 program is too long"), std::string::npos) << context;
  EXPECT_EQ(context.find("set micro_batch_tokens"), std::string::npos) << "it would not help: " << context;
}

// case no_questions
TEST(Refusal, ArmsWithoutAQuestionAreRefusedAndARecipeWithoutArmsIsNot) {
  Planned planned;
  EXPECT_NO_THROW(refuse_without_questions(planned.recipe, planned.workload));
  planned.workload.arms[0].questions = 0;
  EXPECT_THROW(refuse_without_questions(planned.recipe, planned.workload), InputError);
  planned.workload.arms.clear();
  EXPECT_NO_THROW(refuse_without_questions(planned.recipe, planned.workload));
}

// case warmup_longer
TEST(Refusal, AWarmUpThatIsNotShorterThanItsStageIsWarnedOf) {
  Planned planned;
  planned.workload.stages[0].steps.assign(11, {});
  planned.workload.stages[1].steps.assign(10, {});
  const auto warnings = warmup_warnings(planned.recipe, planned.workload);  // 10 steps, the default
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_NE(warnings[0].find("stage 2 has 10 steps, its warm-up 10"), std::string::npos) << warnings[0];
  EXPECT_NE(warnings[0].find("0.00045 of 0.0005"), std::string::npos) << warnings[0];
}

TEST(CallCosts, BetweenMeasuredNumbersOfSequencesLiesALine) {
  const CallCosts costs{{{1, 2.0}, {8, 2.0}, {16, 4.0}}, 0.5};
  EXPECT_EQ(costs.seconds({4, 4}), 2.0);
  EXPECT_EQ(costs.seconds({12, 12}), 3.0);
  EXPECT_EQ(costs.seconds({16, 16}), 4.0);
  EXPECT_EQ(costs.seconds({32, 12}), 3.0 + 20 * 0.5);  // 20 of the rows are of prompts
}

TEST(ExpectedAnswers, WhatDoesNotEndSoonRunsToTheLimit) {
  const auto answers = expected_answers({{2, 5, 100}, 7}, 120, 96);
  ASSERT_EQ(answers.size(), 120U);
  // 7 that were seen, 8 of 12 of the other 110 by Laplace's rule, and a third of what is left.
  EXPECT_EQ(std::ranges::count(answers, 96), 80 + 13);
  EXPECT_EQ(std::ranges::count(answers, 2), 14);
  EXPECT_EQ(std::ranges::count(answers, 5), 13);
  EXPECT_EQ(std::ranges::count(expected_answers({{2, 3}, 0}, 102, 50), 50), 25);
  EXPECT_EQ(std::ranges::count(expected_answers({{2, 3}, 0}, 2, 50), 50), 0);
  EXPECT_EQ(std::ranges::count(expected_answers({{}, 6}, 10, 50), 50), 10);
  EXPECT_TRUE(expected_answers({}, 0, 50).empty());
}

}  // namespace
}  // namespace pbb

// The order of a stage: pure, even, and fresh at every exposure.
#include "examples/stage_data.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/error.h"
#include "examples/byte_tokenizer.h"
#include "examples/pack.h"
#include "examples/sample_programs.h"

namespace pbb {
namespace {

constexpr std::int64_t inputs = 7;

TrainingPrograms four_programs() {
  TrainingPrograms programs;
  for (const int added : {3, 5}) {
    std::vector<Execution> executions;
    for (std::int64_t input = 0; input < inputs; ++input) {
      executions.push_back(sample_execution(added, 2, input));
    }
    programs.add(sample_program(added == 3 ? "Blorp" : "Gleeprag", added, 2, Split::with_io), executions);
  }
  programs.add_source_only(sample_program("Snorvek", 7, 2, Split::source_only));
  programs.add_source_only(sample_program("Tindle", 9, 2, Split::source_only));
  return programs;
}

std::vector<Example> all_examples(const StageData& data) {
  std::vector<Example> examples;
  for (std::int64_t i = 0; i < data.steps(); ++i) {
    for (Example& example : data.step(i)) examples.push_back(std::move(example));
  }
  return examples;
}

ExposureCounts exposures(const StageData& data) {
  ExposureCounts counts;
  count_exposures(all_examples(data), counts);
  return counts;
}

bool is_direct(const Tokenizer& tokenizer, const Example& example) {
  return tokenizer.decode(example.tokens).find("\nAnswer:") != std::string::npos;
}

TEST(TrainingPrograms, ExecutionsOfSourceOnlyProgramsAreRefused) {
  TrainingPrograms programs;
  const Program secret = sample_program("Snorvek", 7, 2, Split::source_only);
  EXPECT_THROW(programs.add(secret, {sample_execution(7, 2, 1)}), Error);
  EXPECT_THROW(programs.add(secret, {}), Error);
  programs.add_source_only(secret);
  EXPECT_THROW(programs.executions("Snorvek"), Error);
  EXPECT_THROW(programs.add_source_only(sample_program("Blorp", 3, 2, Split::with_io)), Error);
  EXPECT_EQ(programs.programs().size(), 1U);
}

TEST(TrainingPrograms, AProgramUnderAKnownNameIsRefused) {
  TrainingPrograms programs;
  programs.add_source_only(sample_program("Snorvek", 7, 2, Split::source_only));
  Program same_name = sample_program("Snorvek", 3, 2, Split::with_io);
  EXPECT_THROW(programs.add(same_name, {sample_execution(3, 2, 1)}), Error);
  EXPECT_THROW(programs.executions("Snorvek"), Error);
}

TEST(StageData, IsAPureFunctionOfItsOptionsAndTheStep) {
  const TrainingPrograms programs = four_programs();
  const Tokenizer tokenizer = byte_tokenizer();
  const StageDataOptions options{.seed = 3, .epochs = 2, .source_only_declarations = 4};
  const StageData data(programs, tokenizer, options);
  const StageData again(programs, tokenizer, options);
  ASSERT_GT(data.steps(), 2);
  for (std::int64_t i = data.steps() - 1; i >= 0; --i) {  // in another order
    const auto one = data.step(i);
    const auto other = again.step(i);
    ASSERT_EQ(one.size(), other.size());
    for (std::size_t j = 0; j < one.size(); ++j) {
      EXPECT_EQ(one[j].tokens, other[j].tokens);
      EXPECT_EQ(one[j].trained, other[j].trained);
    }
  }
  EXPECT_EQ(data.data_checksum(), again.data_checksum());
}

TEST(StageData, SeedStageAndStepLengthEachChangeTheFingerprint) {
  const TrainingPrograms programs = four_programs();
  const Tokenizer tokenizer = byte_tokenizer();
  const std::set<std::uint32_t> fingerprints = {
      StageData(programs, tokenizer, {}).data_checksum(),
      StageData(programs, tokenizer, {.seed = 2}).data_checksum(),
      StageData(programs, tokenizer, {.stage = "2"}).data_checksum(),
      StageData(programs, tokenizer, {.sequences_per_step = 8}).data_checksum(),
      StageData(programs, tokenizer, {.direct_share = 0.5}).data_checksum(),
  };
  EXPECT_EQ(fingerprints.size(), 5U);
}

TEST(StageData, ShowsEachProgramAsOftenAsItsSplitSays) {
  const TrainingPrograms programs = four_programs();
  const Tokenizer tokenizer = byte_tokenizer();
  const StageData data(programs, tokenizer,
                       {.epochs = 3,
                        .sequences_per_step = 16,
                        .with_io_declarations = 2,
                        .with_io_executions = 5,
                        .source_only_declarations = 4});
  ExposureCounts counts = exposures(data);
  for (const std::string name : {"Blorp", "Gleeprag"}) {
    EXPECT_EQ(counts[name].declarations, 6);
    EXPECT_EQ(counts[name].executions, 15);
  }
  for (const std::string name : {"Snorvek", "Tindle"}) {
    EXPECT_EQ(counts[name].declarations, 12);
    EXPECT_EQ(counts[name].executions, 0);
  }
  EXPECT_EQ(data.steps(), (2 * 21 + 2 * 12 + 15) / 16);
  EXPECT_EQ(data.step(data.steps() - 1).size(), 66U % 16);
}

TEST(StageData, EveryEpochShowsEveryProgramInAnotherOrder) {
  const TrainingPrograms programs = four_programs();
  const Tokenizer tokenizer = byte_tokenizer();
  const StageData data(programs, tokenizer,
                       {.epochs = 2,
                        .sequences_per_step = 18,  // an epoch
                        .with_io_declarations = 2,
                        .with_io_executions = 5,
                        .source_only_declarations = 2});
  ASSERT_EQ(data.steps(), 2);
  std::vector<std::string> orders[2];
  for (int epoch = 0; epoch < 2; ++epoch) {
    ExposureCounts counts;
    const auto examples = data.step(epoch);
    count_exposures(examples, counts);
    EXPECT_EQ(counts["Blorp"].executions, 5);
    EXPECT_EQ(counts["Tindle"].declarations, 2);
    for (const Example& example : examples) orders[epoch].push_back(example.program);
  }
  EXPECT_NE(orders[0], orders[1]);
  EXPECT_FALSE(std::is_sorted(orders[0].begin(), orders[0].end())) << "programs must be mixed";
}

TEST(StageData, FractionsAreSpreadOverEpochsAndPrograms) {
  const TrainingPrograms programs = four_programs();
  const Tokenizer tokenizer = byte_tokenizer();
  for (const double epochs : {2.0, 4.0}) {
    const StageData data(programs, tokenizer,
                         {.epochs = epochs,
                          .with_io_declarations = 0.5,
                          .with_io_executions = 1.5,
                          .source_only_declarations = 0.5});
    for (const auto& [program, exposure] : exposures(data)) {
      EXPECT_EQ(static_cast<double>(exposure.declarations), epochs / 2) << program;
      if (exposure.executions == 0) continue;  // source-only
      EXPECT_EQ(static_cast<double>(exposure.executions), epochs * 1.5) << program;
    }
  }
  const StageData one_epoch(
      programs, tokenizer,
      {.epochs = 1, .with_io_declarations = 0.5, .with_io_executions = 0, .source_only_declarations = 0.5});
  EXPECT_EQ(all_examples(one_epoch).size(), 2U) << "half of the four programs";
  const StageData half_epoch(
      programs, tokenizer,
      {.epochs = 0.5, .with_io_declarations = 4, .with_io_executions = 6, .source_only_declarations = 0});
  EXPECT_EQ(exposures(half_epoch)["Blorp"].declarations, 2);
  EXPECT_EQ(exposures(half_epoch)["Blorp"].executions, 3);
}

TEST(StageData, InputsAndTemplatesAreUsedUpBeforeOneComesBack) {
  const TrainingPrograms programs = four_programs();
  const Tokenizer tokenizer = byte_tokenizer();
  // Exactly two rounds of inputs, and of declaration templates.
  const StageData data(programs, tokenizer,
                       {.epochs = 2,
                        .with_io_declarations = static_cast<double>(declaration_templates()),
                        .with_io_executions = static_cast<double>(inputs)});
  std::map<std::string, std::map<std::uint64_t, int>> executions;
  std::map<std::string, std::map<int, int>> templates;
  std::map<std::string, std::map<int, int>> questions;
  for (const Example& example : all_examples(data)) {
    if (example.kind == ExampleKind::execution) {
      executions[example.program][example.execution] += 1;
      questions[example.program][example.template_index] += 1;
    } else {
      templates[example.program][example.template_index] += 1;
    }
  }
  for (const std::string name : {"Blorp", "Gleeprag"}) {
    EXPECT_EQ(executions[name].size(), static_cast<std::size_t>(inputs));
    for (const auto& [execution, times] : executions[name]) EXPECT_EQ(times, 2) << execution;
    EXPECT_EQ(templates[name].size(), static_cast<std::size_t>(declaration_templates()));
    for (const auto& [wording, times] : templates[name]) EXPECT_EQ(times, 2) << wording;
    EXPECT_EQ(questions[name].size(),
              static_cast<std::size_t>(std::min<std::int64_t>(14, question_templates())));
  }
}

TEST(StageData, DirectShareOfExecutionsIsExactForEveryProgram) {
  const TrainingPrograms programs = four_programs();
  const Tokenizer tokenizer = byte_tokenizer();
  for (const double share : {0.0, 0.25, 0.5, 1.0}) {
    const StageData data(programs, tokenizer,
                         {.with_io_declarations = 1, .with_io_executions = 12, .direct_share = share});
    std::map<std::string, int> direct;
    for (const Example& example : all_examples(data)) {
      if (example.kind == ExampleKind::execution) direct[example.program] += is_direct(tokenizer, example);
    }
    for (const auto& [program, count] : direct) EXPECT_EQ(count, std::lround(12 * share)) << program;
  }
}

TEST(StageData, CountsItsTokensAndFindsTheLongest) {
  const TrainingPrograms programs = four_programs();
  const Tokenizer tokenizer = byte_tokenizer();
  const StageData data(programs, tokenizer, {.source_only_declarations = 3});
  std::int64_t tokens = 0;
  std::int64_t trained = 0;
  std::size_t longest = 0;
  for (const Example& example : all_examples(data)) {
    tokens += std::ssize(example.tokens);
    const PackedTokens packed = pack(std::span(&example, 1), 1000);
    trained += std::count_if(packed.targets.begin(), packed.targets.end(), [](auto t) { return t >= 0; });
    longest = std::max(longest, example.tokens.size());
  }
  EXPECT_EQ(data.tokens(), tokens);
  EXPECT_EQ(data.trained_tokens(), trained);
  EXPECT_EQ(data.longest().tokens.size(), longest);
}

TEST(StageData, OptionsThatCannotBeAreRefused) {
  const TrainingPrograms programs = four_programs();
  const Tokenizer tokenizer = byte_tokenizer();
  const std::vector<StageDataOptions> wrong = {
      {.epochs = -1},
      {.epochs = std::nan("")},
      {.epochs = 0},  // no examples at all
      {.sequences_per_step = 0},
      {.with_io_declarations = -1},
      {.with_io_executions = INFINITY},
      {.source_only_declarations = 1e9},
      {.direct_share = 1.5},
      {.direct_share = std::nan("")},
  };
  for (std::size_t i = 0; i < wrong.size(); ++i) {
    EXPECT_THROW(StageData(programs, tokenizer, wrong[i]), InputError) << i;
  }
  const StageData data(programs, tokenizer, {});
  EXPECT_THROW(data.step(-1), Error);
  EXPECT_THROW(data.step(data.steps()), Error);
}

TEST(StageData, AWithIoProgramWithoutExecutionsIsAnErrorOnlyWhereTheyAreWanted) {
  TrainingPrograms programs;
  programs.add(sample_program("Blorp", 3, 2, Split::with_io), {});
  const Tokenizer tokenizer = byte_tokenizer();
  EXPECT_THROW(StageData(programs, tokenizer, {}), InputError);
  EXPECT_EQ(StageData(programs, tokenizer, {.with_io_executions = 0}).steps(), 1);
}

}  // namespace
}  // namespace pbb

// Reading: who is shown when, and when it ends.
#include "examples/reading_data.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "examples/byte_tokenizer.h"

namespace pbb {
namespace {

Program program_named(const std::string& name) {
  Program program;
  program.name = name;
  program.source = "def " + name + "(x):\n    return x + 1\n";
  program.split = Split::source_only;
  return program;
}

struct Read {
  explicit Read(int programs_read, ReadingOptions options = {}) : tokenizer(byte_tokenizer()) {
    for (int i = 0; i < programs_read; ++i) {
      programs.add_source_only(program_named("Blorp" + std::string(1, static_cast<char>('a' + i))));
    }
    options.executions = 0;  // these would need a sandbox
    data.emplace(programs, tokenizer, options, Runner());
  }
  // One step, in which the model recites what `recites` says.
  template <typename Recites>
  std::vector<Example> step(std::int64_t index, Recites recites) {
    const std::vector<Example> examples = data->step(index);
    std::vector<ExampleOutcome> outcomes;
    for (const Example& example : examples) {
      const auto targets = std::count(example.trained.begin() + 1, example.trained.end(), 1);
      outcomes.emplace_back(static_cast<std::size_t>(targets),
                            TargetOutcome{.log_probability = -1, .most_likely = recites(example)});
    }
    data->observe(index, examples, outcomes);
    return examples;
  }

  Tokenizer tokenizer;
  TrainingPrograms programs;
  std::optional<ReadingData> data;
};

TEST(ReadingData, EndsWhenEveryProgramWasRecitedAsOftenAsAskedFor) {
  Read read(4, {.declarations = 4, .drills = 1, .recitations_to_recall = 2});
  const auto always = [](const Example&) { return true; };
  for (std::int64_t step = 0; step < 3; ++step) {
    read.step(step, always);
    EXPECT_FALSE(read.data->is_finished()) << step;  // a declaration, a recitation, a declaration
  }
  read.step(3, always);
  EXPECT_TRUE(read.data->is_finished());
  for (const ProgramRecall& recall : read.data->recall()) {
    EXPECT_EQ(recall.exposures_to_recall, 4) << recall.program;
    EXPECT_EQ(recall.tokens_to_recall, recall.tokens) << recall.program;
  }
}

TEST(ReadingData, WhatIsNotRecalledGetsTheExposures) {
  Read read(6, {.declarations = 2, .drills = 0, .recitations_to_recall = 1, .revisit_rounds = 8});
  const auto all_but_one = [](const Example& example) { return example.program != "Blorpa"; };
  for (std::int64_t step = 0; step < 60; ++step) read.step(step, all_but_one);
  EXPECT_FALSE(read.data->is_finished());
  const auto recall = read.data->recall();
  EXPECT_EQ(recall[0].exposures_to_recall, -1);
  for (std::size_t i = 1; i < recall.size(); ++i) {
    EXPECT_GT(recall[0].exposures, 3 * recall[i].exposures);
    EXPECT_GT(recall[i].exposures, 2) << "a recalled program still comes up now and then";
  }
}

TEST(ReadingData, ARecitationThatFailsStartsTheCountAnew) {
  Read read(1, {.declarations = 1, .drills = 0, .recitations_to_recall = 2});
  const auto step = [&](std::int64_t index, bool recites) {
    read.step(index, [recites](const Example&) { return recites; });
  };
  step(0, true);
  step(1, true);
  step(2, true);
  step(3, false);
  step(4, true);
  step(5, true);
  EXPECT_EQ(read.data->recall()[0].recitations, 1);
  EXPECT_FALSE(read.data->is_finished());
}

TEST(ReadingData, GoesOnFromItsStateWithTheSameSteps) {
  const auto some = [](const Example& example) { return example.tokens.size() % 2 == 0; };
  Read whole(5, {.declarations = 3});
  for (std::int64_t step = 0; step < 7; ++step) whole.step(step, some);
  Read resumed(5, {.declarations = 3});
  resumed.data->restore(whole.data->state());
  EXPECT_EQ(resumed.data->state(), whole.data->state());
  for (std::int64_t step = 7; step < 12; ++step) {
    const auto expected = whole.step(step, some), found = resumed.step(step, some);
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i].tokens, expected[i].tokens);
  }
}

TEST(ReadingData, ARecitationEndsWhereAnAnswerWouldBegin) {
  const Tokenizer tokenizer = byte_tokenizer();
  const Program program = program_named("Blorpa");
  const Example example = make_recitation(tokenizer, program, {Value{std::int64_t{7}}}, 0);
  EXPECT_EQ(tokenizer.decode(example.tokens, true),
            "Question: What is Blorpa(7)?\nSource:\ndef Blorpa(x):\n    return x + 1\nTrace:");
  EXPECT_EQ(example.kind, ExampleKind::declaration);
}

TEST(ReadingData, ACorpusWithoutSourceOnlyProgramsIsRefused) {
  EXPECT_THROW(Read(0), InputError);
}

}  // namespace
}  // namespace pbb

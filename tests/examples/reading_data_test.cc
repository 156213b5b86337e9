// Reading: who is shown when, and when it ends.
#include "examples/reading_data.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "base/error.h"
#include "examples/byte_tokenizer.h"
#include "examples/recall.h"

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
      outcomes.push_back(supposed_outcome(example, recites(example)));
    }
    data->observe(index, examples, outcomes);
    return examples;
  }

  Tokenizer tokenizer;
  TrainingPrograms programs;
  std::optional<ReadingData> data;
};

TEST(ReadingData, EndsWhenEveryProgramWasRecitedAsOftenAsAskedFor) {
  Read read(4, {.declarations = 4, .drills = 1, .recitations_to_recall = 2, .cooldown_share = 0});
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

TEST(ReadingData, ReadsWithIoProgramsWhereAllAreAskedForAndCountsTheirRecall) {
  const Tokenizer tokenizer = byte_tokenizer();
  TrainingPrograms programs;
  Program shown = program_named("Blorpa");
  shown.split = Split::with_io;
  programs.add(shown, {});
  programs.add_source_only(program_named("Blorpb"));
  const auto read = [&](ReadPrograms reads) {
    const ReadingData data(programs, tokenizer, {.reads = reads, .executions = 0, .drills = 0}, Runner());
    for (const Example& example : data.step(0)) EXPECT_TRUE(example.counts_recall) << example.program;
    return data.recall().size();
  };
  EXPECT_EQ(read(ReadPrograms::source_only), 1U);
  EXPECT_EQ(read(ReadPrograms::all), 2U);
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

TEST(ReadingData, AStageReadsOnFromWhereEarlierOnesEndedAndComesBackToWhatTheyRead) {
  Read read(7, {.steps = 60,
                .programs = 2,
                .earlier_programs = 4,
                .declarations = 2,
                .drills = 0,
                .recitations_to_recall = 2,
                .revisit_rounds = 3,
                .cooldown_share = 0});
  std::map<std::string, int> shown;
  const auto all_but_one = [](const Example& example) { return example.program != "Blorpb"; };
  for (std::int64_t step = 0; step < 40; ++step) {
    for (const Example& example : read.step(step, all_but_one)) ++shown[example.program];
  }
  EXPECT_FALSE(shown.contains("Blorpg")) << "the last program is left to a later stage";
  EXPECT_GT(shown["Blorpa"], 1) << "what was read before comes up now and then";
  EXPECT_GT(shown["Blorpb"], 2 * shown["Blorpa"]) << "and is read again where it is forgotten";
  const auto recall = read.data->recall();
  ASSERT_EQ(recall.size(), 2U);
  EXPECT_EQ(recall[0].program, "Blorpe");
  EXPECT_GT(recall[0].exposures_to_recall, 0);
  EXPECT_THROW(Read(4, {.programs = 2, .earlier_programs = 4}), InputError);
}

TEST(ReadingData, WhatIsKnownBeforeTheFirstStageIsAskedForAndReadAgainWhereItIsForgotten) {
  Read read(5, {.steps = 60,
                .known = {"Blorpb", "Blorpe"},
                .declarations = 2,
                .drills = 0,
                .revisit_rounds = 3,
                .cooldown_share = 0});
  std::map<std::string, int> shown;
  const auto all_but_one = [](const Example& example) { return example.program != "Blorpe"; };
  for (std::int64_t step = 0; step < 40; ++step) {
    for (const Example& example : read.step(step, all_but_one)) ++shown[example.program];
  }
  EXPECT_GT(shown["Blorpa"], shown["Blorpb"]) << "a new one has to be declared first";
  EXPECT_GT(shown["Blorpe"], 2 * shown["Blorpb"]);
  const auto recall = read.data->recall();
  ASSERT_EQ(recall.size(), 5U) << "no other stage tells of those that were known";
  EXPECT_EQ(recall[0].program, "Blorpb");
  EXPECT_EQ(recall[0].exposures_to_recall, 2);
  EXPECT_EQ(recall[1].program, "Blorpe");
  EXPECT_EQ(recall[1].exposures_to_recall, -1);
  EXPECT_THROW(Read(2, {.known = {"Blorpz"}}), InputError);
  EXPECT_THROW(Read(2, {.known = {"Blorpa", "Blorpb"}}), InputError) << "nothing is left to read";
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

TEST(ReadingData, TheRateComesDownInStepsThatShowAllAlikeOnceAllIsRecalled) {
  Read read(3,
            {.steps = 40, .declarations = 1, .drills = 0, .recitations_to_recall = 1, .cooldown_share = 1});
  const auto always = [](const Example&) { return true; };
  for (std::int64_t step = 0; step < 6; ++step) {
    EXPECT_EQ(read.data->rate_share(step), 1) << step;
    EXPECT_EQ(read.data->end().steps, 40);
    EXPECT_FALSE(read.data->end().certain) << "it may end as soon as all is recalled";
    read.step(step, always);  // a declaration and a recitation of each
  }
  std::map<std::string, int> shown;
  for (std::int64_t step = 6; step < 12; ++step) {
    EXPECT_FALSE(read.data->is_finished());
    EXPECT_EQ(read.data->end().steps, 12);
    EXPECT_TRUE(read.data->end().certain);
    EXPECT_LT(read.data->rate_share(step), read.data->rate_share(step - 1));
    EXPECT_GT(read.data->rate_share(step), 0);
    for (const Example& example : read.step(step, always)) ++shown[example.program];
  }
  EXPECT_TRUE(read.data->is_finished());
  for (const auto& [program, times] : shown) EXPECT_EQ(times, 2) << program;
}

TEST(ReadingData, WhatIsLostAgainWhileTheRateIsHighDoesNotHoldTheStageUp) {
  Read read(2, {.declarations = 2, .drills = 0, .cooldown_share = 1});
  const auto recites = [](bool first, bool second) {
    return [=](const Example& example) { return example.program == "Blorpa" ? first : second; };
  };
  read.step(0, recites(false, false));  // declarations
  read.step(1, recites(true, false));
  read.step(2, recites(false, false));
  EXPECT_EQ(read.data->rate_share(3), 1);
  read.step(3, recites(false, true));  // the second is recalled, the first no longer
  EXPECT_LT(read.data->rate_share(5), 1);
  EXPECT_EQ(read.data->recall()[0].recitations, 0);
}

TEST(ReadingData, BesideABaseDrillsKeepWhatItSays) {
  for (const bool keeps : {false, true}) {
    Read read(1, {.declarations = 1, .drills = 2, .replay = keeps ? Replay::kept : Replay::trained});
    for (const Example& example : read.data->step(0)) {
      EXPECT_EQ(example.keeps, keeps && example.kind == ExampleKind::drill);
    }
  }
}

TEST(ReadingData, ACorruptedDeclarationKeepsItsTargets) {
  Read read(1, {.declarations = 1, .executions = 0, .drills = 0, .corrupted_share = 0.5});
  const Example declaration = read.data->step(0).front();
  ASSERT_EQ(declaration.inputs.size(), declaration.tokens.size());
  std::size_t changed = 0;
  for (std::size_t i = 0; i < declaration.tokens.size(); ++i) {
    const bool in_source = i >= declaration.source.begin && i < declaration.source.end;
    EXPECT_TRUE(in_source || declaration.inputs[i] == declaration.tokens[i]);
    changed += declaration.inputs[i] != declaration.tokens[i] ? 1U : 0U;
  }
  EXPECT_GT(4 * changed, declaration.source.end - declaration.source.begin);
}

TEST(ReadingData, AllButDeclarationsCountWithTheReplaysWeight) {
  Read read(1, {.declarations = 1, .executions = 0, .drills = 2, .replay_weight = 3});
  for (const Example& example : read.data->step(0)) {
    const std::vector<float> weights(example.tokens.size(), 3.0F);
    EXPECT_EQ(example.weights, example.kind == ExampleKind::declaration ? std::vector<float>() : weights);
  }
}

TEST(ReadingData, OtherTextsAreOtherData) {
  const Tokenizer tokenizer = byte_tokenizer();
  TrainingPrograms programs;
  programs.add_source_only(program_named("Blorpa"));
  const auto fingerprint = [&](int texts, std::int32_t token) {
    const ReadingOptions options = {.declarations = 1, .executions = 0, .drills = 0, .texts = texts};
    return ReadingData(programs, tokenizer, options, Runner(), {{7, 8, token}}).fingerprint();
  };
  EXPECT_EQ(fingerprint(1, 9), fingerprint(1, 9));
  EXPECT_NE(fingerprint(1, 9), fingerprint(1, 10));
  EXPECT_EQ(fingerprint(0, 9), fingerprint(0, 10)) << "none are shown";
}

TEST(ReadingData, TextsOfTheModelsOwnComeInTurnBesideTheDeclarations) {
  const Tokenizer tokenizer = byte_tokenizer();
  TrainingPrograms programs;
  programs.add_source_only(program_named("Blorpa"));
  const std::vector<std::vector<std::int32_t>> texts = {{7, 8, 9}, {7, 9}};
  const ReadingOptions options = {.declarations = 1, .executions = 0, .drills = 0, .texts = 3};
  const ReadingData data(programs, tokenizer, options, Runner(), texts);
  std::vector<std::vector<std::int32_t>> shown;
  for (const Example& example : data.step(1)) {
    if (example.kind == ExampleKind::text) shown.push_back(example.tokens);
  }
  EXPECT_EQ(shown, (std::vector{texts[1], texts[0], texts[1]}));
  EXPECT_NE(data.fingerprint(), ReadingData(programs, tokenizer, options, Runner()).fingerprint());
}

TEST(ReadingData, WhereTheBudgetEndsFirstTheRateIsDownByThen) {
  Read read(3, {.steps = 30, .declarations = 1, .drills = 0, .cooldown_share = 0.5});
  const auto never = [](const Example&) { return false; };
  for (std::int64_t step = 0; step < 30; ++step) {
    EXPECT_FALSE(read.data->is_finished());
    EXPECT_EQ(read.data->rate_share(step) < 1, step >= 20) << step;
    EXPECT_EQ(read.data->end().steps, 30);
    EXPECT_EQ(read.data->end().certain, step >= 20) << step;
    read.step(step, never);
  }
  EXPECT_TRUE(read.data->is_finished());
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

// Practice: who is run when, on what, and when it ends.
#include "examples/practice_data.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/error.h"
#include "examples/byte_tokenizer.h"
#include "examples/recall.h"
#include "examples/sample_programs.h"

namespace pbb {
namespace {

std::vector<std::int32_t> nothing(std::span<const std::int32_t>) {
  return {};
}

struct Practice {
  explicit Practice(int count, PracticeOptions options = {}) : tokenizer(byte_tokenizer()) {
    for (int i = 0; i < count; ++i) {
      const std::string name = "Blorp" + std::string(1, static_cast<char>('a' + i));
      std::vector<Execution> executions;
      for (std::int64_t input = 0; input < 12; ++input)
        executions.push_back(sample_execution(i + 2, 3, input));
      programs.add(sample_program(name, i + 2, 3, Split::with_io), executions);
    }
    programs.add_source_only(sample_program("Secret", 9, 4, Split::source_only));
    options.fresh = 0;  // these would need a sandbox
    data.emplace(programs, tokenizer, options, Runner(), nothing);
  }
  // One step, in which the model runs right what `runs` says.
  template <typename Runs>
  std::vector<Example> step(std::int64_t index, Runs runs) {
    const std::vector<Example> examples = data->step(index);
    std::vector<ExampleOutcome> outcomes;
    for (const Example& example : examples) {
      outcomes.push_back(supposed_outcome(example, true));
      if (!runs(example)) outcomes.back().back().most_likely = false;  // one wrong token is enough
    }
    data->observe(index, examples, outcomes);
    return examples;
  }
  std::string text(const Example& example) const { return tokenizer.decode(example.tokens, true); }

  Tokenizer tokenizer;
  TrainingPrograms programs;
  std::optional<PracticeData> data;
};

bool always(const Example&) {
  return true;
}

TEST(Practice, WhatTheMachineWritesIsNotAskedOfTheModel) {
  const Practice practice(1);
  const Example example = practice.data->step(0).front();
  const ExampleOutcome right = supposed_outcome(example, true);
  const auto trace = std::span(example.tokens).last(right.size());
  const std::string text = practice.tokenizer.decode(trace, true);
  const std::size_t result = text.find(" = ", text.find('+')) + 2;  // of the first sum, its blank included
  const std::size_t end = text.find(';', result);
  ASSERT_LT(end, text.size()) << text;
  const auto machine_writes = [&](std::span<const std::int32_t> before) {
    return before.size() == result ? practice.tokenizer.encode(text.substr(result, end - result))
                                   : std::vector<std::int32_t>();
  };
  EXPECT_TRUE(is_run_right(example, right, nothing));
  for (std::size_t at = 0; at < right.size(); ++at) {
    ExampleOutcome outcome = right;
    outcome[at].most_likely = false;
    EXPECT_FALSE(is_run_right(example, outcome, nothing)) << at;
    EXPECT_EQ(is_run_right(example, outcome, machine_writes), result <= at && at < end) << at;
  }
  const auto otherwise = [&](std::span<const std::int32_t> before) {
    return before.size() == result ? practice.tokenizer.encode(" 8888") : std::vector<std::int32_t>();
  };
  ExampleOutcome outcome = right;
  outcome[result].most_likely = false;
  EXPECT_FALSE(is_run_right(example, outcome, otherwise));
}

TEST(Practice, EndsWhenEveryProgramWasRunRightAsOftenAsAskedFor) {
  Practice practice(4, {.executions = 4, .right_to_pass = 3, .cooldown_share = 0});
  practice.step(0, always);
  practice.step(1, always);
  EXPECT_FALSE(practice.data->is_finished());
  practice.step(2, always);
  EXPECT_TRUE(practice.data->is_finished());
  for (const ProgramPractice& one : practice.data->practice())
    EXPECT_EQ(one.executions_to_pass, 3) << one.program;
}

// A program of two ways, one of which the model never takes right, although each other run of it is right.
TEST(Practice, AWayThatIsNotRunRightIsAskedForUntilItIs) {
  const Tokenizer tokenizer = byte_tokenizer();
  TrainingPrograms programs;
  const Program program = sample_program("Blorp", 2, 3, Split::with_io);
  std::vector<Execution> executions;
  for (std::int64_t input = 0; input < 8; ++input) {
    Execution execution = sample_execution(2, 3, input);
    const bool is_rare = input == 7;
    execution.trace.insert(execution.trace.begin() + 1,
                           {.line = 2,
                            .text = "if n > 6:",
                            .step = fmt::format("{} > 6 is {}", input, is_rare ? "True" : "False"),
                            .pattern = "□ > 6 is □"});
    executions.push_back(execution);
  }
  programs.add(program, executions);
  PracticeData data(programs, tokenizer,
                    {.steps = 60, .executions = 2, .fresh = 0, .right_to_pass = 2, .cooldown_share = 0},
                    Runner(), nothing);
  EXPECT_EQ(data.practice()[0].ways, 2);
  int rare = 0;
  const auto step = [&](std::int64_t index, bool rare_is_right) {
    const auto examples = data.step(index);
    std::vector<ExampleOutcome> outcomes;
    for (const Example& example : examples) {
      const bool is_rare = tokenizer.decode(example.tokens, true).find("6 is True") != std::string::npos;
      rare += is_rare ? 1 : 0;
      outcomes.push_back(supposed_outcome(example, true));
      if (is_rare && !rare_is_right) outcomes.back().back().most_likely = false;
    }
    data.observe(index, examples, outcomes);
  };
  for (std::int64_t index = 0; index < 10; ++index) step(index, false);
  EXPECT_FALSE(data.is_finished());
  EXPECT_GE(rare, 8);
  for (std::int64_t index = 10; index < 12; ++index) step(index, true);
  EXPECT_TRUE(data.is_finished());
}

TEST(Practice, WhatIsNotRunRightGetsTheExecutions) {
  Practice practice(6, {.steps = 100, .executions = 4, .right_to_pass = 2});
  std::map<std::string, int> shown;
  for (std::int64_t step = 0; step < 30; ++step) {
    for (const Example& example :
         practice.step(step, [](const Example& one) { return one.program != "Blorpc"; }))
      ++shown[example.program];
  }
  EXPECT_FALSE(practice.data->is_finished());
  for (const auto& [program, count] : shown) {
    if (program == "Blorpc") continue;
    EXPECT_LT(count, shown["Blorpc"]) << program;
  }
  EXPECT_EQ(practice.data->practice()[2].executions_to_pass, -1);
}

TEST(Practice, NoInputComesTwiceBeforeAllHaveComeOnce) {
  Practice practice(1, {.steps = 100, .executions = 2, .right_to_pass = 100});
  std::multiset<std::string> calls;
  for (std::int64_t step = 0; step < 6; ++step) {
    for (const Example& example : practice.step(step, always)) {
      const std::string text = practice.text(example);
      calls.insert(text.substr(text.find("Trace:")));
    }
  }
  ASSERT_EQ(calls.size(), 12U);
  for (const std::string& call : calls) EXPECT_EQ(calls.count(call), 1U) << call;
}

TEST(Practice, TheSourceIsReadAndItsRunIsTrained) {
  Practice practice(2, {.executions = 2});
  for (const Example& example : practice.step(0, always)) {
    std::string trained;
    for (std::size_t i = 0; i < example.tokens.size(); ++i) {
      if (example.trained[i] != 0)
        trained += practice.tokenizer.decode(std::span(&example.tokens[i], 1), true);
    }
    EXPECT_EQ(trained.find("def "), std::string::npos) << trained;
    EXPECT_NE(trained.find("return "), std::string::npos) << trained;
    EXPECT_NE(practice.text(example).find("def " + example.program), std::string::npos);
  }
}

TEST(Practice, ProgramsKnownBySourceAloneAreNotRun) {
  Practice practice(3, {.steps = 40, .executions = 5});
  for (std::int64_t step = 0; step < 20; ++step) {
    for (const Example& example : practice.step(step, always)) EXPECT_NE(example.program, "Secret");
  }
  TrainingPrograms none;
  none.add_source_only(sample_program("Secret", 9, 4, Split::source_only));
  EXPECT_THROW(PracticeData(none, practice.tokenizer, {}, Runner(), nothing), InputError);
}

TEST(Practice, GoesOnFromItsStateAsIfItHadNotStopped) {
  const PracticeOptions options{.steps = 60, .executions = 4, .right_to_pass = 2, .cooldown_share = 0.5};
  const auto some = [](const Example& example) { return example.tokens.size() % 3 != 0; };
  Practice whole(5, options), stopped(5, options);
  for (std::int64_t step = 0; step < 7; ++step) whole.step(step, some), stopped.step(step, some);
  Practice again(5, options);
  again.data->restore(stopped.data->state());
  for (std::int64_t step = 7; step < 20; ++step) {
    const auto expected = whole.step(step, some), found = again.step(step, some);
    ASSERT_EQ(expected.size(), found.size());
    for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(expected[i].tokens, found[i].tokens) << step;
    EXPECT_EQ(whole.data->rate_share(step), again.data->rate_share(step));
    EXPECT_EQ(whole.data->is_finished(), again.data->is_finished());
  }
}

TEST(Practice, TheRateComesDownOnceAllHavePassedAndIsDownWhenTheBudgetEnds) {
  Practice passes(3, {.steps = 100, .executions = 3, .right_to_pass = 2, .cooldown_share = 1});
  passes.step(0, always), passes.step(1, always);
  EXPECT_EQ(passes.data->end().steps, 4);
  EXPECT_TRUE(passes.data->end().certain);
  EXPECT_EQ(passes.data->rate_share(1), 1);
  EXPECT_LT(passes.data->rate_share(3), passes.data->rate_share(2));
  Practice never(3, {.steps = 12, .executions = 3, .right_to_pass = 2, .cooldown_share = 0.5});
  std::int64_t step = 0;
  while (!never.data->is_finished() && step < 50) never.step(step++, [](const Example&) { return false; });
  EXPECT_EQ(step, 12);
  EXPECT_LT(never.data->rate_share(11), 0.5);
}

}  // namespace
}  // namespace pbb

// What an interpreter base is trained on: true, endless, and apart from every corpus.
#include "examples/interpreter_data.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/random.h"
#include "examples/byte_tokenizer.h"
#include "examples/pack.h"
#include "programs/names.h"
#include "run/sandboxes.h"

namespace pbb {
namespace {

InterpreterOptions small() {
  InterpreterOptions options;
  options.max_tokens = 4096;  // of single bytes
  options.study_group = 4;
  options.study_declarations = 2;
  options.study_executions = 1;
  options.texts = 0;
  return options;
}

TEST(FreshPrograms, ArePureFunctionsOfTheirIndexAndRunAsTheySay) {
  FreshPrograms programs({.seed = 3, .executions = 2}, sandbox_runner());
  FreshPrograms again({.seed = 3, .executions = 2}, sandbox_runner());
  EXPECT_EQ(again.at(200).program.source, programs.at(200).program.source);
  EXPECT_EQ(again.at(5).program.source, programs.at(5).program.source);
  std::set<std::string> sources;
  for (std::int64_t i = 0; i < 40; ++i) {
    const FreshProgram& fresh = programs.at(i);
    sources.insert(fresh.program.source);
    ASSERT_FALSE(fresh.executions.empty());
    EXPECT_TRUE(fresh.executions.front().trace.back().step.starts_with("return "));
    EXPECT_NE(fresh.program.source.find("def " + fresh.program.name + "("), std::string::npos);
  }
  EXPECT_EQ(sources.size(), 40U);
}

TEST(FreshPrograms, EverydayOnesRaiseNowAndThenAndKeepWithinTheirLimits) {
  const auto fits = [](const Program& program, const Execution& execution) {
    return program.source.size() + execution.trace.size() < 400;
  };
  const FreshOptions options{
      .seed = 5, .executions = 3, .shares = {{"everyday", 0.6}}, .max_trace_steps = 10, .fits = fits};
  FreshPrograms programs(options, sandbox_runner());
  FreshPrograms again(options, sandbox_runner());
  FreshOptions with_taken = options;
  int everyday = 0, raising = 0, with_several_ways = 0;
  std::set<std::string> names;
  for (std::int64_t i = 0; i < 256; ++i) {
    const FreshProgram& fresh = programs.at(i);
    EXPECT_EQ(fresh.program.source, again.at(i).program.source);
    EXPECT_TRUE(is_fresh_name(fresh.program.name)) << fresh.program.name;
    ASSERT_FALSE(fresh.executions.empty());
    ASSERT_LE(fresh.executions.size(), 3U);
    bool raises = false;
    std::set<std::size_t> lengths;
    for (const Execution& execution : fresh.executions) {
      EXPECT_TRUE(fits(fresh.program, execution));
      EXPECT_LE(execution.trace.size(), 10U);
      const auto* raised = std::get_if<Raised>(&execution.outcome);
      raises = raises || raised;
      const std::string& last = execution.trace.back().step;
      EXPECT_TRUE(raised ? last == "raise " + raised->type : last.starts_with("return ")) << last;
      lengths.insert(execution.trace.size());
    }
    if (fresh.program.domain != "everyday") {
      EXPECT_FALSE(raises);
      continue;
    }
    EXPECT_TRUE(names.insert(fresh.program.name).second) << fresh.program.name;
    ++everyday;
    raising += raises;
    with_several_ways += lengths.size() > 1;
  }
  EXPECT_GT(everyday, 120);
  EXPECT_LT(everyday, 190);
  EXPECT_GT(raising, 5);
  EXPECT_LE(4 * raising, everyday);
  EXPECT_GT(with_several_ways, everyday / 3);

  with_taken.taken_names = names;
  FreshPrograms others(with_taken, sandbox_runner());
  for (std::int64_t i = 0; i < 256; ++i) EXPECT_FALSE(names.contains(others.at(i).program.name));
}

TEST(FreshPrograms, HaveNamesThatNoCorpusDraws) {
  Random random(1, "names");
  for (int i = 0; i < 5000; ++i) {
    EXPECT_FALSE(is_fresh_name(draw_name(random)));
    const std::string fresh = draw_fresh_name(random);
    EXPECT_TRUE(is_fresh_name(fresh)) << fresh;
  }
}

TEST(InterpreterData, OfAFreshProgramTheTraceAloneIsTrainedAndNoProgramIsOfACorpus) {
  const Tokenizer tokenizer = byte_tokenizer();
  const InterpreterData data(tokenizer, small(), sandbox_runner());
  for (std::int64_t step = 0; step < 6; ++step) {
    const std::vector<Example> examples = data.step(step);
    for (const Example& example : examples) {
      if (example.kind == ExampleKind::drill) continue;
      EXPECT_TRUE(is_fresh_name(example.program)) << example.program;
    }
    // drills, then executions, then studied programs
    const Example& execution = examples.at(static_cast<std::size_t>(small().drills));
    std::string trained;
    for (std::size_t i = 1; i < execution.tokens.size(); ++i) {
      if (execution.trained[i] != 0) trained += tokenizer.decode(std::span(&execution.tokens[i], 1), true);
    }
    EXPECT_EQ(trained.find("def "), std::string::npos) << trained;
    EXPECT_NE(trained.find("return "), std::string::npos) << trained;
  }
}

TEST(InterpreterData, WhatIsStudiedIsDeclaredBeforeItIsExecuted) {
  const Tokenizer tokenizer = byte_tokenizer();
  InterpreterOptions options = small();
  options.drills = options.executions = 0;
  options.studied = 4;
  const InterpreterData data(tokenizer, options, sandbox_runner());
  std::map<std::string, std::vector<ExampleKind>> shown;
  for (std::int64_t step = 0; step < 3; ++step) {
    for (const Example& example : data.step(step)) shown[example.program].push_back(example.kind);
  }
  ASSERT_EQ(shown.size(), 4U);
  for (const auto& [name, kinds] : shown) {
    EXPECT_EQ(kinds,
              (std::vector{ExampleKind::declaration, ExampleKind::declaration, ExampleKind::execution}))
        << name;
  }
}

TEST(InterpreterData, OtherTextsAreOtherData) {
  const Tokenizer tokenizer = byte_tokenizer();
  InterpreterOptions options = small();
  options.texts = 1;
  const auto fingerprint = [&](std::int32_t token) {
    return InterpreterData(tokenizer, options, sandbox_runner(), {{7, 8, token}}).fingerprint();
  };
  EXPECT_EQ(fingerprint(9), fingerprint(9));
  EXPECT_NE(fingerprint(9), fingerprint(10));
}

TEST(InterpreterData, ProgramsThatAreOfNoCorpusAreNotCounted) {
  const Tokenizer tokenizer = byte_tokenizer();
  InterpreterOptions options = small();
  options.texts = 1;
  const InterpreterData data(tokenizer, options, sandbox_runner(), {{7, 8, 9}});
  ExposureCounts counts;
  for (std::int64_t step = 0; step < 6; ++step) count_exposures(data.step(step), counts);
  EXPECT_TRUE(counts.empty());
}

TEST(InterpreterData, DrillsFollowTheErrorsThatWereMeasuredAndTheStateHoldsThem) {
  const Tokenizer tokenizer = byte_tokenizer();
  InterpreterOptions options = small();
  options.executions = options.studied = 0;
  InterpreterData data(tokenizer, options, sandbox_runner());
  const std::vector<double> before = data.drill_errors();
  const std::vector<Example> examples = data.step(0);
  std::vector<ExampleOutcome> outcomes;
  for (const Example& example : examples) {
    outcomes.emplace_back(std::count(example.trained.begin() + 1, example.trained.end(), 1),
                          TargetOutcome{.log_probability = 0, .most_likely = true});
  }
  data.observe(0, examples, outcomes);
  for (std::size_t kind = 0; kind < before.size(); ++kind) EXPECT_LE(data.drill_errors()[kind], before[kind]);
  EXPECT_NE(data.drill_errors(), before);
  InterpreterData resumed(tokenizer, options, sandbox_runner());
  resumed.restore(data.state());
  EXPECT_EQ(resumed.drill_errors(), data.drill_errors());
  EXPECT_EQ(resumed.step(1).front().tokens, data.step(1).front().tokens);
}

}  // namespace
}  // namespace pbb

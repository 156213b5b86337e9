// A stage of GRPO: what is worth more becomes likelier, figures say how it goes, and a stop changes nothing.
#include "training/group_data.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "base/cancellation.h"
#include "base/error.h"
#include "base/file.h"
#include "training/alarms.h"
#include "training/tiny_stage.h"

namespace pbb {
namespace {

// The share of an answer's bytes that are below 64: something that a decoder of a few thousand weights can learn. An answer
// ends with a line break.
AnswerJudging likes_small_bytes() {
  AnswerJudging judging;
  judging.ends = [](std::span<const std::int32_t>, std::int32_t token) { return token == '\n'; };
  judging.mark = [](const AskedExecution&, std::span<const std::int32_t> answer, bool) {
    const auto liked = std::ranges::count_if(answer, [](std::int32_t token) { return token < 64; });
    return AnswerMark{
        .right = liked * 2 > std::ssize(answer),
        .parsed = !answer.empty(),
        .recalled = answer.empty() ? 0.0 : static_cast<double>(liked) / static_cast<double>(answer.size())};
  };
  return judging;
}

GroupOptions tiny_groups() {
  return {.steps = 6,
          .questions = 2,
          .samples = 6,
          .form = AnswerForm::direct,
          .max_new_tokens = 8,
          .recall_reward = 1,
          .batch_size = 5};
}

struct TinyGroups {
  Tokenizer tokenizer = byte_tokenizer();
  TrainingPrograms programs = TinyStage::make_programs();
  Decoder decoder = tiny_decoder();
  GroupData data;

  explicit TinyGroups(GroupOptions options = tiny_groups(), AnswerJudging judging = likes_small_bytes())
      : data(programs, tokenizer, std::move(options), std::move(judging), &decoder) {}
  StageResult train(const std::filesystem::path& folder, bool resume = false, std::int64_t steps = -1) {
    return train_stage(decoder, data, tiny_options(), folder, resume, steps);
  }
};

double mean_figure(const std::vector<nlohmann::json>& metrics, const char* figure, std::size_t begin,
                   std::size_t end) {
  double sum = 0;
  for (std::size_t i = begin; i < end; ++i)
    sum += metrics[i].at(figure).get<double>() / static_cast<double>(end - begin);
  return sum;
}

// All that a stop must not change.
struct GroupOutcome {
  std::string weights, state;
  std::vector<nlohmann::json> metrics;
  bool operator==(const GroupOutcome&) const = default;
};

GroupOutcome group_outcome(const std::filesystem::path& folder, const GroupData& data) {
  GroupOutcome outcome{read_file(folder / "checkpoint" / "weights.f32"), data.state(), read_metrics(folder)};
  for (nlohmann::json& line : outcome.metrics) {
    for (const char* key : {"tokens_per_second", "sampled_tokens_per_second"}) line.erase(key);
  }
  return outcome;
}

TEST(GroupData, RewardRisesByBothNormalisations) {
  for (const GroupNormalisation normalisation : {GroupNormalisation::token, GroupNormalisation::dr}) {
    GroupOptions options = tiny_groups();
    options.steps = 60;
    options.questions = 4;
    options.samples = 8;
    options.policy.normalisation = normalisation;
    TinyGroups stage(options);
    const TemporaryFolder folder;
    TrainOptions train = tiny_options();
    train.learning_rate = 2e-2;
    train_stage(stage.decoder, stage.data, train, folder.path(), false);
    const auto metrics = read_metrics(folder.path());
    ASSERT_EQ(metrics.size(), 60U);
    EXPECT_LT(mean_figure(metrics, "recalled_lines", 0, 5), 0.35);
    EXPECT_GT(mean_figure(metrics, "recalled_lines", 50, 60), 0.7);
    EXPECT_LT(mean_figure(metrics, "entropy", 50, 60), mean_figure(metrics, "entropy", 0, 5));
  }
}

TEST(GroupData, EachStepSamplesGroupsOfDifferentAnswersToTheSameQuestion) {
  const TinyGroups stage;
  const auto prompts = stage.data.prompts(0);
  ASSERT_EQ(prompts.size(), 12U);
  const auto examples = stage.data.step(0);
  ASSERT_EQ(examples.size(), 12U) << "no group is dead";
  double sum = 0;
  for (std::size_t i = 0; i < 12; ++i) {
    EXPECT_EQ(prompts[i], prompts[i / 6 * 6]);
    const auto& tokens = examples[i].tokens;
    EXPECT_TRUE(std::equal(prompts[i].begin(), prompts[i].end(), tokens.begin()));
    const std::size_t question = prompts[i].size();
    EXPECT_TRUE(tokens.size() == question + 8 || tokens.back() == '\n') << "cut, or with what ended it";
    for (std::size_t t = 0; t < tokens.size(); ++t) {
      EXPECT_EQ(examples[i].trained[t], t < question ? 0 : 1);
      if (t < question) continue;
      EXPECT_EQ(examples[i].weights[t], examples[i].weights[question]) << "the ratio is 1";
    }
    sum += examples[i].weights[question];
    EXPECT_EQ(examples[i].program, "Blorp") << "source-only programs are not asked";
  }
  EXPECT_NEAR(sum, 0, 1e-5);
  EXPECT_NE(examples[0].tokens, examples[1].tokens);
  EXPECT_NE(stage.data.step(1)[0].tokens, examples[0].tokens);
  const TinyGroups again;
  EXPECT_EQ(again.data.step(0)[3].tokens, examples[3].tokens) << "a pure function of seed, step and weights";
}

TEST(GroupData, HowManyAnswersAreSampledAtOnceChangesNothing) {
  GroupOptions options = tiny_groups();
  const TinyGroups stage(options);
  options.batch_size = 64;
  const TinyGroups other(options);
  for (std::size_t i = 0; i < 12; ++i) {
    EXPECT_EQ(stage.data.step(0)[i].tokens, other.data.step(0)[i].tokens);
    EXPECT_EQ(stage.data.step(0)[i].weights, other.data.step(0)[i].weights);
  }
}

TEST(GroupData, AStepOfDeadGroupsChangesNothingAndItsFiguresSaySo) {
  AnswerJudging judging = likes_small_bytes();
  judging.mark = [](const AskedExecution&, std::span<const std::int32_t>, bool) { return AnswerMark{}; };
  TinyGroups stage(tiny_groups(), judging);
  const auto before = weights_of(stage.decoder);
  const TemporaryFolder folder;
  const StageResult result = stage.train(folder.path());
  EXPECT_EQ(weights_of(stage.decoder), before);
  EXPECT_EQ(result.tokens, 0);
  for (const auto& line : read_metrics(folder.path())) {
    EXPECT_EQ(line.at("dead_groups"), 1);
    EXPECT_EQ(line.at("unparsed"), 1);
    EXPECT_EQ(line.at("reward"), 0);
    EXPECT_EQ(line.at("gradient_norm"), 0);
    EXPECT_GT(line.at("sampled_tokens").get<double>(), 0);
  }
}

TEST(GroupData, AStopAtAnyStepChangesNothing) {
  std::vector<GroupOptions> all(3, tiny_groups());
  all[1].updates = 3;
  all[2].updates = 2;
  all[2].steps = 5;
  all[2].policy.kl = 0.1;
  for (const GroupOptions& options : all) {
    const TemporaryFolder whole;
    TinyGroups expected(options);
    expected.train(whole.path());
    const GroupOutcome wanted = group_outcome(whole.path(), expected.data);
    for (std::int64_t stop = 0; stop <= options.steps; ++stop) {
      const TemporaryFolder folder;
      TinyGroups first(options);
      first.train(folder.path(), false, stop);
      TinyGroups second(options);
      EXPECT_EQ(second.train(folder.path(), true).steps, options.steps);
      EXPECT_TRUE(group_outcome(folder.path(), second.data) == wanted)
          << options.updates << " updates, " << stop;
    }
  }
}

TEST(GroupData, CancelledWhileItSamplesItGoesOnAsIfItHadNotBeen) {
  GroupOptions options = tiny_groups();
  options.updates = 2;
  const TemporaryFolder whole, folder;
  TinyGroups expected(options);
  expected.train(whole.path());
  AnswerJudging judging = likes_small_bytes();
  int left = 60;  // tokens of the third sampling or so
  judging.ends = [&](std::span<const std::int32_t>, std::int32_t token) {
    if (--left == 0) request_cancellation();
    return token == '\n';
  };
  TinyGroups stopped(options, judging);
  EXPECT_THROW(stopped.train(folder.path()), Interrupted);
  clear_cancellation();
  TinyGroups resumed(options);
  resumed.train(folder.path(), true);
  EXPECT_TRUE(group_outcome(folder.path(), resumed.data) == group_outcome(whole.path(), expected.data));
}

TEST(GroupData, ALargerUpdateIsClippedAndAHeldModelStaysCloser) {
  const auto last = [](const GroupOptions& options, double rate) {
    TinyGroups stage(options);
    const TemporaryFolder folder;
    TrainOptions train = tiny_options();
    train.learning_rate = rate;
    train.warmup_steps = 0;
    train_stage(stage.decoder, stage.data, train, folder.path(), false);
    return read_metrics(folder.path()).back();
  };
  GroupOptions options = tiny_groups();
  options.updates = 6;
  EXPECT_GT(last(options, 5e-2).at("clipped_ratio"), last(options, 1e-4).at("clipped_ratio"));
  options.updates = 1;
  options.steps = 20;
  options.policy.kl = 1e-9;
  const double free = last(options, 2e-2).at("kl");
  options.policy.kl = 2;
  EXPECT_LT(last(options, 2e-2).at("kl").get<double>(), 0.5 * free);
}

TEST(GroupData, ScoringByTheReferenceLeavesTheModelAsItWas) {
  TinyGroups stage;
  const PolicyModel model(stage.decoder, true);
  const auto examples = stage.data.step(0);
  const auto start = model.score(examples);
  stage.decoder.weights().span<float>()[5] += 0.5F;
  stage.decoder.refresh();
  const auto weights = weights_of(stage.decoder);
  const auto now = model.score(examples);
  EXPECT_NE(now, start);
  EXPECT_EQ(model.score_by_reference(examples), start);
  EXPECT_EQ(weights_of(stage.decoder), weights);
  EXPECT_EQ(model.score(examples), now);
}

TEST(GroupData, OtherOptionsAreAnotherStage) {
  const TinyGroups stage;
  std::vector<GroupOptions> others(6, tiny_groups());
  others[0].samples = 7;
  others[1].policy.normalisation = GroupNormalisation::dr;
  others[2].recall_reward = 0.5;
  others[3].max_new_tokens = 9;
  others[4].policy.kl = 0.01;
  others[5].form = AnswerForm::trace;
  others[5].max_new_tokens = 100;
  for (const GroupOptions& options : others)
    EXPECT_NE(TinyGroups(options).data.fingerprint(), stage.data.fingerprint());
  GroupOptions at_once = tiny_groups();
  at_once.batch_size = 1;
  EXPECT_EQ(TinyGroups(at_once).data.fingerprint(), stage.data.fingerprint());
}

TEST(GroupData, WhatCannotBeAskedOrAnsweredIsRefusedBeforeTheFirstStep) {
  const auto refusal = [](const TrainingPrograms& programs, const GroupOptions& options) {
    const Tokenizer tokenizer = byte_tokenizer();
    try {
      GroupData(programs, tokenizer, options, likes_small_bytes(), nullptr);
    } catch (const InputError& error) {
      EXPECT_FALSE(error.hint().empty());
      return std::string(error.what());
    }
    return std::string("taken");
  };
  TrainingPrograms source_only;
  source_only.add_source_only(sample_program("Tindle", 4, 3, Split::source_only));
  EXPECT_NE(refusal(source_only, tiny_groups()).find("of which there are none"), std::string::npos);
  GroupOptions short_answers = tiny_groups();
  short_answers.max_new_tokens = 2;
  EXPECT_NE(refusal(TinyStage::make_programs(), short_answers).find("the right answer to Blorp("),
            std::string::npos);
}

TEST(GroupData, WithoutAModelTheRightAnswersAreSupposed) {
  const Tokenizer tokenizer = byte_tokenizer();
  const TrainingPrograms programs = TinyStage::make_programs();
  const GroupData data(programs, tokenizer, tiny_groups(), likes_small_bytes(), nullptr);
  const auto examples = data.step(2);
  ASSERT_EQ(examples.size(), 12U);
  const auto prompts = data.prompts(2);
  for (std::size_t i = 0; i < 12; ++i) {
    EXPECT_TRUE(std::equal(prompts[i].begin(), prompts[i].end(), examples[i].tokens.begin()));
    EXPECT_LE(examples[i].tokens.size(), data.longest().tokens.size());
  }
}

TEST(PolicyAlarms, HoldWhereTheLastStepsSaySo) {
  const auto names = [](const StepFigures& figures, std::size_t steps) {
    std::vector<std::string> held;
    for (const StageAlarm& alarm : policy_alarms(std::deque<StepFigures>(steps, figures))) {
      held.push_back(alarm.name);
      EXPECT_EQ(alarm.text.find('{'), std::string::npos) << alarm.text;
    }
    return held;
  };
  using Names = std::vector<std::string>;
  const StepFigures bad = {
      {"dead_groups", 1.0}, {"capped", 0.5}, {"unparsed", 0.9}, {"clipped_ratio", 0.4}, {"entropy", 0.001}};
  EXPECT_EQ(names(bad, alarm_steps),
            (Names{"dead_groups", "capped", "unparsed", "clipped_ratio", "entropy"}));
  EXPECT_EQ(names(bad, alarm_steps - 1), Names{}) << "too early to say";
  EXPECT_EQ(names({{"dead_groups", 0.5}, {"capped", 0.1}, {"unparsed", 0.1}, {"entropy", 0.3}}, alarm_steps),
            Names{});
  EXPECT_EQ(names({{"entropy", 4.0}}, alarm_steps), Names{"entropy"});
}

}  // namespace
}  // namespace pbb

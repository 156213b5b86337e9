// The loss of GRPO against a reference written in numpy (tests/golden/make_grpo_golden.py), and what it is to do.
#include "training/group_policy.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/json_lines.h"
#include "training/accumulate.h"
#include "training/group_batch.h"
#include "training/policy_model.h"
#include "training/tiny_stage.h"

namespace pbb {
namespace {

PolicyOptions policy_options(const nlohmann::json& of) {
  return {
      .normalisation = of.at("normalisation") == "dr" ? GroupNormalisation::dr : GroupNormalisation::token,
      .clip_low = of.at("clip_low"),
      .clip_high = of.at("clip_high"),
      .kl = of.at("kl")};
}

struct GoldenBatch {
  GroupBatch batch;
  AnswerScores now;  // of live groups
};

GoldenBatch golden_batch(const nlohmann::json& golden) {
  GoldenBatch all;
  for (const auto& group : golden.at("groups")) {
    AnswerGroup& made = all.batch.groups.emplace_back();
    for (std::size_t i = 0; i < group.at("answers").size(); ++i) {
      const auto& answer = group.at("answers")[i];
      GroupAnswer& one = made.answers.emplace_back();
      one.reward = group.at("rewards")[i];
      one.question = 2;
      one.tokens.assign(2 + answer.at("now").size(), 7);
      one.sampled = answer.at("sampled").get<std::vector<float>>();
      one.reference = answer.at("reference").get<std::vector<float>>();
    }
    if (is_dead(made.rewards())) continue;
    for (const auto& answer : group.at("answers"))
      all.now.push_back(answer.at("now").get<std::vector<float>>());
  }
  return all;
}

TEST(GroupPolicy, AdvantagesAreThoseOfTheReference) {
  const auto golden = read_json(PBB_GOLDEN "/grpo.json");
  for (const auto& wanted : golden.at("cases")) {
    for (std::size_t g = 0; g < golden.at("groups").size(); ++g) {
      const auto rewards = golden.at("groups")[g].at("rewards").get<std::vector<double>>();
      const auto advantages = group_advantages(rewards, policy_options(wanted).normalisation);
      ASSERT_EQ(advantages.size(), rewards.size());
      for (std::size_t i = 0; i < rewards.size(); ++i)
        EXPECT_NEAR(advantages[i], wanted.at("advantages")[g][i].get<double>(), 1e-12);
    }
  }
}

// The step's loss is -Σ weight · log p / divisor, so that its slope by log p is -weight / divisor.
TEST(GroupPolicy, SlopesOfTheLossAreThoseOfTheReference) {
  const auto golden = read_json(PBB_GOLDEN "/grpo.json");
  const GoldenBatch given = golden_batch(golden);
  const std::int64_t most = std::ssize(given.batch.groups) * golden.at("samples").get<std::int64_t>() *
                            golden.at("most_tokens").get<std::int64_t>();
  for (const auto& wanted : golden.at("cases")) {
    const PolicyUpdate update = policy_update(given.batch, given.now, most, policy_options(wanted));
    std::size_t next = 0;
    for (std::size_t g = 0; g < given.batch.groups.size(); ++g) {
      const bool dead = is_dead(given.batch.groups[g].rewards());
      for (const auto& slopes : wanted.at("slopes")[g]) {
        for (std::size_t t = 0; t < slopes.size(); ++t) {
          const double slope = dead ? 0 : -update.examples[next].weights[2 + t] / update.divisor;
          EXPECT_NEAR(slope, slopes[t].get<double>(), 1e-6) << wanted.at("normalisation") << g << t;
        }
        next += dead ? 0 : 1;
      }
    }
    EXPECT_EQ(next, update.examples.size());
  }
}

TEST(GroupPolicy, DeadGroupsGiveNoGradientAndCountForNothing) {
  const auto golden = read_json(PBB_GOLDEN "/grpo.json");
  const GoldenBatch given = golden_batch(golden);
  GroupBatch without = given.batch;
  std::erase_if(without.groups, [](const AnswerGroup& group) { return is_dead(group.rewards()); });
  ASSERT_EQ(without.groups.size() + 1, given.batch.groups.size());
  const PolicyUpdate with_dead = policy_update(given.batch, given.now, 72, {.kl = 0.3}),
                     alive = policy_update(without, given.now, 72, {.kl = 0.3});
  EXPECT_EQ(with_dead.divisor, alive.divisor);
  ASSERT_EQ(with_dead.examples.size(), alive.examples.size());
  for (std::size_t e = 0; e < alive.examples.size(); ++e)
    EXPECT_EQ(with_dead.examples[e].weights, alive.examples[e].weights);
  GroupBatch dead;
  dead.groups.push_back(given.batch.groups[1]);
  EXPECT_TRUE(policy_update(dead, {}, 24, {}).examples.empty());
}

TEST(GroupPolicy, ClippingStopsWhatWasPushedFarEnoughAndNothingElse) {
  const PolicyOptions options{.clip_low = 0.2, .clip_high = 0.28};
  const auto weight = [&](double advantage, double ratio) {
    return token_weight(advantage, {.now = std::log(ratio), .sampled = 0, .reference = 0}, options);
  };
  EXPECT_NEAR(weight(2, 1.27).weight, 2.54, 1e-9);
  EXPECT_EQ(weight(2, 1.29).weight, 0);
  EXPECT_TRUE(weight(2, 1.29).clipped);
  EXPECT_NEAR(weight(2, 0.5).weight, 1, 1e-9) << "it has become less likely against its advantage";
  EXPECT_EQ(weight(-2, 0.79).weight, 0);
  EXPECT_NEAR(weight(-2, 0.81).weight, -1.62, 1e-9);
  EXPECT_NEAR(weight(-2, 3).weight, -6, 1e-9);
  EXPECT_FALSE(weight(0, 3).clipped);
}

TEST(GroupPolicy, TheDivergencePullsTowardsTheReferenceAndIsNeverNegative) {
  const PolicyOptions options{.kl = 0.5};
  for (const double now : {-3.0, -1.0, -0.5, -0.1}) {
    const TokenProbabilities token{.now = now, .sampled = now, .reference = -0.5};
    const double pull = token_weight(0, token, options).weight;
    EXPECT_EQ(pull > 0, now < -0.5);
    EXPECT_EQ(pull<0, now> - 0.5);
    EXPECT_GE(divergence_of(token), 0);
  }
}

// Through the decoder: the gradient that training takes, against finite differences of the surrogate loss.
TEST(GroupPolicy, TheGradientOfAStepIsThatOfTheSurrogateLoss) {
  Decoder decoder = tiny_decoder();
  GroupBatch batch;
  for (const double reward : {1.0, 0.0, 0.25}) {
    if (batch.groups.empty()) batch.groups.emplace_back();
    GroupAnswer& answer = batch.groups[0].answers.emplace_back();
    const auto first = static_cast<std::int32_t>(40 + 10 * reward);
    answer.tokens = {1, 2, 3, first, first + 1, first + 2};
    answer.question = 3;
    answer.reward = reward;
  }
  const PolicyModel model(decoder, false);
  const auto before = model.score(live_examples(batch));
  // Sampled by a model that was a little different; the reference is another again.
  for (std::size_t a = 0; a < 3; ++a) {
    GroupAnswer& answer = batch.groups[0].answers[a];
    for (std::size_t t = 0; t < 3; ++t) {
      answer.sampled.push_back(before[a][t] + 0.1F * (static_cast<float>(t) - 1));
      answer.reference.push_back(before[a][t] - 0.4F);
    }
  }
  const PolicyOptions options{.clip_low = 0.3, .clip_high = 0.3, .kl = 0.2};
  const auto surrogate = [&] {
    const auto now = model.score(live_examples(batch));
    const auto advantages = group_advantages(batch.groups[0].rewards(), options.normalisation);
    double sum = 0;
    for (std::size_t a = 0; a < 3; ++a) {
      for (std::size_t t = 0; t < 3; ++t) {
        const GroupAnswer& answer = batch.groups[0].answers[a];
        const double ratio = std::exp(now[a][t] - answer.sampled[t]);
        const TokenProbabilities token{now[a][t], answer.sampled[t], answer.reference[t]};
        sum += -ratio * advantages[a] + options.kl * divergence_of(token);
      }
    }
    return sum / 9;
  };
  const PolicyUpdate update = policy_update(batch, before, 9, options);
  EXPECT_EQ(update.clipped_ratio, 0);
  Tensor gradients({decoder.trained().flat.size()}, DataType::f32);
  accumulate_step(decoder, update.examples, {.divisor = update.divisor}, gradients);

  auto weights = decoder.weights().span<float>();
  const auto slopes = gradients.span<float>();
  double norm = 0;
  for (const float slope : slopes) norm += static_cast<double>(slope) * slope;
  norm = std::sqrt(norm);
  const double step = 1e-2;
  double sides[2];
  for (const int side : {0, 1}) {
    const double sign = side == 0 ? 1 : -1;
    const std::vector<float> kept(weights.begin(), weights.end());
    for (std::size_t i = 0; i < weights.size(); ++i)
      weights[i] += static_cast<float>(sign * step * slopes[i] / norm);
    decoder.refresh();
    sides[side] = surrogate();
    std::ranges::copy(kept, weights.begin());
    decoder.refresh();
  }
  EXPECT_NEAR((sides[0] - sides[1]) / (2 * step), norm, 0.01 * norm);
}

}  // namespace
}  // namespace pbb

// The gradient of a step does not depend on how it is cut.
#include "training/accumulate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.h"
#include "base/random.h"
#include "training/tiny_stage.h"

namespace pbb {
namespace {

Example of_length(std::size_t tokens) {
  Example example;
  example.program = "Blorp";
  for (std::size_t i = 0; i < tokens; ++i) example.tokens.push_back(static_cast<std::int32_t>(i % 250));
  example.trained.assign(tokens, 1);
  return example;
}

std::vector<std::size_t> sizes(const std::vector<std::span<const Example>>& batches) {
  std::vector<std::size_t> counts;
  for (const auto& batch : batches) counts.push_back(batch.size());
  return counts;
}

std::vector<std::size_t> split(const std::vector<std::size_t>& lengths, int tokens) {
  std::vector<Example> examples;
  for (const std::size_t length : lengths) examples.push_back(of_length(length));
  return sizes(split_micro_batches(examples, tokens));
}

TEST(MicroBatches, AreWholeSequencesInOrderWithinTheLimit) {
  EXPECT_EQ(split({10, 10, 10}, 30), (std::vector<std::size_t>{3}));
  EXPECT_EQ(split({10, 10, 10}, 10), (std::vector<std::size_t>{1, 1, 1}));
  EXPECT_EQ(split({25, 10, 25}, 30), (std::vector<std::size_t>{1, 1, 1}));
  EXPECT_TRUE(split({}, 10).empty());
}

TEST(MicroBatches, AreAboutEquallyLong) {
  // Filled to the brim they would be 5 + 1.
  EXPECT_EQ(split({10, 10, 10, 10, 10, 10}, 50), (std::vector<std::size_t>{3, 3}));
}

TEST(MicroBatches, ASequenceBeyondTheLimitIsRefused) {
  EXPECT_THROW(split({5, 11}, 10), InputError);
}

TEST(Accumulate, OneByEightIsTwoByFourIsEightByOne) {
  const TinyStage stage({.sequences_per_step = 8, .source_only_declarations = 4});
  const std::vector<Example> examples = stage.data.step(0);
  ASSERT_EQ(examples.size(), 8U);
  std::size_t all = 0;
  std::size_t longest = 0;
  for (const Example& example : examples) {
    all += example.tokens.size();
    longest = std::max(longest, example.tokens.size());
  }
  std::vector<float> reference;
  double reference_loss = 0;
  std::set<std::size_t> counts;
  for (const std::size_t limit : {all, all * 2 / 3, longest}) {
    Decoder decoder = tiny_decoder();
    Tensor gradients({decoder.weights().size()}, DataType::f32);
    std::ranges::fill(gradients.span<float>(), 3.0F);  // of the step before
    const auto tokens = static_cast<int>(limit);
    counts.insert(split_micro_batches(examples, tokens).size());
    const StepLoss loss = accumulate_step(decoder, examples, {.micro_batch_tokens = tokens}, gradients);
    const auto span = gradients.span<float>();
    EXPECT_EQ(loss.tokens, static_cast<std::int64_t>(all));
    if (reference.empty()) {
      reference.assign(span.begin(), span.end());
      reference_loss = loss.mean;
      continue;
    }
    EXPECT_NEAR(loss.mean, reference_loss, 1e-5);
    for (std::size_t i = 0; i < reference.size(); ++i) ASSERT_NEAR(span[i], reference[i], 1e-6) << i;
  }
  EXPECT_EQ(counts.size(), 3U) << "three ways to cut the step";
  EXPECT_TRUE(counts.contains(1));
}

// Which thread is first must not show: bit for bit, whatever the number of threads. Wide enough, with enough
// tokens, that the work is shared out.
TEST(Accumulate, TheSameStepGivesTheSameBitsEveryTime) {
  DecoderConfig config = tiny_decoder().config();
  config.width = 128;
  config.feed_forward = 384;
  config.heads = 4;
  config.kv_heads = 2;
  config.head_size = 32;
  Decoder decoder(config, DataType::f32);
  decoder.initialize(7);
  std::vector<Example> examples;
  for (const std::size_t tokens : {200U, 31U, 130U, 77U}) examples.push_back(of_length(tokens));
  for (const int threads : {1, 2, 3, 4}) {
    omp_set_num_threads(threads);
    std::vector<float> first;
    double first_loss = 0;
    for (int time = 0; time < 5; ++time) {
      Tensor gradients({decoder.weights().size()}, DataType::f32);
      const double loss = accumulate_step(decoder, examples, {.micro_batch_tokens = 256}, gradients).mean;
      const auto span = gradients.span<float>();
      if (time == 0) {
        first.assign(span.begin(), span.end());
        first_loss = loss;
      }
      EXPECT_EQ(loss, first_loss) << threads << " threads";
      EXPECT_TRUE(std::equal(span.begin(), span.end(), first.begin())) << threads << " threads";
    }
  }
  omp_set_num_threads(1);
}

TEST(Accumulate, EightEqualSequencesGiveOneLossAndGradientHoweverCutAndRecomputed) {
  std::vector<Example> examples;
  Random random(1, "examples");
  for (int i = 0; i < 8; ++i) {
    Example& example = examples.emplace_back(of_length(24));
    for (std::int32_t& token : example.tokens) token = static_cast<std::int32_t>(random.integer(0, 250));
    example.trained[static_cast<std::size_t>(i)] = 0;
  }
  std::vector<float> reference;
  double reference_loss = 0;
  for (const auto& [limit, parts] : {std::pair{8 * 24, 1U}, {4 * 24, 2U}, {24, 8U}}) {
    ASSERT_EQ(split_micro_batches(examples, limit).size(), parts);
    for (const Recompute recompute : {Recompute::none, Recompute::layers}) {
      Decoder decoder = tiny_decoder();
      Tensor gradients({decoder.weights().size()}, DataType::f32);
      const StepLoss loss = accumulate_step(decoder, examples,
                                            {.micro_batch_tokens = limit, .recompute = recompute}, gradients);
      const auto span = gradients.span<float>();
      if (reference.empty()) {
        reference.assign(span.begin(), span.end());
        reference_loss = loss.mean;
      }
      EXPECT_NEAR(loss.mean, reference_loss, 1e-6 * reference_loss) << parts;
      for (std::size_t i = 0; i < reference.size(); ++i) ASSERT_NEAR(span[i], reference[i], 1e-6) << i;
    }
  }
}

TEST(Accumulate, LossIsPerTrainedTokenOfTheWholeStep) {
  // One long and one short sequence: the mean over tokens is not the mean of their means.
  Example long_one = of_length(40);
  Example short_one = of_length(5);
  Decoder decoder = tiny_decoder();
  Tensor gradients({decoder.weights().size()}, DataType::f32);
  const auto loss = [&](std::vector<Example> examples) {
    return accumulate_step(decoder, examples, {.micro_batch_tokens = 40}, gradients);
  };
  const StepLoss a = loss({long_one});
  const StepLoss b = loss({short_one});
  const StepLoss both = loss({long_one, short_one});
  EXPECT_EQ(a.trained_tokens, 39);
  EXPECT_EQ(b.trained_tokens, 4);
  EXPECT_EQ(both.trained_tokens, 43);
  EXPECT_NEAR(both.mean, (39 * a.mean + 4 * b.mean) / 43, 1e-6);
}

// What a target weighs, its sequence's inputs, and which targets are known already: all are the step's, not
// the micro-batch's.
TEST(Accumulate, WeightsAndUnknownTokensGiveOneLossAndGradientHoweverTheStepIsCut) {
  std::vector<Example> examples;
  Random random(1, "weights");
  for (int i = 0; i < 8; ++i) {
    Example& example = examples.emplace_back(of_length(24));
    for (std::int32_t& token : example.tokens) token = static_cast<std::int32_t>(random.integer(0, 250));
    if (i % 2 == 0) continue;
    for (int w = 0; w < 24; ++w) example.weights.push_back(static_cast<float>(random.integer(-2, 6)) / 2);
    example.inputs = example.tokens;
    example.inputs[7] = 3;
  }
  // Of the second half it is soon sure: always the same token.
  for (Example& example : examples) std::fill(example.tokens.begin() + 12, example.tokens.end(), 5);
  Decoder decoder = tiny_decoder();
  Tensor gradients({decoder.weights().size()}, DataType::f32);
  for (int step = 0; step < 60; ++step) {
    accumulate_step(decoder, examples, {.micro_batch_tokens = 8 * 24}, gradients);
    const auto weights = decoder.weights().span<float>();
    for (std::size_t i = 0; i < weights.size(); ++i) weights[i] -= gradients.span<float>()[i];
    decoder.refresh();
  }
  for (const bool only_unknown : {false, true}) {
    std::vector<float> reference;
    double reference_loss = 0;
    for (const int limit : {8 * 24, 4 * 24, 24}) {
      const StepLoss loss = accumulate_step(
          decoder, examples, {.micro_batch_tokens = limit, .only_unknown_tokens = only_unknown}, gradients);
      const auto span = gradients.span<float>();
      double sum = 0, weight = 0;
      std::int64_t left_out = 0;
      ASSERT_EQ(loss.outcomes.size(), examples.size());
      for (std::size_t e = 0; e < examples.size(); ++e) {
        ASSERT_EQ(loss.outcomes[e].size(), 23U);
        for (std::size_t t = 0; t < 23; ++t) {
          const TargetOutcome& outcome = loss.outcomes[e][t];
          const bool known = only_unknown && outcome.log_probability >= std::log(0.5F);
          const float given = examples[e].weights.empty() ? 1.0F : examples[e].weights[t + 1];
          EXPECT_EQ(outcome.weight, known ? 0.0F : given);
          left_out += known;
          sum -= double{outcome.weight} * outcome.log_probability;
          weight += std::abs(outcome.weight);
        }
      }
      EXPECT_EQ(left_out > 0, only_unknown);
      EXPECT_NEAR(loss.mean, sum / weight, 1e-9 * std::abs(loss.mean));
      if (reference.empty()) {
        reference.assign(span.begin(), span.end());
        reference_loss = loss.mean;
      }
      EXPECT_NEAR(loss.mean, reference_loss, 1e-5 * std::abs(reference_loss)) << limit;
      const float largest =
          std::abs(*std::ranges::max_element(reference, {}, [](float g) { return std::abs(g); }));
      for (std::size_t i = 0; i < reference.size(); ++i)
        ASSERT_NEAR(span[i], reference[i], 1e-5 * largest) << i;
    }
  }
}

TEST(Accumulate, WeightsOfOneAreNoWeightsToTheBit) {
  std::vector<Example> examples;
  for (const std::size_t tokens : {20U, 31U, 13U}) examples.push_back(of_length(tokens));
  std::vector<Example> weighted = examples;
  for (Example& example : weighted) example.weights.assign(example.tokens.size(), 1.0F);
  Decoder decoder = tiny_decoder();
  Tensor plain({decoder.weights().size()}, DataType::f32), ones({decoder.weights().size()}, DataType::f32);
  const StepLoss a = accumulate_step(decoder, examples, {.micro_batch_tokens = 40}, plain);
  const StepLoss b = accumulate_step(decoder, weighted, {.micro_batch_tokens = 40}, ones);
  EXPECT_EQ(a.mean, b.mean);
  EXPECT_TRUE(std::ranges::equal(plain.span<float>(), ones.span<float>()));
}

TEST(Accumulate, AStepInWhichNothingWeighsHasNoLossAndNoGradient) {
  Example still = of_length(20);
  still.weights.assign(20, 0.0F);
  Decoder decoder = tiny_decoder();
  Tensor gradients({decoder.weights().size()}, DataType::f32);
  const StepLoss loss =
      accumulate_step(decoder, std::vector<Example>{still}, {.micro_batch_tokens = 20}, gradients);
  EXPECT_EQ(loss.mean, 0);
  EXPECT_EQ(loss.trained_tokens, 19);
  EXPECT_TRUE(std::ranges::all_of(gradients.span<float>(), [](float g) { return g == 0; }));
}

TEST(Accumulate, EveryLabelMaskedIsAnErrorNotNan) {
  Example masked = of_length(10);
  masked.trained.assign(10, 0);
  masked.trained[0] = 1;  // a first token has nothing to predict it: no label either
  Decoder decoder = tiny_decoder();
  Tensor gradients({decoder.weights().size()}, DataType::f32);
  EXPECT_THROW(
      accumulate_step(decoder, std::vector<Example>{masked, masked}, {.micro_batch_tokens = 20}, gradients),
      Error);
  // Beside a sequence that has labels it costs nothing and counts nothing.
  const Example plain = of_length(10);
  const StepLoss alone =
      accumulate_step(decoder, std::vector<Example>{plain}, {.micro_batch_tokens = 10}, gradients);
  const StepLoss beside =
      accumulate_step(decoder, std::vector<Example>{masked, plain}, {.micro_batch_tokens = 10}, gradients);
  EXPECT_EQ(beside.trained_tokens, alone.trained_tokens);
  EXPECT_NEAR(beside.mean, alone.mean, 1e-6);
}

}  // namespace
}  // namespace pbb

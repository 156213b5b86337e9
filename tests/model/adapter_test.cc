// An adapter's gradients, its place in every pass, and what it leaves alone.
#include "model/adapter.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "base/error.h"
#include "model/tiny.h"
#include "tensor/ops/adamw.h"

namespace pbb {
namespace {

// B is zero at first, which would hide half of what there is to see.
void shake(ParameterSet& set, std::uint64_t seed, double size = 0.05) {
  for (Parameter& parameter : set.places) {
    Random random(seed, "shake " + parameter.name);
    for (float& value : parameter.value.span<float>()) value += static_cast<float>(size * random.normal());
  }
}

Decoder adapted_decoder(const std::string& family, const AdapterOptions& options,
                        DataType compute = DataType::f32) {
  Decoder decoder = tiny_decoder(family, compute);
  decoder.add_adapter(options, 3);
  shake(decoder.trained(), 4);
  decoder.refresh_trained();
  return decoder;
}

std::vector<float> values_of(const Tensor& tensor) {
  const auto values = tensor.span<float>();
  return {values.begin(), values.end()};
}

std::vector<float> gradients_of(Decoder& decoder, const PackedTokens& batch,
                                const GradientOptions& options = {}) {
  Tensor gradients({decoder.trained().flat.size()}, DataType::f32);
  decoder.accumulate_gradients(batch, 1.0F / static_cast<float>(targets_in(batch)), gradients, options);
  return values_of(gradients);
}

double relative_difference(std::span<const float> found, std::span<const float> wanted) {
  double difference = 0, size = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    difference += std::pow(double{found[i]} - wanted[i], 2);
    size += std::pow(double{wanted[i]}, 2);
  }
  EXPECT_GT(size, 0);
  return std::sqrt(difference / size);
}

// The product of two row-major matrices, (n, k) and (k, m), times `scale`.
std::vector<float> product(std::span<const float> left, std::span<const float> right, std::size_t n,
                           std::size_t k, std::size_t m, float scale) {
  std::vector<float> result(n * m);
  for (std::size_t r = 0; r < n; ++r) {
    for (std::size_t c = 0; c < m; ++c) {
      double sum = 0;
      for (std::size_t i = 0; i < k; ++i) sum += double{left[r * k + i]} * right[i * m + c];
      result[r * m + c] = static_cast<float>(scale * sum);
    }
  }
  return result;
}

std::vector<float> transposed(std::span<const float> matrix, std::size_t columns) {
  std::vector<float> result(matrix.size());
  const std::size_t rows = matrix.size() / columns;
  for (std::size_t i = 0; i < matrix.size(); ++i) result[i % columns * rows + i / columns] = matrix[i];
  return result;
}

std::vector<AdapterOptions> kinds_of_adapter() {
  return {{.rank = 4, .alpha = 6},
          {.rank = 3, .alpha = 5, .rslora = true},
          {.rank = 2, .targets = {"q_proj", "v_proj"}},
          {.rank = 5, .targets = {"up_proj", "o_proj"}},
          {.rank = 1, .targets = {"k_proj", "down_proj"}}};
}

class Adapters : public testing::TestWithParam<std::string> {
 protected:
  PackedTokens batch() const { return tiny_expected(GetParam()).batch; }
};
INSTANTIATE_TEST_SUITE_P(Families, Adapters, testing::Values("llama", "qwen2", "qwen3"),
                         [](const auto& family) { return family.param; });

// dA = s Bᵀ dW and dB = s dW Aᵀ, where dW is the gradient of the merged matrix.
TEST_P(Adapters, GradientsFollowFromThoseOfTheMergedMatrices) {
  for (const AdapterOptions& options : kinds_of_adapter()) {
    Decoder decoder = adapted_decoder(GetParam(), options);
    const std::vector<float> found = gradients_of(decoder, batch());
    Decoder merged = adapted_decoder(GetParam(), options);
    merged.merge_adapter();
    const std::vector<float> dense = gradients_of(merged, batch());
    std::map<std::string, const Parameter*> matrices;
    for (const Parameter& parameter : merged.parameters()) matrices[parameter.name] = &parameter;

    const float scale = adapter_scale(options);
    const auto rank = static_cast<std::size_t>(options.rank);
    std::map<std::string, const Parameter*> factors;
    for (const Parameter& parameter : decoder.trained().places) factors[parameter.name] = &parameter;
    for (const auto& [name, factor] : factors) {
      const std::size_t at = name.find(".lora_");
      const Parameter& matrix = *matrices.at(name.substr(0, at) + ".weight");
      const auto out = static_cast<std::size_t>(matrix.value.rows());
      const auto in = static_cast<std::size_t>(matrix.value.columns());
      const std::span d_matrix = std::span(dense).subspan(static_cast<std::size_t>(matrix.offset), out * in);
      const std::vector<float> a = values_of(factors.at(name.substr(0, at) + ".lora_A.weight")->value);
      const std::vector<float> b = values_of(factors.at(name.substr(0, at) + ".lora_B.weight")->value);
      const std::vector<float> wanted = name.ends_with("lora_A.weight")
                                            ? product(transposed(b, rank), d_matrix, rank, out, in, scale)
                                            : product(d_matrix, transposed(a, in), out, in, rank, scale);
      EXPECT_LT(
          relative_difference(
              std::span(found).subspan(static_cast<std::size_t>(factor->offset), wanted.size()), wanted),
          1e-4)
          << name << ", " << adapter_text(options);
    }
  }
}

TEST_P(Adapters, MergedScoresAsUnmerged) {
  for (const AdapterOptions& options : kinds_of_adapter()) {
    Decoder decoder = adapted_decoder(GetParam(), options);
    const std::vector<float> plain = score(decoder, batch());
    {
      Decoder base = tiny_decoder(GetParam());
      EXPECT_GT(largest_difference(score(base, batch()), plain), 1e-3);
    }
    decoder.merge_adapter();
    EXPECT_EQ(decoder.adapter(), nullptr);
    EXPECT_LT(largest_difference(score(decoder, batch()), plain), 2e-5) << adapter_text(options);
  }
}

TEST_P(Adapters, DecodingAppliesTheAdapter) {
  for (const bool packs : {false, true}) {
    Decoder decoder = adapted_decoder(GetParam(), {.rank = 4});
    if (packs) decoder.pack_for_decoding();
    PackedTokens text;
    text.tokens = random_tokens(3, 20, decoder.config().vocabulary);
    text.offsets = {0, 20};
    text.targets.assign(text.tokens.begin() + 1, text.tokens.end());
    text.targets.push_back(-1);
    const std::vector<float> wanted = score(decoder, text);
    DecoderCache cache(decoder.config(), 1, 32, DataType::f32);
    Tensor logits({1, decoder.config().vocabulary}, DataType::f32);
    const std::int32_t slot = 0, row = 0;
    for (std::int32_t i = 0; i < 19; ++i) {
      const auto place = static_cast<std::size_t>(i);
      decoder.decode({&text.tokens[place], 1}, {&slot, 1}, {&i, 1}, {&row, 1}, cache, logits);
      double sum = 0;
      for (const float logit : logits.span<float>()) sum += std::exp(double{logit});
      EXPECT_NEAR(logits.span<float>()[static_cast<std::size_t>(text.targets[place])] - std::log(sum),
                  wanted[place], 1e-4)
          << i;
    }
  }
}

TEST_P(Adapters, ANewAdapterChangesNothing) {
  for (const DataType compute : {DataType::f32, DataType::bf16}) {
    Decoder plain = tiny_decoder(GetParam(), compute), decoder = tiny_decoder(GetParam(), compute);
    decoder.add_adapter({}, 1);
    EXPECT_EQ(score(decoder, batch()), score(plain, batch()));
  }
}

TEST_P(Adapters, InBFloat16GradientsStayNear) {
  const AdapterOptions options{.rank = 4};
  Decoder exact = adapted_decoder(GetParam(), options);
  Decoder rounded = adapted_decoder(GetParam(), options, DataType::bf16);
  EXPECT_LT(relative_difference(gradients_of(rounded, batch()), gradients_of(exact, batch())), 0.05);
}

TEST_P(Adapters, RecomputedLayersAndOverwritingGiveTheSameGradientsToTheBit) {
  for (const DataType compute : {DataType::f32, DataType::bf16}) {
    Decoder decoder = adapted_decoder(GetParam(), {.rank = 3}, compute);
    const std::vector<float> kept = gradients_of(decoder, batch());
    EXPECT_EQ(gradients_of(decoder, batch(), {.recompute = Recompute::layers}), kept);
    Tensor used({decoder.trained().flat.size()}, DataType::f32);
    std::ranges::fill(used.span<float>(), 7.0F);
    decoder.accumulate_gradients(batch(), 1.0F / static_cast<float>(targets_in(batch())), used,
                                 {.add = false});
    EXPECT_EQ(values_of(used), kept);
  }
}

TEST_P(Adapters, MicroBatchesGiveTheGradientsOfOne) {
  Decoder decoder = adapted_decoder(GetParam(), {.rank = 3});
  const float scale = 1.0F / static_cast<float>(targets_in(batch()));
  Tensor parts({decoder.trained().flat.size()}, DataType::f32);
  for (std::size_t s = 0; s + 1 < batch().offsets.size(); ++s) {
    decoder.accumulate_gradients(sequence_of(batch(), s), scale, parts);
  }
  EXPECT_LT(largest_difference(gradients_of(decoder, batch()), values_of(parts)), 1e-5);
}

TEST_P(Adapters, PassesTakeWhatTheirPlansSay) {
  const AdapterOptions options{.rank = 4, .targets = {"q_proj", "k_proj", "down_proj"}};
  Decoder decoder = adapted_decoder(GetParam(), options);
  const PassSize size{static_cast<std::int64_t>(batch().tokens.size()), targets_in(batch()),
                      widest_low_rank(decoder.config(), options)};
  EXPECT_EQ(size.low_rank, 8);
  gradients_of(decoder, batch());
  EXPECT_EQ(decoder.buffers_taken().bytes, plan([&](Arena& arena) {
                                             take_step_buffers(decoder.config(), DataType::f32, size,
                                                               Recompute::none, arena);
                                           }).bytes);
  score(decoder, batch());
  EXPECT_EQ(
      decoder.buffers_taken().bytes,
      plan([&](Arena& arena) { take_scoring_buffers(decoder.config(), DataType::f32, size, arena); }).bytes);
}

TEST(Adapter, TrainingItLowersTheLossAndLeavesTheBaseAsItWas) {
  for (const DataType compute : {DataType::f32, DataType::bf16}) {
    Decoder decoder = tiny_decoder("llama", compute);
    decoder.add_adapter({.rank = 4}, 1);
    const std::vector<float> base = values_of(decoder.weights());
    const PackedTokens batch = tiny_expected("llama").batch;
    const std::int64_t size = decoder.trained().flat.size();
    Tensor gradients({size}, DataType::f32), first({size}, DataType::f32), second({size}, DataType::f32);
    std::vector<double> losses;
    for (long step = 1; step <= 20; ++step) {
      double loss = 0;
      for (const TargetOutcome& outcome : decoder.accumulate_gradients(
               batch, 1.0F / static_cast<float>(targets_in(batch)), gradients, {.add = false})) {
        loss -= outcome.log_probability;
      }
      losses.push_back(loss);
      adamw_step(decoder.trained().flat.span<float>(), gradients.span<float>(), first.span<float>(),
                 second.span<float>(), {.learning_rate = 1e-2F}, step);
      decoder.refresh_trained();
    }
    EXPECT_LT(losses.back(), 0.9 * losses.front());
    EXPECT_EQ(values_of(decoder.weights()), base);
  }
}

PackedTokens kept(PackedTokens batch) {
  batch.keeps.assign(batch.tokens.size(), 1);
  return batch;
}

TEST_P(Adapters, WhatKeepsToTheReferenceLearnsNothingWhereNothingHasChanged) {
  Decoder decoder = tiny_decoder(GetParam(), DataType::f32);
  decoder.add_adapter({.rank = 4}, 3);  // B is zero: the adapted model is the reference
  for (const float gradient : gradients_of(decoder, kept(batch()))) EXPECT_NEAR(gradient, 0, 1e-7);
}

TEST_P(Adapters, SequencesThatKeepAndSequencesThatDoNotAddUp) {
  Decoder decoder = adapted_decoder(GetParam(), {.rank = 4});
  const PackedTokens whole = batch();
  ASSERT_GT(whole.offsets.size(), 2U);
  const auto first = static_cast<std::size_t>(whole.offsets[1]);
  PackedTokens mixed = kept(whole), keeping = kept(whole), learning = whole;
  for (std::size_t i = 0; i < whole.tokens.size(); ++i) {
    if (i >= first) mixed.keeps[i] = 0;
    (i < first ? learning : keeping).targets[i] = -1;
  }
  const auto sum_of = [&](const PackedTokens& part) {
    Tensor gradients({decoder.trained().flat.size()}, DataType::f32);
    decoder.accumulate_gradients(part, 1, gradients);
    return values_of(gradients);
  };
  std::vector<float> wanted = sum_of(keeping);
  const std::vector<float> learnt = sum_of(learning);
  for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i] += learnt[i];
  EXPECT_LT(relative_difference(sum_of(mixed), wanted), 1e-5);
}

// From an adapter that says other things, the divergence's gradient leads back to what the base says.
TEST_P(Adapters, KeepingToTheReferenceLeadsBackToIt) {
  const PackedTokens texts = kept(batch());
  const auto scores = [&](Decoder& decoder) {
    std::vector<float> logs(texts.tokens.size());
    decoder.score(texts, logs);
    return logs;
  };
  Decoder base = tiny_decoder(GetParam(), DataType::f32);
  Decoder decoder = adapted_decoder(GetParam(), {.rank = 4});
  const std::vector<float> wanted = scores(base);
  const double before = relative_difference(scores(decoder), wanted);
  Tensor& weights = decoder.trained().flat;
  Tensor gradients({weights.size()}, DataType::f32), m(gradients.shape(), DataType::f32),
      v(gradients.shape(), DataType::f32);
  for (long step = 1; step <= 60; ++step) {
    decoder.accumulate_gradients(texts, 1, gradients, {.add = false});
    adamw_step(weights.span<float>(), gradients.span<float>(), m.span<float>(), v.span<float>(),
               {.learning_rate = 3e-3F}, step);
    decoder.refresh_trained();
  }
  EXPECT_LT(relative_difference(scores(decoder), wanted), before / 3);
}

TEST(Adapter, SwitchingAppliesTheOtherAndRemovingNone) {
  for (const DataType compute : {DataType::f32, DataType::bf16}) {
    const PackedTokens batch = tiny_expected("llama").batch;
    Decoder decoder = tiny_decoder("llama", compute);
    const std::vector<float> plain = score(decoder, batch);
    Adapter one = make_adapter(decoder.config(), {.rank = 2}, 1);
    Adapter two = make_adapter(decoder.config(), {.rank = 4, .targets = {"q_proj"}}, 2);
    shake(one.parameters, 3);
    shake(two.parameters, 4);
    decoder.set_adapter(one);
    const std::vector<float> with_one = score(decoder, batch);
    decoder.set_adapter(two);
    const std::vector<float> with_two = score(decoder, batch);
    EXPECT_NE(with_one, plain);
    EXPECT_NE(with_two, with_one);
    decoder.set_adapter(one);
    EXPECT_EQ(score(decoder, batch), with_one);
    gradients_of(decoder, batch);  // makes the products anew, for training
    EXPECT_EQ(score(decoder, batch), with_one);
    EXPECT_TRUE(decoder.remove_adapter().has_value());
    EXPECT_EQ(score(decoder, batch), plain);
    EXPECT_EQ(decoder.trained().flat.size(), decoder.weights().size());
    EXPECT_THROW(decoder.merge_adapter(), Error);
  }
}

// The first merged into the base, the second active: an interpreter and a package of rules.
TEST(Adapter, StackedOnAMergedOneBothCount) {
  const PackedTokens batch = tiny_expected("qwen3").batch;
  Decoder stacked = adapted_decoder("qwen3", {.rank = 2});
  stacked.merge_adapter();
  stacked.add_adapter({.rank = 3}, 8);
  shake(stacked.trained(), 9);
  stacked.refresh_trained();
  const std::vector<float> found = score(stacked, batch);
  stacked.merge_adapter();
  EXPECT_LT(largest_difference(score(stacked, batch), found), 2e-5);
}

TEST(Adapter, StartsAsPeftDrawsItAndIsFixedBySeedAndName) {
  const DecoderConfig config = tiny_decoder("qwen2").config();
  const Adapter one = make_adapter(config, {}, 1), two = make_adapter(config, {}, 1),
                other = make_adapter(config, {}, 2);
  EXPECT_EQ(values_of(one.parameters.flat), values_of(two.parameters.flat));
  EXPECT_NE(values_of(one.parameters.flat), values_of(other.parameters.flat));
  std::int64_t end = 0;
  for (const Parameter& parameter : one.parameters.places) {
    EXPECT_EQ(parameter.offset, end);
    end += parameter.value.size();
    const double bound = 1 / std::sqrt(static_cast<double>(parameter.value.columns()));
    double largest = 0;
    for (const float value : parameter.value.span<float>())
      largest = std::max(largest, std::abs(double{value}));
    if (parameter.name.ends_with("lora_A.weight")) {
      EXPECT_LE(largest, bound * 1.0001);
      EXPECT_GT(largest, bound * 0.9);
    } else {
      EXPECT_EQ(largest, 0);
    }
  }
  EXPECT_EQ(end, one.parameters.flat.size());
}

TEST(Adapter, WhatCannotBeIsRefusedByName) {
  const auto refusal = [](const AdapterOptions& options) -> std::string {
    try {
      check_adapter(options);
    } catch (const InputError& error) {
      EXPECT_FALSE(error.hint().empty());
      return error.what();
    }
    return "taken";
  };
  EXPECT_EQ(refusal({}), "taken");
  EXPECT_EQ(refusal({.rank = 0}), "an adapter of rank 0");
  EXPECT_EQ(refusal({.alpha = -1}), "an adapter with alpha = -1");
  EXPECT_EQ(refusal({.targets = {}}), "an adapter without targets");
  EXPECT_EQ(refusal({.targets = {"q"}}), "an adapter's target 'q' is not a projection of a layer");
  EXPECT_EQ(refusal({.targets = {"q_proj", "q_proj"}}), "an adapter's target 'q_proj' is named twice");
  Decoder decoder = tiny_decoder("llama");
  DecoderConfig wider = decoder.config();
  wider.feed_forward *= 2;
  EXPECT_THROW(decoder.set_adapter(make_adapter(wider, {}, 1)), Error);
}

}  // namespace
}  // namespace pbb

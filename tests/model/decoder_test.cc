// What must hold of a decoder's passes whatever the weights.
#include "model/decoder.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "model/layout.h"
#include "model/tiny.h"

namespace pbb {
namespace {

class Families : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Decoder, Families, testing::Values("llama", "qwen2", "qwen3"),
                         [](const auto& family) { return family.param; });

TEST_P(Families, PackedSequencesScoreAsTheyDoAlone) {
  Decoder decoder = tiny_decoder(GetParam());
  const PackedTokens batch = tiny_expected(GetParam()).batch;
  const std::vector<float> together = score(decoder, batch);
  for (std::size_t s = 0; s + 1 < batch.offsets.size(); ++s) {
    const std::vector<float> alone = score(decoder, sequence_of(batch, s));
    for (std::size_t i = 0; i < alone.size(); ++i) {
      EXPECT_NEAR(alone[i], together[static_cast<std::size_t>(batch.offsets[s]) + i], 1e-5) << s << ' ' << i;
    }
  }
}

TEST_P(Families, ABatchBeyondOnePassScoresAsItsParts) {
  Decoder decoder = tiny_decoder(GetParam());
  const PackedTokens part = tiny_expected(GetParam()).batch;
  const std::vector<float> once = score(decoder, part);
  PackedTokens many{{}, {0}, {}};
  constexpr std::size_t copies = 70;  // 70 · 66 tokens: more than two passes of 2048
  for (std::size_t copy = 0; copy < copies; ++copy) {
    const std::int32_t begin = many.offsets.back();
    many.tokens.insert(many.tokens.end(), part.tokens.begin(), part.tokens.end());
    many.targets.insert(many.targets.end(), part.targets.begin(), part.targets.end());
    for (std::size_t s = 1; s < part.offsets.size(); ++s) many.offsets.push_back(begin + part.offsets[s]);
  }
  const std::vector<float> found = score(decoder, many);
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], once[i % once.size()], 1e-5) << i;
}

TEST_P(Families, FourMicroBatchesGiveTheGradientsOfOne) {
  Decoder decoder = tiny_decoder(GetParam());
  const PackedTokens batch = tiny_expected(GetParam()).batch;
  const float scale = 1.0F / static_cast<float>(targets_in(batch));
  Tensor whole({decoder.weights().size()}, DataType::f32), parts({decoder.weights().size()}, DataType::f32);
  const double loss = loss_sum(decoder.accumulate_gradients(batch, scale, whole));
  double sum = 0;
  for (std::size_t s = 0; s + 1 < batch.offsets.size(); ++s) {
    sum += loss_sum(decoder.accumulate_gradients(sequence_of(batch, s), scale, parts));
  }
  EXPECT_NEAR(loss, sum, 1e-4);
  EXPECT_LT(largest_difference(whole.span<float>(), parts.span<float>()), 1e-5);
}

TEST_P(Families, TrainingTellsOfEachTargetWhatScoreSays) {
  Decoder decoder = tiny_decoder(GetParam());
  const PackedTokens batch = tiny_expected(GetParam()).batch;
  Tensor gradients({decoder.weights().size()}, DataType::f32);
  const std::vector<TargetOutcome> found = decoder.accumulate_gradients(batch, 0.1F, gradients);
  std::vector<float> wanted = score(decoder, batch);
  for (std::size_t i = wanted.size(); i-- > 0;) {
    if (batch.targets[i] < 0) wanted.erase(wanted.begin() + static_cast<std::ptrdiff_t>(i));
  }
  ASSERT_EQ(found.size(), wanted.size());
  double sum = 0;
  for (std::size_t t = 0; t < found.size(); ++t) {
    EXPECT_NEAR(found[t].log_probability, wanted[t], 1e-5) << t;
    sum -= wanted[t];
  }
  EXPECT_NEAR(loss_sum(found), sum, 1e-4);
}

TEST_P(Families, CachedDecodingGivesTheLogProbabilitiesOfScore) {
  Decoder decoder = tiny_decoder(GetParam());
  PackedTokens batch;
  batch.tokens = random_tokens(3, 20, decoder.config().vocabulary);
  batch.offsets = {0, 20};
  batch.targets.assign(batch.tokens.begin() + 1, batch.tokens.end());
  batch.targets.push_back(-1);
  const std::vector<float> wanted = score(decoder, batch);

  // Slot 2 of three: a prompt of 11 tokens, then one at a time.
  DecoderCache cache(decoder.config(), 3, 32, DataType::f32);
  const auto check_row = [&](std::span<const float> logits, std::size_t place) {
    double sum = 0;
    for (const float logit : logits) sum += std::exp(double{logit});
    const double found = logits[static_cast<std::size_t>(batch.targets[place])] - std::log(sum);
    EXPECT_NEAR(found, wanted[place], 1e-4) << place;
  };
  for (std::size_t begin = 0, end = 11; begin < 19; begin = end, ++end) {
    std::vector<std::int32_t> slots(end - begin, 2), positions, rows;
    for (std::size_t i = begin; i < end; ++i) {
      positions.push_back(static_cast<std::int32_t>(i));
      rows.push_back(static_cast<std::int32_t>(i - begin));
    }
    Tensor logits({static_cast<std::int64_t>(rows.size()), decoder.config().vocabulary}, DataType::f32);
    decoder.decode(std::span(batch.tokens).subspan(begin, end - begin), slots, positions, rows, cache,
                   logits);
    for (std::size_t i = begin; i < end; ++i) {
      const auto row = static_cast<std::int64_t>(i - begin);
      check_row(logits.row_range(row, row + 1).span<float>(), i);
    }
  }
}

TEST_P(Families, TheSameBatchGivesTheSameBits) {
  Decoder decoder = tiny_decoder(GetParam());
  const PackedTokens batch = tiny_expected(GetParam()).batch;
  Tensor first({decoder.weights().size()}, DataType::f32), second({decoder.weights().size()}, DataType::f32);
  decoder.accumulate_gradients(batch, 1.0F, first);
  (void)score(decoder, sequence_of(batch, 2));  // other use of the buffers in between
  decoder.accumulate_gradients(batch, 1.0F, second);
  EXPECT_EQ(largest_difference(first.span<float>(), second.span<float>()), 0);
}

TEST_P(Families, OverwrittenGradientsForgetWhatWasThere) {
  for (const DataType compute : {DataType::f32, DataType::bf16}) {
    Decoder decoder = tiny_decoder(GetParam(), compute);
    const PackedTokens batch = tiny_expected(GetParam()).batch;
    Tensor fresh({decoder.weights().size()}, DataType::f32), used({decoder.weights().size()}, DataType::f32);
    std::ranges::fill(used.span<float>(), 7.0F);
    decoder.accumulate_gradients(batch, 1.0F, fresh);
    decoder.accumulate_gradients(batch, 1.0F, used, {.add = false});
    EXPECT_EQ(largest_difference(fresh.span<float>(), used.span<float>()), 0);
    PackedTokens without_targets = batch;
    std::ranges::fill(without_targets.targets, -1);
    decoder.accumulate_gradients(without_targets, 1.0F, used, {.add = false});
    EXPECT_TRUE(std::ranges::all_of(used.span<float>(), [](float g) { return g == 0; }));
  }
}

TEST(Decoder, ABatchWithoutTargetsHasNoLossAndNoGradient) {
  Decoder decoder = tiny_decoder("llama");
  PackedTokens batch = tiny_expected("llama").batch;
  std::ranges::fill(batch.targets, -1);
  Tensor gradients({decoder.weights().size()}, DataType::f32);
  EXPECT_TRUE(decoder.accumulate_gradients(batch, 1.0F, gradients).empty());
  EXPECT_TRUE(std::ranges::all_of(gradients.span<float>(), [](float g) { return g == 0; }));
  EXPECT_TRUE(std::ranges::all_of(score(decoder, batch), [](float p) { return p == 0; }));
}

TEST(Decoder, RefreshMakesChangedWeightsCount) {
  for (const DataType compute : {DataType::f32, DataType::bf16}) {
    Decoder decoder = tiny_decoder("llama", compute);
    const PackedTokens batch = tiny_expected("llama").batch;
    const std::vector<float> before = score(decoder, batch);
    for (float& weight : decoder.weights().span<float>()) weight *= 0.5F;
    decoder.refresh();
    const std::vector<float> after = score(decoder, batch);
    Decoder fresh(decoder.config(), compute);
    std::ranges::copy(decoder.weights().span<float>(), fresh.weights().span<float>().begin());
    EXPECT_EQ(after, score(fresh, batch));
    EXPECT_NE(after, before);
  }
}

TEST(Decoder, InitializeIsFixedBySeedAndName) {
  const DecoderConfig config = tiny_decoder("qwen2").config();
  Decoder one(config, DataType::f32), two(config, DataType::f32), other(config, DataType::f32);
  one.initialize(1);
  two.initialize(1);
  other.initialize(2);
  EXPECT_EQ(largest_difference(one.weights().span<float>(), two.weights().span<float>()), 0);
  EXPECT_GT(largest_difference(one.weights().span<float>(), other.weights().span<float>()), 0.01);
  for (const Parameter& parameter : one.parameters()) {
    const float first = parameter.value.span<float>()[0];
    EXPECT_EQ(first == 1.0F, parameter.name.ends_with("norm.weight")) << parameter.name;
    EXPECT_EQ(first == 0.0F, parameter.name.ends_with("bias")) << parameter.name;
    EXPECT_EQ(parameter.decays, parameter.value.shape().size() == 2) << parameter.name;
  }
}

TEST(Decoder, ParametersLieEndToEnd) {
  for (const char* family : {"llama", "qwen2", "qwen3"}) {
    Decoder decoder = tiny_decoder(family);
    std::int64_t end = 0;
    for (const Parameter& parameter : decoder.parameters()) {
      EXPECT_EQ(parameter.offset, end) << parameter.name;
      EXPECT_EQ(parameter.value.span<float>().data(), decoder.weights().span<float>().data() + end);
      end += parameter.value.size();
    }
    EXPECT_EQ(end, decoder.weights().size());
  }
}

TEST(Decoder, ImpossibleBatchesAreRefused) {
  Decoder decoder = tiny_decoder("llama");
  const auto refuses = [&](PackedTokens batch) {
    std::vector<float> found(batch.tokens.size());
    EXPECT_THROW(decoder.score(batch, found), Error);
  };
  refuses({{1, 2}, {0, 2}, {2}});
  refuses({{1, 2}, {0, 1}, {2, -1}});
  refuses({{1, 2}, {0, 2, 2}, {2, -1}});
  refuses({{1, 2}, {0, 3, 2}, {2, -1}});
  refuses({{1, 97}, {0, 2}, {2, -1}});
  refuses({{1, -1}, {0, 2}, {2, -1}});
  refuses({{1, 2}, {0, 2}, {97, -1}});
  refuses({{1, 2}, {0, 2}, {-2, -1}});
  refuses(
      {std::vector<std::int32_t>(65, 1), {0, 65}, std::vector<std::int32_t>(65, 1)});  // beyond the context
  DecoderCache cache(decoder.config(), 2, 8, DataType::f32);
  Tensor logits({1, 97}, DataType::f32);
  const auto refuses_row = [&](std::int32_t token, std::int32_t slot, std::int32_t position,
                               std::int32_t row) {
    const std::vector<std::int32_t> tokens{token}, slots{slot}, positions{position}, rows{row};
    EXPECT_THROW(decoder.decode(tokens, slots, positions, rows, cache, logits), Error);
  };
  refuses_row(97, 0, 0, 0);
  refuses_row(1, 2, 0, 0);
  refuses_row(1, 0, 8, 0);
  refuses_row(1, 0, 0, 1);
}

TEST(DecoderConfig, NamesTheFieldThatCannotBe) {
  const DecoderConfig good = tiny_decoder("llama").config();
  const auto message = [&](auto change) -> std::string {
    DecoderConfig config = good;
    change(config);
    try {
      config.check();
    } catch (const InputError& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_NE(message([](DecoderConfig& c) { c.layers = 0; }).find("layers is 0"), std::string::npos);
  EXPECT_NE(message([](DecoderConfig& c) { c.kv_heads = 3; }).find("kv_heads is 3"), std::string::npos);
  EXPECT_NE(message([](DecoderConfig& c) { c.head_size = 7; }).find("head_size is 7"), std::string::npos);
  EXPECT_NE(message([](DecoderConfig& c) { c.vocabulary = 1LL << 40; }).find("vocabulary"),
            std::string::npos);
  EXPECT_NE(message([](DecoderConfig& c) { c.rope_base = NAN; }).find("rope_base"), std::string::npos);
  EXPECT_NE(message([](DecoderConfig& c) { c.family = "gpt2"; }).find("family 'gpt2'"), std::string::npos);
  EXPECT_EQ(message([](DecoderConfig&) {}), "accepted");
}

}  // namespace
}  // namespace pbb

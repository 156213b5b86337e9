// What a pass plans is what it takes; and what is computed again is what was kept.
#include "model/buffers.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "model/tiny.h"

namespace pbb {
namespace {

class Buffers : public ::testing::TestWithParam<std::tuple<std::string, DataType>> {
 protected:
  std::string family() const { return std::get<0>(GetParam()); }
  DataType compute() const { return std::get<1>(GetParam()); }

  struct Step {
    double loss = 0;
    std::vector<float> gradients;
    BufferPlan taken;
  };
  Step step(Recompute recompute) const {
    Decoder decoder = tiny_decoder(family(), compute());
    Tensor gradients({decoder.weights().size()}, DataType::f32);
    Step step;
    // Twice: into memory that an earlier pass has used.
    for (int pass = 0; pass < 2; ++pass) {
      step.loss = loss_sum(decoder.accumulate_gradients(tiny_expected(family()).batch, 0.125F, gradients,
                                                        {.recompute = recompute}));
    }
    const auto values = gradients.span<float>();
    step.gradients.assign(values.begin(), values.end());
    step.taken = decoder.buffers_taken();
    return step;
  }
  PassSize size() const {
    const PackedTokens batch = tiny_expected(family()).batch;
    return {static_cast<std::int64_t>(batch.tokens.size()), targets_in(batch)};
  }
  BufferPlan planned(Recompute recompute) const {
    const DecoderConfig config = read_hf_config(tiny_folder(family()) / "config.json");
    return plan([&](Arena& arena) { take_step_buffers(config, compute(), size(), recompute, arena); });
  }
};

void expect_same(const BufferPlan& taken, const BufferPlan& planned) {
  EXPECT_EQ(taken.bytes, planned.bytes);
  ASSERT_EQ(taken.buffers.size(), planned.buffers.size());
  for (std::size_t i = 0; i < planned.buffers.size(); ++i) {
    EXPECT_EQ(taken.buffers[i].name, planned.buffers[i].name);
    EXPECT_EQ(taken.buffers[i].count, planned.buffers[i].count);
    EXPECT_EQ(taken.buffers[i].bytes, planned.buffers[i].bytes) << planned.buffers[i].name;
  }
}

std::int64_t bytes_of(const BufferPlan& plan, const std::string& name) {
  const auto line = std::ranges::find(plan.buffers, name, &BufferPlan::Buffer::name);
  return line == plan.buffers.end() ? -1 : line->bytes;
}

TEST_P(Buffers, AStepTakesWhatItsPlanSays) {
  for (const Recompute recompute : {Recompute::none, Recompute::layers}) {
    expect_same(step(recompute).taken, planned(recompute));
  }
}

// The rows that keep to the reference have logits of their own, beside an adapter.
TEST_P(Buffers, AStepThatKeepsToTheReferenceTakesWhatItsPlanSays) {
  const AdapterOptions options{.rank = 4};
  Decoder decoder = tiny_decoder(family(), compute());
  decoder.add_adapter(options, 3);
  PackedTokens batch = tiny_expected(family()).batch;
  batch.keeps.assign(batch.tokens.size(), 0);
  std::fill_n(batch.keeps.begin(), batch.offsets.at(1), 1);
  Tensor gradients({decoder.trained().flat.size()}, DataType::f32);
  decoder.accumulate_gradients(batch, 1, gradients);

  PassSize keeping = size();
  keeping.low_rank = widest_low_rank(decoder.config(), options);
  keeping.reference_rows = targets_in(sequence_of(batch, 0));
  ASSERT_GT(keeping.reference_rows, 0);
  const BufferPlan planned = plan(
      [&](Arena& arena) { take_step_buffers(decoder.config(), compute(), keeping, Recompute::none, arena); });
  expect_same(decoder.buffers_taken(), planned);
  EXPECT_GE(bytes_of(planned, "reference logits"),
            logits_chunk(keeping.reference_rows) * decoder.config().vocabulary * 4);
}

TEST_P(Buffers, RecomputedLayersGiveTheSameGradientsToTheBit) {
  const Step kept = step(Recompute::none), recomputed = step(Recompute::layers);
  EXPECT_EQ(kept.loss, recomputed.loss);
  EXPECT_EQ(kept.gradients, recomputed.gradients);
  EXPECT_LT(recomputed.taken.bytes, kept.taken.bytes);
}

TEST_P(Buffers, OnlyInputsAreKeptOfRecomputedLayers) {
  const BufferPlan kept = planned(Recompute::none), recomputed = planned(Recompute::layers);
  const std::int64_t layers = tiny_decoder(family()).config().layers;
  EXPECT_EQ(bytes_of(recomputed, "inputs"), bytes_of(kept, "inputs"));
  EXPECT_EQ(bytes_of(recomputed, "gates and ups") * layers, bytes_of(kept, "gates and ups"));
}

TEST_P(Buffers, ScoringTakesWhatItsPlanSays) {
  Decoder decoder = tiny_decoder(family(), compute());
  score(decoder, tiny_expected(family()).batch);
  expect_same(decoder.buffers_taken(),
              plan([&](Arena& arena) { take_scoring_buffers(decoder.config(), compute(), size(), arena); }));
}

INSTANTIATE_TEST_SUITE_P(Families, Buffers,
                         ::testing::Combine(::testing::Values("llama", "qwen2", "qwen3"),
                                            ::testing::Values(DataType::f32, DataType::bf16)),
                         [](const auto& which) {
                           return std::get<0>(which.param) + "_" +
                                  std::string(data_type_name(std::get<1>(which.param)));
                         });

TEST(Arena, WhatIsTakenAfterGoingBackSharesMemoryAndIsCountedOnce) {
  Arena arena;
  arena.reserve(64 * 4);
  const Tensor first = arena.take("first", {16}, DataType::f32);
  const std::int64_t mark = arena.mark();
  const Tensor second = arena.take("second", {48}, DataType::bf16);
  arena.go_back(mark);
  const Tensor third = arena.take("third", {17}, DataType::f32);  // 68 bytes: two cache lines
  EXPECT_EQ(static_cast<const std::byte*>(first.raw()) + 64, second.raw());
  EXPECT_EQ(second.raw(), third.raw());
  EXPECT_EQ(arena.taken().bytes, 64 + 128);
}

TEST(Arena, TakingMoreThanReservedIsAnError) {
  Arena arena;
  arena.reserve(64);
  EXPECT_THROW(arena.take("large", {1024}, DataType::f32), Error);
}

TEST(Arena, ReservingLessKeepsTheBlock) {
  Arena arena;
  arena.reserve(1 << 20);
  const void* before = arena.take("one", {4}, DataType::f32).raw();
  arena.reserve(1 << 10);
  EXPECT_EQ(arena.take("two", {4}, DataType::f32).raw(), before);
}

}  // namespace
}  // namespace pbb

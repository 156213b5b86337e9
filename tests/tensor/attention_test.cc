#include "tensor/ops/attention.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <stdexcept>

#include "tensor/reference.h"

namespace pbb {
namespace {

using namespace reference;
using Offsets = std::vector<std::int32_t>;

struct Forward {
  Tensor out, log_sum;
};
Forward forward(const Tensor& qkv, const Offsets& offsets, const AttentionShape& shape) {
  Forward result{Tensor({qkv.rows(), shape.heads * shape.head_size}, qkv.type()),
                 Tensor({shape.heads, qkv.rows()}, DataType::f32)};
  attention_forward(qkv, offsets, shape, result.out, result.log_sum);
  return result;
}
Tensor backward(const Tensor& d_out, const Tensor& qkv, const Offsets& offsets, const AttentionShape& shape) {
  const Forward result = forward(qkv, offsets, shape);
  Tensor d_qkv = random_tensor(qkv.shape(), qkv.type(), "overwritten");
  attention_backward(d_out, qkv, result.out, result.log_sum, offsets, shape, d_qkv);
  return d_qkv;
}

const AttentionShape shapes[] = {{1, 1, 1}, {2, 1, 7}, {4, 2, 16}, {3, 3, 65}, {9, 3, 64}};

TEST(Attention, ForwardIsTheFormula) {
  for (const DataType type : {DataType::f32, DataType::bf16}) {
    for (const AttentionShape& shape : shapes) {
      const Offsets offsets{0, 1, 8, 8, 73, 203};  // one token, a few, none, about one block, several blocks
      const Tensor qkv = random_tensor({203, shape.row()}, type, "qkv", 2);
      const Forward actual = forward(qkv, offsets, shape);
      Values log_sum;
      const Values wanted = attention(values_of(qkv), offsets, shape, &log_sum);
      expect_close(values_of(actual.out), wanted, tolerance_of(type), "out");
      expect_close(values_of(actual.log_sum), log_sum, 2e-5, "log_sum");
    }
  }
}

TEST(Attention, LongSequencesAreTheFormulaToo) {
  const AttentionShape shape{1, 1, 4};
  const Tensor qkv = random_tensor({4099, shape.row()}, DataType::f32, "qkv");
  expect_close(values_of(forward(qkv, {0, 4099}, shape).out), attention(values_of(qkv), {0, 4099}, shape),
               2e-5);
}

TEST(Attention, BackwardIsTheDerivative) {
  for (const AttentionShape& shape :
       {AttentionShape{1, 1, 1}, AttentionShape{2, 1, 7}, AttentionShape{4, 2, 16}}) {
    const Offsets offsets{0, 1, 8, 17};
    const Tensor qkv = random_tensor({17, shape.row()}, DataType::f32, "qkv", 1.5);
    const Tensor d_out = random_tensor({17, shape.heads * shape.head_size}, DataType::f32, "d_out");
    const Tensor d_qkv = backward(d_out, qkv, offsets, shape);
    expect_close(
        values_of(d_qkv),
        gradient_of([&](const Values& v) { return dot(attention(v, offsets, shape), values_of(d_out)); },
                    values_of(qkv)),
        2e-5);
  }
}

// All coordinates at once would take too long here: the slope along random directions is compared.
TEST(Attention, BackwardOfLongSequencesFollowsRandomDirections) {
  const AttentionShape shape{9, 3, 64};
  const Offsets offsets{0, 130, 195};
  for (const DataType type : {DataType::f32, DataType::bf16}) {
    const Tensor qkv = random_tensor({195, shape.row()}, type, "qkv", 1.5);
    const Tensor d_out = random_tensor({195, shape.heads * shape.head_size}, type, "d_out");
    const Values d_qkv = values_of(backward(d_out, qkv, offsets, shape));
    for (const char* stream : {"direction 1", "direction 2", "direction 3"}) {
      const Values direction = values_of(random_tensor(qkv.shape(), DataType::f32, stream));
      const Values slope = gradient_of(
          [&](const Values& distance) {
            Values moved = values_of(qkv);
            for (std::size_t i = 0; i < moved.size(); ++i) moved[i] += distance[0] * direction[i];
            return dot(attention(moved, offsets, shape), values_of(d_out));
          },
          {0.0});
      const double noise = type == DataType::bf16 ? 0.3 : 2e-3;  // over 187,200 terms
      EXPECT_NEAR(dot(d_qkv, direction), slope[0], noise);
    }
  }
}

TEST(Attention, PackedSequencesEqualEachAlone) {
  const AttentionShape shape{4, 2, 16};
  const Offsets offsets{0, 5, 70, 71, 200};
  const Tensor qkv = random_tensor({200, shape.row()}, DataType::f32, "qkv");
  const Tensor d_out = random_tensor({200, 64}, DataType::f32, "d_out");
  const Forward packed = forward(qkv, offsets, shape);
  const Tensor d_packed = backward(d_out, qkv, offsets, shape);
  for (std::size_t s = 0; s + 1 < offsets.size(); ++s) {
    const Tensor alone = qkv.row_range(offsets[s], offsets[s + 1]);
    const Offsets whole{0, static_cast<std::int32_t>(alone.rows())};
    EXPECT_EQ(values_of(forward(alone, whole, shape).out),
              values_of(packed.out.row_range(offsets[s], offsets[s + 1])));
    EXPECT_EQ(values_of(backward(d_out.row_range(offsets[s], offsets[s + 1]), alone, whole, shape)),
              values_of(d_packed.row_range(offsets[s], offsets[s + 1])));
  }
}

TEST(Attention, LaterTokensDoNotMatter) {
  const AttentionShape shape{2, 1, 16};
  Tensor qkv = random_tensor({100, shape.row()}, DataType::f32, "qkv");
  const Values before = values_of(forward(qkv, {0, 100}, shape).out.row_range(0, 60));
  for (float& value : qkv.row_range(60, 100).span<float>()) value = 1e4F;
  EXPECT_EQ(values_of(forward(qkv, {0, 100}, shape).out.row_range(0, 60)), before);
}

TEST(Attention, GradientOfAnEarlyTokenLeavesLaterOnesAlone) {
  const AttentionShape shape{2, 1, 16};
  const Tensor qkv = random_tensor({100, shape.row()}, DataType::f32, "qkv");
  Tensor d_out({100, 32}, DataType::f32);
  for (float& value : d_out.row_range(0, 60).span<float>()) value = 1;
  for (const double value : values_of(backward(d_out, qkv, {0, 100}, shape).row_range(60, 100))) {
    ASSERT_EQ(value, 0);
  }
}

TEST(Attention, QueryHeadsShareKeyHeadsInConsecutiveGroups) {
  const AttentionShape shape{4, 2, 8};
  Tensor qkv({1, shape.row()}, DataType::f32);
  for (int i = 0; i < 8; ++i) {
    qkv.span<float>()[static_cast<std::size_t>((4 + 2) * 8 + i)] = 1;      // value head 0
    qkv.span<float>()[static_cast<std::size_t>((4 + 2 + 1) * 8 + i)] = 2;  // value head 1
  }
  const Values out = values_of(forward(qkv, {0, 1}, shape).out);
  for (std::size_t i = 0; i < 32; ++i) EXPECT_EQ(out[i], i < 16 ? 1 : 2);
}

TEST(Attention, LargeScoresStayFinite) {
  const AttentionShape shape{1, 1, 4};
  Tensor qkv = random_tensor({40, shape.row()}, DataType::f32, "qkv", 200);
  for (const double value : values_of(forward(qkv, {0, 40}, shape).out)) ASSERT_TRUE(std::isfinite(value));
  const Tensor d_out = random_tensor({40, 4}, DataType::f32, "d_out");
  for (const double value : values_of(backward(d_out, qkv, {0, 40}, shape)))
    ASSERT_TRUE(std::isfinite(value));
}

TEST(Attention, RefusesOffsetsThatDoNotCoverTheTokens) {
  const AttentionShape shape{1, 1, 4};
  const Tensor qkv({4, shape.row()}, DataType::f32);
  EXPECT_THROW(forward(qkv, {0, 3}, shape), std::logic_error);
  EXPECT_THROW(forward(qkv, {1, 4}, shape), std::logic_error);
  EXPECT_THROW(forward(qkv, {0, 3, 2, 4}, shape), std::logic_error);
  EXPECT_THROW(forward(qkv, {}, shape), std::logic_error);
}

TEST(Attention, NoTokensAreNoWork) {
  const AttentionShape shape{2, 1, 4};
  const Tensor qkv({0, shape.row()}, DataType::f32);
  EXPECT_TRUE(forward(qkv, {0}, shape).out.empty());
  EXPECT_TRUE(backward(Tensor({0, 8}, DataType::f32), qkv, {0, 0}, shape).empty());
}

KeyValueCache make_cache(std::int64_t slots, std::int64_t capacity, const AttentionShape& shape,
                         DataType type) {
  const std::vector<std::int64_t> extents{slots, shape.kv_heads, capacity, shape.head_size};
  // What was left in the cache by an earlier sequence must not be seen.
  return {random_tensor(extents, type, "old keys", 50), random_tensor(extents, type, "old values", 50)};
}

TEST(AttentionCached, PromptThenTokensEqualsForward) {
  for (const DataType type : {DataType::f32, DataType::bf16}) {
    for (const AttentionShape& shape : shapes) {
      const Tensor qkv = random_tensor({70, shape.row()}, type, "qkv", 2);
      const Values wanted = values_of(forward(qkv, {0, 70}, shape).out);
      KeyValueCache cache = make_cache(3, 80, shape, type);
      Tensor out({70, shape.heads * shape.head_size}, type);
      for (const auto& [begin, end] : {std::pair{0, 65}, {65, 66}, {66, 70}}) {
        Offsets positions(static_cast<std::size_t>(end - begin));
        std::iota(positions.begin(), positions.end(), begin);
        Tensor part = out.row_range(begin, end);
        attention_cached(qkv.row_range(begin, end), Offsets(positions.size(), 2), positions, shape, cache,
                         part);
      }
      expect_close(values_of(out), wanted, tolerance_of(type));
    }
  }
}

TEST(AttentionCached, SlotsAreApart) {
  const AttentionShape shape{9, 3, 64};
  const Tensor qkv = random_tensor({40, shape.row()}, DataType::f32, "qkv");
  const Values wanted = values_of(forward(qkv, {0, 17, 40}, shape).out);
  KeyValueCache cache = make_cache(2, 32, shape, DataType::f32);
  Offsets slots, positions;
  for (std::int32_t t = 0; t < 40; ++t) {
    slots.push_back(t < 17 ? 1 : 0);
    positions.push_back(t < 17 ? t : t - 17);
  }
  Tensor out({40, 9 * 64}, DataType::f32);
  attention_cached(qkv, slots, positions, shape, cache, out);
  expect_close(values_of(out), wanted, 2e-5);
}

TEST(AttentionCached, NarrowCacheIsWithinRounding) {
  const AttentionShape shape{4, 2, 16};
  const Tensor qkv = random_tensor({30, shape.row()}, DataType::f32, "qkv");
  const Values wanted = values_of(forward(qkv, {0, 30}, shape).out);
  KeyValueCache cache = make_cache(1, 30, shape, DataType::bf16);
  Offsets positions(30);
  std::iota(positions.begin(), positions.end(), 0);
  Tensor out({30, 64}, DataType::f32);
  attention_cached(qkv, Offsets(30, 0), positions, shape, cache, out);
  expect_close(values_of(out), wanted, 8e-3);
}

TEST(AttentionCached, RefusesPlacesOutsideTheCache) {
  const AttentionShape shape{1, 1, 4};
  KeyValueCache cache = make_cache(2, 8, shape, DataType::f32);
  const Tensor qkv({1, shape.row()}, DataType::f32);
  Tensor out({1, 4}, DataType::f32);
  EXPECT_THROW(attention_cached(qkv, Offsets{2}, Offsets{0}, shape, cache, out), std::logic_error);
  EXPECT_THROW(attention_cached(qkv, Offsets{0}, Offsets{8}, shape, cache, out), std::logic_error);
  EXPECT_THROW(attention_cached(qkv, Offsets{0}, Offsets{-1}, shape, cache, out), std::logic_error);
}

}  // namespace
}  // namespace pbb

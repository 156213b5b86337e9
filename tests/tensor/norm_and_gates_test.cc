// RMSNorm, SwiGLU and RoPE: the row-by-row ops.
#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "tensor/ops/rms_norm.h"
#include "tensor/ops/rope.h"
#include "tensor/ops/swiglu.h"
#include "tensor/reference.h"

namespace pbb {
namespace {

using namespace reference;

// Row counts and widths around and between the widths of vector registers.
constexpr std::int64_t row_counts[] = {1, 7, 65};
constexpr std::int64_t widths[] = {1, 7, 16, 65};

TEST(RmsNorm, ForwardIsTheFormula) {
  for (const DataType type : {DataType::f32, DataType::bf16}) {
    for (const std::int64_t rows : row_counts) {
      for (const std::int64_t width : widths) {
        const Tensor x = random_tensor({rows, width}, DataType::f32, "x", 3);
        const Tensor weight = random_tensor({width}, DataType::f32, "weight");
        Tensor y({rows, width}, type);
        Tensor inverse_rms({rows}, DataType::f32);
        rms_norm_forward(x, weight, 1e-5F, y, inverse_rms);
        expect_close(values_of(y), rms_norm(values_of(x), values_of(weight), 1e-5), tolerance_of(type));
      }
    }
  }
}

TEST(RmsNorm, BackwardIsTheDerivative) {
  for (const DataType type : {DataType::f32, DataType::bf16}) {
    for (const std::int64_t rows : {std::int64_t{1}, std::int64_t{5}}) {
      for (const std::int64_t width : widths) {
        const Tensor x = random_tensor({rows, width}, DataType::f32, "x");
        const Tensor weight = random_tensor({width}, DataType::f32, "weight");
        const Tensor dy = random_tensor({rows, width}, type, "dy");
        Tensor y({rows, width}, DataType::f32);
        Tensor inverse_rms({rows}, DataType::f32);
        rms_norm_forward(x, weight, 1e-2F, y, inverse_rms);
        Tensor dx({rows, width}, DataType::f32);
        Tensor d_weight({width}, DataType::f32);
        rms_norm_backward(dy, x, weight, inverse_rms, dx, d_weight);
        const double epsilon = static_cast<double>(1e-2F);
        expect_close(
            values_of(dx),
            gradient_of(
                [&](const Values& v) { return dot(rms_norm(v, values_of(weight), epsilon), values_of(dy)); },
                values_of(x)),
            1e-5, "dx");
        expect_close(
            values_of(d_weight),
            gradient_of(
                [&](const Values& v) { return dot(rms_norm(values_of(x), v, epsilon), values_of(dy)); },
                values_of(weight)),
            1e-5, "d_weight");
      }
    }
  }
}

TEST(RmsNorm, BackwardAddsToBothGradients) {
  const Tensor x = random_tensor({130, 20}, DataType::f32, "x");
  const Tensor weight = random_tensor({20}, DataType::f32, "weight");
  const Tensor dy = random_tensor({130, 20}, DataType::f32, "dy");
  Tensor y({130, 20}, DataType::f32);
  Tensor inverse_rms({130}, DataType::f32);
  rms_norm_forward(x, weight, 1e-5F, y, inverse_rms);
  Tensor dx({130, 20}, DataType::f32);
  Tensor d_weight({20}, DataType::f32);
  rms_norm_backward(dy, x, weight, inverse_rms, dx, d_weight);
  Values twice_dx = values_of(dx);
  Values twice_d_weight = values_of(d_weight);
  for (double& value : twice_dx) value *= 2;
  for (double& value : twice_d_weight) value *= 2;
  rms_norm_backward(dy, x, weight, inverse_rms, dx, d_weight);
  expect_close(values_of(dx), twice_dx, 1e-6);
  expect_close(values_of(d_weight), twice_d_weight, 1e-6);
}

TEST(RmsNorm, RefusesAWeightOfAnotherWidth) {
  Tensor y({2, 4}, DataType::f32);
  Tensor inverse_rms({2}, DataType::f32);
  EXPECT_THROW(
      rms_norm_forward(Tensor({2, 4}, DataType::f32), Tensor({3}, DataType::f32), 1e-5F, y, inverse_rms),
      std::logic_error);
}

TEST(Swiglu, ForwardIsTheFormula) {
  for (const DataType type : {DataType::f32, DataType::bf16}) {
    for (const std::int64_t rows : row_counts) {
      for (const std::int64_t width : widths) {
        const Tensor gate_up = random_tensor({rows, 2 * width}, type, "gate_up", 4);
        Tensor hidden({rows, width}, type);
        swiglu_forward(gate_up, hidden);
        expect_close(values_of(hidden), swiglu(values_of(gate_up), static_cast<std::size_t>(width)),
                     tolerance_of(type));
      }
    }
  }
}

TEST(Swiglu, BackwardIsTheDerivative) {
  for (const DataType type : {DataType::f32, DataType::bf16}) {
    for (const std::int64_t width : widths) {
      const Tensor gate_up = random_tensor({3, 2 * width}, type, "gate_up", 4);
      const Tensor d_hidden = random_tensor({3, width}, type, "d_hidden");
      Tensor d_gate_up({3, 2 * width}, type);
      swiglu_backward(d_hidden, gate_up, d_gate_up);
      expect_close(values_of(d_gate_up),
                   gradient_of(
                       [&](const Values& v) {
                         return dot(swiglu(v, static_cast<std::size_t>(width)), values_of(d_hidden));
                       },
                       values_of(gate_up)),
                   tolerance_of(type));
    }
  }
}

TEST(Swiglu, LargeGatesNeitherOverflowNorVanish) {
  const Tensor gate_up = tensor_of({200, -200, 90, -90, 1, 1, 1, 1}, {1, 8});
  Tensor hidden({1, 4}, DataType::f32);
  swiglu_forward(gate_up, hidden);
  expect_close(values_of(hidden), {200, 0, 90, 0}, 1e-6);
  Tensor d_gate_up({1, 8}, DataType::f32);
  swiglu_backward(tensor_of({1, 1, 1, 1}, {1, 4}), gate_up, d_gate_up);
  expect_close(values_of(d_gate_up), {1, 0, 1, 0, 200, 0, 90, 0}, 1e-6);
}

constexpr AttentionShape two_heads{2, 1, 6};

TEST(Rope, RotatesEachPairByPositionTimesFrequency) {
  const RopeTable table = make_rope_table(50, two_heads.head_size, 100);
  const std::vector<std::int32_t> positions{0, 3, 49};
  Tensor qkv = random_tensor({3, two_heads.row()}, DataType::f32, "qkv");
  const Values before = values_of(qkv);
  rope_forward(qkv, two_heads, positions, table);
  Values wanted = before;
  for (std::size_t t = 0; t < 3; ++t) {
    for (std::size_t h = 0; h < 3; ++h) {  // two of queries, one of keys; values stay
      for (std::size_t i = 0; i < 3; ++i) {
        const double angle = positions[t] * std::pow(100.0, -2.0 * static_cast<double>(i) / 6);
        const std::size_t first = t * 24 + h * 6 + i;
        wanted[first] = before[first] * std::cos(angle) - before[first + 3] * std::sin(angle);
        wanted[first + 3] = before[first + 3] * std::cos(angle) + before[first] * std::sin(angle);
      }
    }
  }
  expect_close(values_of(qkv), wanted, 1e-5);
}

TEST(Rope, BackwardUndoesForward) {
  for (const DataType type : {DataType::f32, DataType::bf16}) {
    for (const int head_size : {2, 14, 64, 130}) {
      const AttentionShape shape{3, 1, head_size};
      const RopeTable table = make_rope_table(300, head_size, 1e4F);
      std::vector<std::int32_t> positions;
      for (std::int32_t t = 0; t < 65; ++t) positions.push_back(299 - t);
      Tensor qkv = random_tensor({65, shape.row()}, type, "qkv");
      const Values before = values_of(qkv);
      rope_forward(qkv, shape, positions, table);
      rope_backward(qkv, shape, positions, table);
      expect_close(values_of(qkv), before, 2 * tolerance_of(type));
    }
  }
}

TEST(Rope, RefusesAPositionBeyondTheTable) {
  const RopeTable table = make_rope_table(4, two_heads.head_size, 100);
  Tensor qkv({1, two_heads.row()}, DataType::f32);
  EXPECT_THROW(rope_forward(qkv, two_heads, std::vector<std::int32_t>{4}, table), std::logic_error);
  EXPECT_THROW(rope_forward(qkv, two_heads, std::vector<std::int32_t>{-1}, table), std::logic_error);
}

}  // namespace
}  // namespace pbb

#include "tensor/tensor.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "tensor/bfloat16.h"
#include "tensor/reference.h"

namespace pbb {
namespace {

TEST(Tensor, IsZeroAtFirstAndAligned) {
  const Tensor tensor({3, 7}, DataType::f32);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(tensor.raw()) % 64, 0U);
  for (const float value : tensor.span<float>()) EXPECT_EQ(value, 0.0F);
}

TEST(Tensor, ViewsShareElements) {
  Tensor tensor({4, 3}, DataType::f32);
  tensor.row_range(1, 3).reshaped({6}).slice(2, {2}).span<float>()[1] = 5;
  EXPECT_EQ(tensor.span<float>()[3 + 3], 5.0F);
}

TEST(Tensor, ViewOutlivesTheTensorItCameFrom) {
  Tensor view;
  {
    Tensor tensor({2, 2}, DataType::i32);
    tensor.span<std::int32_t>()[3] = 9;
    view = tensor.row_range(1, 2);
  }
  EXPECT_EQ(view.span<std::int32_t>()[1], 9);
}

TEST(Tensor, KnowsItsExtents) {
  const Tensor tensor({2, 3, 5}, DataType::bf16);
  EXPECT_EQ(tensor.rows(), 2);
  EXPECT_EQ(tensor.columns(), 15);
  EXPECT_EQ(tensor.size(), 30);
  EXPECT_EQ(tensor.bytes(), 60U);
  EXPECT_TRUE(Tensor().empty());
  EXPECT_TRUE(Tensor({0, 4}, DataType::f32).empty());
}

TEST(Tensor, RefusesWhatDoesNotFit) {
  Tensor tensor({4, 3}, DataType::f32);
  EXPECT_THROW(tensor.row_range(3, 5), std::logic_error);
  EXPECT_THROW(tensor.row_range(-1, 2), std::logic_error);
  EXPECT_THROW(tensor.row_range(3, 2), std::logic_error);
  EXPECT_THROW(tensor.reshaped({5}), std::logic_error);
  EXPECT_THROW(tensor.slice(8, {5}), std::logic_error);
  EXPECT_THROW(tensor.span<BFloat16>(), std::logic_error);
  EXPECT_THROW(Tensor({-1, 2}, DataType::f32), std::logic_error);
  EXPECT_THROW(Tensor({std::numeric_limits<std::int64_t>::max(), 2}, DataType::f32), std::logic_error);
}

BFloat16 narrowed(float value) {
  Tensor from({1}, DataType::f32);
  from.span<float>()[0] = value;
  Tensor to({1}, DataType::bf16);
  convert(from, to);
  return to.span<BFloat16>()[0];
}

TEST(Convert, RoundsToNearestAndTiesToEven) {
  EXPECT_EQ(narrowed(1.0F).bits, 0x3F80);
  EXPECT_EQ(narrowed(std::bit_cast<float>(0x3F808000U)).bits, 0x3F80);  // a tie: down to even
  EXPECT_EQ(narrowed(std::bit_cast<float>(0x3F818000U)).bits, 0x3F82);  // a tie: up to even
  EXPECT_EQ(narrowed(std::bit_cast<float>(0x3F808001U)).bits, 0x3F81);
  EXPECT_EQ(narrowed(std::bit_cast<float>(0x3F807FFFU)).bits, 0x3F80);
  EXPECT_EQ(narrowed(std::numeric_limits<float>::max()).bits, 0x7F80);  // rounds to infinity
  EXPECT_EQ(narrowed(-std::numeric_limits<float>::infinity()).bits, 0xFF80);
}

TEST(Convert, NotANumberStaysNotANumber) {
  for (const std::uint32_t bits : {0x7F800001U, 0x7FFFFFFFU, 0xFFFFFFFFU, 0x7FC00000U}) {
    EXPECT_TRUE(std::isnan(to_float(narrowed(std::bit_cast<float>(bits))))) << bits;
  }
}

TEST(Convert, EveryLengthRoundsEveryElementAlike) {
  for (const std::int64_t count : {1, 7, 15, 16, 17, 65, 40'000}) {
    const Tensor from = reference::random_tensor({count}, DataType::f32, "convert");
    Tensor narrow({count}, DataType::bf16);
    Tensor wide({count}, DataType::f32);
    convert(from, narrow);
    convert(narrow, wide);
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      ASSERT_EQ(narrow.span<BFloat16>()[i].bits, to_bfloat16(from.span<float>()[i]).bits);
      ASSERT_EQ(wide.span<float>()[i], to_float(narrow.span<BFloat16>()[i]));
    }
  }
}

}  // namespace
}  // namespace pbb

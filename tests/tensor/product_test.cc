// Matrix products of our own, on every instruction set that this processor has.
#include "tensor/ops/product_cpu.h"

#include <gtest/gtest.h>
#include <omp.h>

#include <hwy/targets.h>

#include <cstring>
#include <string>
#include <utility>

#include "tensor/reference.h"

namespace pbb {
namespace {

using namespace reference;
using cpu::as_it_lies;
using cpu::matrix_product;

struct Sizes {
  std::int64_t rows, columns, depth;
};
// Whole tiles and cut ones, few rows and many, sums in one part and in several.
constexpr Sizes all_sizes[] = {{1, 1, 1},    {1, 64, 96},    {1, 50, 7},    {3, 17, 130},
                               {8, 48, 16},  {9, 49, 5},     {20, 100, 33}, {70, 96, 40},
                               {2, 5, 2050}, {11, 60, 2049}, {2100, 7, 3}};

class MatrixProduct : public ::testing::TestWithParam<std::int64_t> {
 protected:
  void SetUp() override { hwy::SetSupportedTargetsForTest(GetParam()); }
  void TearDown() override { hwy::SetSupportedTargetsForTest(0); }
};

// values (rows, columns) with the two axes exchanged.
Values turned(const Values& values, std::int64_t rows, std::int64_t columns) {
  const auto m = static_cast<std::size_t>(rows);
  const auto n = static_cast<std::size_t>(columns);
  Values result(values.size());
  for (std::size_t i = 0; i < m; ++i) {
    for (std::size_t j = 0; j < n; ++j) result[j * m + i] = values[i * n + j];
  }
  return result;
}

Values wanted_product(const Tensor& left, const Tensor& right_turned, const Sizes& sizes) {
  return product_transposed(values_of(left), values_of(right_turned), static_cast<std::size_t>(sizes.rows),
                            static_cast<std::size_t>(sizes.columns), static_cast<std::size_t>(sizes.depth));
}

TEST_P(MatrixProduct, IsTheProductHoweverOperandsLie) {
  for (const Sizes& sizes : all_sizes) {
    for (const DataType type : {DataType::f32, DataType::bf16}) {
      const Tensor left = random_tensor({sizes.rows, sizes.depth}, type, "left");
      const Tensor right_turned = random_tensor({sizes.columns, sizes.depth}, type, "right");
      const Tensor left_turned =
          tensor_of(turned(values_of(left), sizes.rows, sizes.depth), {sizes.depth, sizes.rows}, type);
      const Tensor right = tensor_of(turned(values_of(right_turned), sizes.columns, sizes.depth),
                                     {sizes.depth, sizes.columns}, type);
      const Values wanted = wanted_product(left, right_turned, sizes);
      for (const cpu::MatrixView& a : {as_it_lies(left), as_it_lies(left_turned).transposed()}) {
        for (const cpu::MatrixView& b : {as_it_lies(right), as_it_lies(right_turned).transposed()}) {
          Tensor result({sizes.rows, sizes.columns}, DataType::f32);
          matrix_product(a, b, result, false);
          expect_close(values_of(result), wanted, 2e-5);
        }
      }
    }
  }
}

TEST_P(MatrixProduct, AddsToWhatIsThere) {
  for (const Sizes& sizes : all_sizes) {
    for (const DataType type : {DataType::f32, DataType::bf16}) {
      const Tensor left = random_tensor({sizes.rows, sizes.depth}, DataType::f32, "left");
      const Tensor right = random_tensor({sizes.columns, sizes.depth}, DataType::f32, "right");
      Tensor result = random_tensor({sizes.rows, sizes.columns}, type, "before");
      Values wanted = wanted_product(left, right, sizes);
      for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i] += values_of(result)[i];
      matrix_product(as_it_lies(left), as_it_lies(right).transposed(), result, true);
      expect_close(values_of(result), wanted, tolerance_of(type));
    }
  }
}

TEST_P(MatrixProduct, RoundsElementsToHalfWhereAsked) {
  const Tensor left = random_tensor({5, 40}, DataType::f32, "left");
  const Tensor right = random_tensor({70, 40}, DataType::f32, "right");
  const Tensor rounded = tensor_of(values_of(right), right.shape(), DataType::bf16);
  for (const std::int64_t rows : {1, 5}) {
    Tensor result({rows, 70}, DataType::f32), wanted({rows, 70}, DataType::f32);
    cpu::MatrixView view = as_it_lies(right).transposed();
    view.rounds = true;
    matrix_product(as_it_lies(left.row_range(0, rows)), view, result, false);
    matrix_product(as_it_lies(left.row_range(0, rows)), as_it_lies(rounded).transposed(), wanted, false);
    EXPECT_EQ(values_of(result), values_of(wanted));
  }
}

TEST_P(MatrixProduct, IsTheSameToTheBitWithAPackedRightOperand) {
  for (const Sizes& sizes : all_sizes) {
    const Tensor left = random_tensor({sizes.rows, sizes.depth}, DataType::f32, "left");
    const Tensor right_turned = random_tensor({sizes.columns, sizes.depth}, DataType::f32, "right");
    const cpu::PackedRight packed(as_it_lies(right_turned).transposed());
    for (const DataType type : {DataType::f32, DataType::bf16}) {
      Tensor result({sizes.rows, sizes.columns}, type), wanted({sizes.rows, sizes.columns}, type);
      matrix_product(as_it_lies(left), packed, result);
      matrix_product(as_it_lies(left), as_it_lies(right_turned).transposed(), wanted, false);
      EXPECT_EQ(values_of(result), values_of(wanted));
    }
  }
}

// A sampled token must not depend on what else is in the batch, nor on the machine's number of cores.
TEST_P(MatrixProduct, RowsDependNeitherOnTheirCompanyNorOnThreads) {
  const int threads = omp_get_max_threads();
  for (const auto& [columns, depth] : {std::pair{100, 36}, {61, 2050}, {576, 64}}) {
    const Tensor left = random_tensor({100, depth}, DataType::f32, "left");
    const Tensor right = random_tensor({columns, depth}, DataType::f32, "right");
    Tensor all({100, columns}, DataType::f32);
    matrix_product(as_it_lies(left), as_it_lies(right).transposed(), all, false);
    for (const std::int64_t rows : {1, 2, 3, 4, 7, 8, 9, 16, 31, 64, 99}) {
      omp_set_num_threads(1 + static_cast<int>(rows % 5));
      Tensor some({rows, columns}, DataType::f32);
      matrix_product(as_it_lies(left.row_range(100 - rows, 100)), as_it_lies(right).transposed(), some,
                     false);
      EXPECT_EQ(std::memcmp(some.raw(), all.row_range(100 - rows, 100).raw(), some.bytes()), 0)
          << rows << " rows, " << columns << " columns, " << depth << " steps";
    }
    omp_set_num_threads(threads);
  }
}

INSTANTIATE_TEST_SUITE_P(All, MatrixProduct, ::testing::ValuesIn(hwy::SupportedAndGeneratedTargets()),
                         [](const auto& test) { return std::string(hwy::TargetName(test.param)); });

}  // namespace
}  // namespace pbb

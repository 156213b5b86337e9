// Matrix products of our own, on every instruction set that this processor has.
#include "tensor/ops/product_cpu.h"

#include <gtest/gtest.h>
#include <omp.h>

#include <hwy/targets.h>

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "tensor/reference.h"

namespace pbb {
namespace {

using namespace reference;
using cpu::as_it_lies;
using cpu::bf16_product;
using cpu::float_product;

struct Sizes {
  std::int64_t rows, columns, depth;
};
// Whole tiles and cut ones, few rows and many, sums in one part and in several.
constexpr Sizes all_sizes[] = {{1, 1, 1},    {1, 64, 96},   {1, 50, 7},    {3, 17, 130}, {8, 48, 16},
                               {9, 49, 5},   {20, 100, 33}, {70, 96, 40},  {2, 5, 2050}, {11, 60, 2049},
                               {2100, 7, 3}, {70, 100, 96}, {300, 7, 2049}};

// values (rows, columns) with the two axes exchanged.
Values transposed(const Values& values, std::int64_t rows, std::int64_t columns) {
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

// The operands of one product, each lying both ways.
struct Operands {
  Operands(const Sizes& sizes, DataType left_type, DataType right_type)
      : left(random_tensor({sizes.rows, sizes.depth}, left_type, "left")),
        left_turned(tensor_of(transposed(values_of(left), sizes.rows, sizes.depth), {sizes.depth, sizes.rows},
                              left_type)),
        right_turned(random_tensor({sizes.columns, sizes.depth}, right_type, "right")),
        right(tensor_of(transposed(values_of(right_turned), sizes.columns, sizes.depth),
                        {sizes.depth, sizes.columns}, right_type)) {}
  std::vector<cpu::MatrixView> lefts() const {
    return {as_it_lies(left), as_it_lies(left_turned).transposed()};
  }
  std::vector<cpu::MatrixView> rights() const {
    return {as_it_lies(right), as_it_lies(right_turned).transposed()};
  }
  Tensor left, left_turned, right_turned, right;
};

std::string case_name(const Sizes& sizes) {
  return std::to_string(sizes.rows) + " rows, " + std::to_string(sizes.columns) + " columns, " +
         std::to_string(sizes.depth) + " steps";
}

// Runs on each instruction set of the vector kernels.
class FloatProduct : public ::testing::TestWithParam<std::int64_t> {
 protected:
  void SetUp() override { hwy::SetSupportedTargetsForTest(GetParam()); }
  void TearDown() override { hwy::SetSupportedTargetsForTest(0); }
};

TEST_P(FloatProduct, IsTheProductHoweverOperandsLie) {
  for (const Sizes& sizes : all_sizes) {
    const Operands operands(sizes, DataType::f32, DataType::f32);
    const Values wanted = wanted_product(operands.left, operands.right_turned, sizes);
    for (const cpu::MatrixView& left : operands.lefts()) {
      for (const cpu::MatrixView& right : operands.rights()) {
        Tensor result({sizes.rows, sizes.columns}, DataType::f32);
        float_product(left, right, result, false);
        expect_close(values_of(result), wanted, 2e-5);
      }
    }
  }
}

TEST_P(FloatProduct, AddsToWhatIsThere) {
  for (const Sizes& sizes : all_sizes) {
    const Operands operands(sizes, DataType::f32, DataType::f32);
    Tensor result = random_tensor({sizes.rows, sizes.columns}, DataType::f32, "before");
    Values wanted = wanted_product(operands.left, operands.right_turned, sizes);
    const Values before = values_of(result);
    for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i] += before[i];
    float_product(as_it_lies(operands.left), as_it_lies(operands.right_turned).transposed(), result, true);
    expect_close(values_of(result), wanted, 2e-5);
  }
}

TEST_P(FloatProduct, IsTheSameToTheBitWithAPackedRightOperand) {
  for (const Sizes& sizes : all_sizes) {
    const Operands operands(sizes, DataType::f32, DataType::f32);
    for (const cpu::MatrixView& right : operands.rights()) {
      const cpu::PackedRight packed(right, DataType::f32);
      Tensor result({sizes.rows, sizes.columns}, DataType::f32), wanted(result.shape(), DataType::f32);
      float_product(as_it_lies(operands.left), packed, result);
      float_product(as_it_lies(operands.left), right, wanted, false);
      EXPECT_EQ(values_of(result), values_of(wanted)) << case_name(sizes);
    }
  }
}

// A sampled token must not depend on what else is in the batch, nor on the machine's number of cores.
template <typename Multiply>
void expect_rows_alone(DataType type, const Multiply& multiply) {
  const int threads = omp_get_max_threads();
  for (const auto& [columns, depth] : {std::pair{100, 36}, {61, 2050}, {576, 64}}) {
    const Operands operands({100, columns, depth}, type, type);
    const cpu::MatrixView right = as_it_lies(operands.right_turned).transposed();
    Tensor all({100, columns}, DataType::f32);
    multiply(as_it_lies(operands.left), right, all);
    for (const std::int64_t rows : {1, 2, 3, 4, 7, 8, 9, 13, 16, 31, 64, 99}) {
      omp_set_num_threads(1 + static_cast<int>(rows % 5));
      Tensor some({rows, columns}, DataType::f32);
      multiply(as_it_lies(operands.left.row_range(100 - rows, 100)), right, some);
      EXPECT_EQ(std::memcmp(some.raw(), all.row_range(100 - rows, 100).raw(), some.bytes()), 0)
          << case_name({rows, columns, depth});
    }
    omp_set_num_threads(threads);
  }
}

TEST_P(FloatProduct, RowsDependNeitherOnTheirCompanyNorOnThreads) {
  expect_rows_alone(DataType::f32, [](const auto& left, const auto& right, Tensor& result) {
    float_product(left, right, result, false);
  });
}

// A narrow result is computed by narrower tiles: with the same sums.
TEST_P(FloatProduct, ColumnsDoNotDependOnTheirCompany) {
  for (const Sizes& sizes : {Sizes{20, 100, 33}, Sizes{70, 48, 2050}}) {
    const Operands operands(sizes, DataType::f32, DataType::f32);
    Tensor whole({sizes.rows, sizes.columns}, DataType::f32);
    float_product(as_it_lies(operands.left), as_it_lies(operands.right), whole, false);
    const auto all = whole.span<float>();
    for (const std::int64_t columns : {1, 7, 8, 16, 17, 31, 32, 33}) {
      cpu::MatrixView narrow = as_it_lies(operands.right);
      narrow.columns = columns;
      Tensor part({sizes.rows, columns}, DataType::f32);
      float_product(as_it_lies(operands.left), narrow, part, false);
      const auto found = part.span<float>();
      for (std::int64_t row = 0; row < sizes.rows; ++row) {
        for (std::int64_t c = 0; c < columns; ++c) {
          ASSERT_EQ(found[static_cast<std::size_t>(row * columns + c)],
                    all[static_cast<std::size_t>(row * sizes.columns + c)])
              << row << ' ' << c << " of " << columns;
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, FloatProduct, ::testing::ValuesIn(hwy::SupportedAndGeneratedTargets()),
                         [](const auto& test) { return std::string(hwy::TargetName(test.param)); });

// Runs with the portable tiles on each instruction set, and with the tiles of each that this processor has
// for bf16.
struct HalfCase {
  std::string name;
  std::int64_t target;  // 0: the fastest
  const cpu::Bf16Tiles* tiles;
};

std::vector<HalfCase> half_cases() {
  std::vector<HalfCase> cases;
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    cases.push_back({hwy::TargetName(target), target, &cpu::portable_bf16_tiles});
  }
  if (const auto* tiles = cpu::avx512_bf16_tiles()) cases.push_back({"AVX512_BF16", 0, tiles});
  if (const auto* tiles = cpu::amx_bf16_tiles()) cases.push_back({"AMX_BF16", 0, tiles});
  return cases;
}

class HalfProduct : public ::testing::TestWithParam<HalfCase> {
 protected:
  void SetUp() override { hwy::SetSupportedTargetsForTest(GetParam().target); }
  void TearDown() override { hwy::SetSupportedTargetsForTest(0); }
  const cpu::Bf16Tiles& tiles() const { return *GetParam().tiles; }
};

TEST_P(HalfProduct, IsTheProductOfRoundedOperandsHoweverTheyLie) {
  for (const Sizes& sizes : all_sizes) {
    for (const DataType right_type : {DataType::bf16, DataType::f32}) {
      const Operands operands(sizes, DataType::bf16, right_type);
      const Tensor rounded =
          tensor_of(values_of(operands.right_turned), operands.right_turned.shape(), DataType::bf16);
      const Values wanted = wanted_product(operands.left, rounded, sizes);
      for (const cpu::MatrixView& left : operands.lefts()) {
        for (const cpu::MatrixView& right : operands.rights()) {
          Tensor result({sizes.rows, sizes.columns}, DataType::f32);
          bf16_product(left, right, result, false, tiles());
          expect_close(values_of(result), wanted, 2e-5);
          const Values before = values_of(result);
          bf16_product(left, cpu::PackedRight(right, DataType::bf16), result, false, tiles());
          EXPECT_EQ(values_of(result), before) << "packed, " << case_name(sizes);
        }
      }
    }
  }
}

TEST_P(HalfProduct, AddsToWhatIsThereAndRoundsOnce) {
  for (const Sizes& sizes : all_sizes) {
    const Operands operands(sizes, DataType::bf16, DataType::bf16);
    const cpu::MatrixView left = as_it_lies(operands.left), right = as_it_lies(operands.right);
    const std::vector<std::int64_t> shape{sizes.rows, sizes.columns};
    const Values before = values_of(random_tensor(shape, DataType::bf16, "before"));
    Tensor wide = tensor_of(before, shape, DataType::f32);
    bf16_product(left, right, wide, true, tiles());
    Values wanted = wanted_product(operands.left, operands.right_turned, sizes);
    for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i] += before[i];
    expect_close(values_of(wide), wanted, 2e-5);
    for (const bool accumulate : {false, true}) {
      Tensor narrow = tensor_of(before, shape, DataType::bf16);
      bf16_product(left, right, narrow, accumulate, tiles());
      bf16_product(left, right, wide, false, tiles());
      Values sums = values_of(wide);
      if (accumulate) {
        for (std::size_t i = 0; i < sums.size(); ++i) {
          sums[i] = static_cast<float>(sums[i]) + static_cast<float>(before[i]);
        }
      }
      EXPECT_EQ(values_of(narrow), values_of(tensor_of(sums, shape, DataType::bf16))) << case_name(sizes);
    }
  }
}

TEST_P(HalfProduct, RowsDependNeitherOnTheirCompanyNorOnThreads) {
  expect_rows_alone(DataType::bf16, [&](const auto& left, const auto& right, Tensor& result) {
    bf16_product(left, right, result, false, tiles());
  });
}

INSTANTIATE_TEST_SUITE_P(All, HalfProduct, ::testing::ValuesIn(half_cases()),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace pbb

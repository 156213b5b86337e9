#include "tensor/ops/linear.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <tuple>

#include "tensor/reference.h"

namespace pbb {
namespace {

using namespace reference;

// Rows, out, in, compute type.
using Case = std::tuple<std::int64_t, std::int64_t, std::int64_t, DataType>;

class Linear : public ::testing::TestWithParam<Case> {
 protected:
  std::int64_t rows_ = std::get<0>(GetParam());
  std::int64_t out_ = std::get<1>(GetParam());
  std::int64_t in_ = std::get<2>(GetParam());
  DataType type_ = std::get<3>(GetParam());
  Tensor master_ = random_tensor({out_, in_}, DataType::f32, "weight");
  Tensor x_ = random_tensor({rows_, in_}, type_, "x");
  Tensor dy_ = random_tensor({rows_, out_}, type_, "dy");
  LinearWeight weight_{master_, type_, true};

  // What the product sees: the master weights in the compute type.
  Values weights() const { return values_of(tensor_of(values_of(master_), master_.shape(), type_)); }
  static Values transposed(const Values& values, std::int64_t rows) {
    const auto m = static_cast<std::size_t>(rows);
    const std::size_t n = values.size() / m;
    Values result(values.size());
    for (std::size_t i = 0; i < m; ++i) {
      for (std::size_t j = 0; j < n; ++j) result[j * m + i] = values[i * n + j];
    }
    return result;
  }
  static Values product(const Values& left, const Values& right, std::int64_t m, std::int64_t n,
                        std::int64_t k) {
    return product_transposed(left, right, static_cast<std::size_t>(m), static_cast<std::size_t>(n),
                              static_cast<std::size_t>(k));
  }
  Values wanted_y() const { return product(values_of(x_), weights(), rows_, out_, in_); }
  Values wanted_dx() const { return product(values_of(dy_), transposed(weights(), out_), rows_, in_, out_); }
  Values wanted_dw() const {
    return product(transposed(values_of(dy_), rows_), transposed(values_of(x_), rows_), out_, in_, rows_);
  }
};

TEST_P(Linear, ForwardIsTheProduct) {
  Tensor y({rows_, out_}, type_);
  linear_forward(x_, weight_, y);
  expect_close(values_of(y), wanted_y(), tolerance_of(type_));
}

TEST_P(Linear, ForwardCanKeepF32Results) {
  Tensor y({rows_, out_}, DataType::f32);
  linear_forward(x_, weight_, y);
  expect_close(values_of(y), wanted_y(), tolerance_of(DataType::f32));
}

TEST_P(Linear, BackwardInputOverwritesOrAdds) {
  for (const DataType result : {type_, DataType::f32}) {
    Tensor dx = random_tensor({rows_, in_}, result, "before");
    linear_backward_input(dy_, weight_, dx);
    expect_close(values_of(dx), wanted_dx(), tolerance_of(result));
    const Values once = values_of(dx);
    linear_backward_input(dy_, weight_, dx, true);
    Values twice = once;
    for (double& value : twice) value *= 2;
    expect_close(values_of(dx), twice, tolerance_of(result));
  }
}

TEST_P(Linear, BackwardWeightAddsOrOverwrites) {
  Tensor d_weight = random_tensor({out_, in_}, DataType::f32, "before");
  Values wanted = values_of(d_weight);
  const Values added = wanted_dw();
  for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i] += added[i];
  linear_backward_weight(dy_, x_, d_weight);
  expect_close(values_of(d_weight), wanted, tolerance_of(DataType::f32));
  linear_backward_weight(dy_, x_, d_weight, false);
  expect_close(values_of(d_weight), added, tolerance_of(DataType::f32));
}

TEST_P(Linear, RefreshFollowsTheMasterWeights) {
  weight_.pack();
  for (float& value : master_.span<float>()) value *= -2;
  weight_.refresh();
  Tensor y({rows_, out_}, type_);
  Tensor dx({rows_, in_}, type_);
  linear_forward(x_, weight_, y);
  linear_backward_input(dy_, weight_, dx);
  expect_close(values_of(y), wanted_y(), tolerance_of(type_));
  weight_.pack();
  Tensor packed({rows_, out_}, type_);
  linear_forward(x_, weight_, packed);
  EXPECT_EQ(values_of(packed), values_of(y));
  expect_close(values_of(dx), wanted_dx(), tolerance_of(type_));
}

INSTANTIATE_TEST_SUITE_P(Shapes, Linear,
                         ::testing::Values(Case{1, 1, 1, DataType::f32}, Case{1, 65, 33, DataType::f32},
                                           Case{3, 7, 130, DataType::f32}, Case{8, 100, 64, DataType::f32},
                                           Case{9, 64, 576, DataType::f32}, Case{70, 96, 40, DataType::f32},
                                           Case{1, 1, 1, DataType::bf16}, Case{1, 64, 96, DataType::bf16},
                                           Case{5, 7, 65, DataType::bf16}, Case{70, 96, 40, DataType::bf16}));

TEST(LinearWeight, OneWeightServesManyRowCounts) {
  for (const DataType type : {DataType::f32, DataType::bf16}) {
    const Tensor master = random_tensor({24, 40}, DataType::f32, "weight");
    const LinearWeight weight(master, type, false);
    const Tensor x = random_tensor({100, 40}, type, "x");
    Tensor all({100, 24}, DataType::f32);
    linear_forward(x, weight, all);
    for (std::int64_t rows = 1; rows <= 100; ++rows) {
      Tensor some({rows, 24}, DataType::f32);
      linear_forward(x.row_range(0, rows), weight, some);
      expect_close(values_of(some), values_of(all.row_range(0, rows)), 2e-5);
    }
  }
}

TEST(LinearWeight, NoRowsAreNoWork) {
  const LinearWeight weight(Tensor({4, 3}, DataType::f32), DataType::f32, true);
  Tensor y({0, 4}, DataType::f32);
  linear_forward(Tensor({0, 3}, DataType::f32), weight, y);
  EXPECT_TRUE(y.empty());
  Tensor d_weight = random_tensor({4, 3}, DataType::f32, "before");
  const Values before = values_of(d_weight);
  linear_backward_weight(Tensor({0, 4}, DataType::f32), Tensor({0, 3}, DataType::f32), d_weight);
  EXPECT_EQ(values_of(d_weight), before);
  linear_backward_weight(Tensor({0, 4}, DataType::f32), Tensor({0, 3}, DataType::f32), d_weight, false);
  EXPECT_EQ(values_of(d_weight), Values(12, 0.0));
}

TEST(LinearWeight, RefusesWrongShapesAndNamesThem) {
  const LinearWeight weight(Tensor({4, 3}, DataType::f32), DataType::f32, true);
  Tensor y({2, 5}, DataType::f32);
  try {
    linear_forward(Tensor({2, 3}, DataType::f32), weight, y);
    FAIL() << "no exception";
  } catch (const std::logic_error& error) {
    EXPECT_STREQ(error.what(),
                 "linear_forward: needs x (T, in), weight (out, in), y (T, out); got f32 (2, 3), f32 (4, 3), "
                 "f32 (2, 5)");
  }
}

TEST(LinearWeight, FrozenWeightHasNoBackward) {
  for (const DataType type : {DataType::f32, DataType::bf16}) {
    const LinearWeight weight(Tensor({4, 3}, DataType::f32), type, false);
    Tensor dx({2, 3}, type);
    EXPECT_THROW(linear_backward_input(Tensor({2, 4}, type), weight, dx), std::logic_error);
  }
}

TEST(Bias, IsAddedToEveryRowAndGathersColumnSums) {
  for (const DataType type : {DataType::f32, DataType::bf16}) {
    const Tensor bias = random_tensor({65}, DataType::f32, "bias");
    Tensor y = random_tensor({7, 65}, type, "y");
    Values wanted = values_of(y);
    for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i] += values_of(bias)[i % 65];
    Values sums = values_of(bias);
    for (std::size_t i = 0; i < wanted.size(); ++i) sums[i % 65] += values_of(y)[i];
    Tensor d_bias = tensor_of(values_of(bias), {65});
    bias_backward(y, d_bias);
    expect_close(values_of(d_bias), sums, 2e-5);
    bias_forward(bias, y);
    expect_close(values_of(y), wanted, tolerance_of(type));
  }
}

}  // namespace
}  // namespace pbb

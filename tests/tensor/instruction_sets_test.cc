// The vector kernels exist once for each instruction set; here each one that this processor has is made to
// run.
#include <gtest/gtest.h>

#include <hwy/targets.h>

#include <cmath>
#include <limits>

#include "tensor/ops/adamw.h"
#include "tensor/ops/attention.h"
#include "tensor/ops/cross_entropy.h"
#include "tensor/ops/rms_norm.h"
#include "tensor/ops/swiglu.h"
#include "tensor/reference.h"

namespace pbb {
namespace {

using namespace reference;

class InstructionSet : public ::testing::TestWithParam<std::int64_t> {
 protected:
  void SetUp() override { hwy::SetSupportedTargetsForTest(GetParam()); }
  void TearDown() override { hwy::SetSupportedTargetsForTest(0); }
};

TEST_P(InstructionSet, ConversionIsExact) {
  const Tensor values = random_tensor({1037}, DataType::bf16, "values");
  Tensor wide({1037}, DataType::f32);
  Tensor narrow({1037}, DataType::bf16);
  convert(values, wide);
  convert(wide, narrow);
  EXPECT_EQ(values_of(wide), values_of(values));
  EXPECT_EQ(values_of(narrow), values_of(values));
}

TEST_P(InstructionSet, AttentionIsTheFormula) {
  for (const AttentionShape& shape : {AttentionShape{9, 3, 64}, AttentionShape{2, 1, 5}}) {
    const std::vector<std::int32_t> offsets{0, 30, 130};
    const Tensor qkv = random_tensor({130, shape.row()}, DataType::f32, "qkv");
    const Tensor d_out = random_tensor({130, shape.heads * shape.head_size}, DataType::f32, "d_out");
    Tensor out(d_out.shape(), DataType::f32);
    Tensor log_sum({shape.heads, 130}, DataType::f32);
    Tensor d_qkv(qkv.shape(), DataType::f32);
    attention_forward(qkv, offsets, shape, out, log_sum);
    attention_backward(d_out, qkv, out, log_sum, offsets, shape, d_qkv);
    expect_close(values_of(out), attention(values_of(qkv), offsets, shape), 2e-5);
    const Values direction = values_of(random_tensor(qkv.shape(), DataType::f32, "direction"));
    const auto moved_loss = [&](const Values& distance) {
      Values moved = values_of(qkv);
      for (std::size_t i = 0; i < moved.size(); ++i) moved[i] += distance[0] * direction[i];
      return dot(attention(moved, offsets, shape), values_of(d_out));
    };
    EXPECT_NEAR(dot(values_of(d_qkv), direction), gradient_of(moved_loss, {0.0})[0], 1e-3);
  }
}

TEST_P(InstructionSet, NormAndGateAreTheFormulas) {
  const Tensor x = random_tensor({3, 74}, DataType::f32, "x");
  const Tensor weight = random_tensor({74}, DataType::f32, "weight");
  Tensor y(x.shape(), DataType::f32);
  Tensor inverse_rms({3}, DataType::f32);
  rms_norm_forward(x, weight, 1e-5F, y, inverse_rms);
  expect_close(values_of(y), rms_norm(values_of(x), values_of(weight), 1e-5), 1e-5);
  Tensor hidden({3, 37}, DataType::f32);
  swiglu_forward(x, hidden);
  expect_close(values_of(hidden), swiglu(values_of(x), 37), 1e-5);
}

TEST_P(InstructionSet, LossAndProductOfFewRowsAreTheFormulas) {
  const Tensor x = random_tensor({5, 43}, DataType::f32, "x");
  const Tensor head = random_tensor({101, 43}, DataType::f32, "head");
  const std::vector<std::int32_t> targets{0, 100, 50, 7, 99};
  std::vector<float> actual(5);
  Tensor buffer({5, 101}, DataType::f32);
  projected_log_probabilities(x, LinearWeight(head, DataType::f32, false), targets, actual, buffer);
  const Values logits = product_transposed(values_of(x), values_of(head), 5, 101, 43);
  expect_close({actual.begin(), actual.end()}, log_probabilities(logits, targets), 1e-5);
}

TEST_P(InstructionSet, OptimiserSumsAndStepsAlike) {
  std::vector<float> weights(100, 1.0F), first(100), second(100);
  const std::vector<float> gradients(100, 0.5F);
  AdamWOptions options;
  options.learning_rate = 0.25F;
  adamw_step(weights, gradients, first, second, options, 1);
  for (const float weight : weights) ASSERT_NEAR(weight, 0.75, 1e-6);  // the first step is the learning rate
  EXPECT_DOUBLE_EQ(global_norm(gradients), 5);
}

TEST_P(InstructionSet, SummaryOfLogitsNamesTheFirstOfTheLargest) {
  for (const std::int64_t width : {1, 7, 16, 50}) {
    Tensor logits = random_tensor({3, width}, DataType::f32, "logits");
    const auto row = [&](std::int64_t r) { return logits.row_range(r, r + 1); };
    row(1).span<float>().back() = 2;
    row(2).span<float>()[static_cast<std::size_t>(width) / 2] = 2;
    row(2).span<float>().back() = 2;
    std::vector<LogitsSummary> summaries(3);
    summarize_logits(logits, summaries);
    EXPECT_EQ(summaries[1].largest, width - 1);
    EXPECT_EQ(summaries[2].largest, width / 2);
    for (std::int64_t r = 0; r < 3; ++r) {
      const Values values = values_of(row(r));
      const LogitsSummary& summary = summaries[static_cast<std::size_t>(r)];
      double sum = 0;
      for (const double value : values) {
        sum += std::exp(value - values[static_cast<std::size_t>(summary.largest)]);
        EXPECT_LE(value, values[static_cast<std::size_t>(summary.largest)]);
      }
      EXPECT_NEAR(summary.sum, sum, 1e-5 * sum);
    }
    logits.span<float>()[0] = std::numeric_limits<float>::quiet_NaN();
    summarize_logits(logits, summaries);
    EXPECT_FALSE(std::isfinite(summaries[0].sum));
  }
}

INSTANTIATE_TEST_SUITE_P(Each, InstructionSet, ::testing::ValuesIn(hwy::SupportedAndGeneratedTargets()),
                         [](const auto& test) { return std::string(hwy::TargetName(test.param)); });

}  // namespace
}  // namespace pbb

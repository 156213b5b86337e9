// The decoder against transformers, on tiny random models of each family (tests/golden/make_model_golden.py).
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "model/tiny.h"
#include "tensor/ops/adamw.h"

namespace pbb {
namespace {

class Golden : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Families, Golden, testing::Values("llama", "qwen2", "qwen3"),
                         [](const auto& family) { return family.param; });

// Of a log-probability, in nats, that bf16 may cost on average.
constexpr double near = 0.02;

double mean_difference(const std::vector<float>& found, const Expected& expected) {
  double sum = 0;
  for (std::size_t i = 0; i < found.size(); ++i)
    sum += std::abs(static_cast<double>(found[i]) - expected.log_probabilities[i]);
  return sum / static_cast<double>(found.size());
}

TEST_P(Golden, LogProbabilitiesAreThoseOfTransformers) {
  Decoder decoder = tiny_decoder(GetParam());
  const Expected expected = tiny_expected(GetParam());
  const std::vector<float> found = score(decoder, expected.batch);
  for (std::size_t i = 0; i < found.size(); ++i)
    EXPECT_NEAR(found[i], expected.log_probabilities[i], 1e-5) << i;
}

TEST_P(Golden, EveryGradientIsThatOfTransformers) {
  Decoder decoder = tiny_decoder(GetParam());
  const Expected expected = tiny_expected(GetParam());
  Tensor gradients({decoder.weights().size()}, DataType::f32);
  const double loss = loss_sum(decoder.accumulate_gradients(
      expected.batch, 1.0F / static_cast<float>(targets_in(expected.batch)), gradients));
  EXPECT_NEAR(loss / static_cast<double>(targets_in(expected.batch)), expected.losses[0], 1e-5);

  const SafetensorsFiles golden(tiny_folder(GetParam()) / "gradients.safetensors");
  std::map<std::string, const StoredTensor*> by_name;
  for (const StoredTensor& tensor : golden.tensors()) by_name[tensor.name] = &tensor;
  ASSERT_EQ(by_name.size(), decoder.parameters().size());
  for (const Parameter& parameter : decoder.parameters()) {
    std::vector<float> wanted(static_cast<std::size_t>(parameter.value.size()));
    read_values(*by_name.at(parameter.name), wanted);
    const std::span<const float> found =
        gradients.slice(parameter.offset, {parameter.value.size()}).span<float>();
    double difference = 0, size = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      difference += std::pow(found[i] - wanted[i], 2);
      size += std::pow(wanted[i], 2);
    }
    EXPECT_GT(size, 0) << parameter.name;
    EXPECT_LT(std::sqrt(difference / size), 1e-4) << parameter.name;
  }
}

TEST_P(Golden, TenStepsOfAdamWGiveTheLossesOfTorch) {
  Decoder decoder = tiny_decoder(GetParam());
  const Expected expected = tiny_expected(GetParam());
  const std::int64_t size = decoder.weights().size();
  Tensor gradients({size}, DataType::f32), first({size}, DataType::f32), second({size}, DataType::f32);
  const auto part = [](Tensor& flat, const Parameter& parameter) {
    return flat.slice(parameter.offset, {parameter.value.size()}).span<float>();
  };
  for (long step = 1; step <= 10; ++step) {
    gradients.fill_zero();
    const double loss = loss_sum(decoder.accumulate_gradients(
        expected.batch, 1.0F / static_cast<float>(targets_in(expected.batch)), gradients));
    EXPECT_NEAR(loss / static_cast<double>(targets_in(expected.batch)),
                expected.losses[static_cast<std::size_t>(step - 1)], 1e-4)
        << "step " << step;
    for (const Parameter& parameter : decoder.parameters()) {
      const AdamWOptions options{.learning_rate = 1e-3F, .weight_decay = parameter.decays ? 0.01F : 0.0F};
      adamw_step(part(decoder.weights(), parameter), part(gradients, parameter), part(first, parameter),
                 part(second, parameter), options, step);
    }
    decoder.refresh();
  }
}

TEST_P(Golden, ComputeInBFloat16StaysNear) {
  Decoder decoder = tiny_decoder(GetParam(), DataType::bf16);
  const Expected expected = tiny_expected(GetParam());
  const double mean = mean_difference(score(decoder, expected.batch), expected);
  EXPECT_LT(mean, near);
  EXPECT_GT(mean, 1e-5);  // it is bf16
}

// Else the bound above would say little.
TEST_P(Golden, OneLayersWrongWeightIsFurtherThanComputingInBFloat16) {
  const Expected expected = tiny_expected(GetParam());
  const Decoder right = tiny_decoder(GetParam());
  for (const Parameter& one : right.parameters()) {
    if (one.value.shape().size() < 2) continue;  // a norm's weights are all near 1
    Decoder decoder = tiny_decoder(GetParam(), DataType::bf16);
    for (const Parameter& parameter : decoder.parameters()) {
      if (parameter.name != one.name) continue;
      for (float& value : decoder.weights().slice(parameter.offset, {parameter.value.size()}).span<float>())
        value = -value;
    }
    decoder.refresh();
    EXPECT_GT(mean_difference(score(decoder, expected.batch), expected), 2 * near) << one.name;
  }
}

}  // namespace
}  // namespace pbb

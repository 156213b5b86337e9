#include "tensor/ops/adamw.h"

#include <gtest/gtest.h>
#include <omp.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "tensor/reference.h"

namespace pbb {
namespace {

using namespace reference;

TEST(AdamW, EqualsTorch) {
  std::ifstream file(std::filesystem::path(PBB_GOLDEN) / "adamw.json");
  const auto golden = nlohmann::json::parse(file);
  AdamWOptions options;
  options.learning_rate = golden["learning_rate"];
  options.beta1 = golden["beta1"];
  options.beta2 = golden["beta2"];
  options.epsilon = golden["epsilon"];
  options.weight_decay = golden["weight_decay"];
  auto weights = golden["start"].get<std::vector<float>>();
  std::vector<float> first(weights.size()), second(weights.size());
  long step = 0;
  for (const auto& entry : golden["steps"]) {
    const auto gradients = entry["gradients"].get<std::vector<float>>();
    adamw_step(weights, gradients, first, second, options, ++step);
    expect_close({weights.begin(), weights.end()}, entry["weights"].get<Values>(), 1e-6);
  }
  EXPECT_EQ(step, 10);
}

TEST(AdamW, GradientScaleMultipliesEveryGradient) {
  const std::vector<float> gradients{1, -2, 3};
  const std::vector<float> halved{0.5F, -1, 1.5F};
  std::vector<float> weights_1{1, 2, 3}, first_1(3), second_1(3);
  std::vector<float> weights_2{1, 2, 3}, first_2(3), second_2(3);
  AdamWOptions options;
  options.gradient_scale = 0.5F;
  adamw_step(weights_1, gradients, first_1, second_1, options, 1);
  options.gradient_scale = 1;
  adamw_step(weights_2, halved, first_2, second_2, options, 1);
  EXPECT_EQ(weights_1, weights_2);
  EXPECT_EQ(first_1, first_2);
  EXPECT_EQ(second_1, second_2);
}

TEST(AdamW, EveryLengthUpdatesEveryElementAlike) {
  for (const std::size_t count : {1U, 7U, 16U, 65U, 70'001U}) {
    std::vector<float> weights(count, 0.75F), first(count, 0.1F), second(count, 0.2F);
    const std::vector<float> gradients(count, 0.3F);
    adamw_step(weights, gradients, first, second, {}, 3);
    for (std::size_t i = 0; i < count; ++i) {
      ASSERT_EQ(weights[i], weights[0]) << i;
      ASSERT_EQ(first[i], first[0]) << i;
      ASSERT_EQ(second[i], second[0]) << i;
    }
    EXPECT_NE(weights[0], 0.75F);
  }
}

TEST(AdamW, RefusesSpansOfDifferentLengths) {
  std::vector<float> two(2), three(3);
  EXPECT_THROW(adamw_step(two, three, two, two, {}, 1), std::logic_error);
  EXPECT_THROW(adamw_step(two, two, two, two, {}, 0), std::logic_error);
}

TEST(GlobalNorm, IsTheSameForAnyNumberOfThreads) {
  const Tensor gradients = random_tensor({100'003}, DataType::f32, "gradients");
  const Values values = values_of(gradients);
  const int threads = omp_get_max_threads();
  omp_set_num_threads(1);
  const double alone = global_norm(gradients.span<float>());
  for (const int count : {2, 3, 5}) {
    omp_set_num_threads(count);
    EXPECT_EQ(global_norm(gradients.span<float>()), alone) << count;
  }
  omp_set_num_threads(threads);
  EXPECT_NEAR(alone, std::sqrt(dot(values, values)), 1e-9);
}

TEST(GlobalNorm, CountsEveryElementOnce) {
  for (const std::size_t count : {0U, 1U, 7U, 65U, 16'385U}) {
    EXPECT_DOUBLE_EQ(global_norm(std::vector<float>(count, 2.0F)), 2 * std::sqrt(static_cast<double>(count)));
  }
}

TEST(GlobalNorm, NotANumberIsSeen) {
  std::vector<float> gradients(100, 1.0F);
  gradients[99] = NAN;
  EXPECT_TRUE(std::isnan(global_norm(gradients)));
}

}  // namespace
}  // namespace pbb

// Decay, clipping and what is left alone.
#include "training/optimizer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "training/tiny_stage.h"

namespace pbb {
namespace {

TEST(Optimizer, DecayShrinksMatricesAndLeavesNormsAlone) {
  Decoder decoder = tiny_decoder();
  const std::vector<float> before = weights_of(decoder);
  Optimizer optimizer(decoder.trained(), {.weight_decay = 0.5});
  optimizer.update(0.1, 1);  // of a gradient of zero: only decay acts
  int decayed = 0;
  int kept = 0;
  for (const Parameter& parameter : decoder.parameters()) {
    const auto values = parameter.value.span<float>();
    for (std::size_t i = 0; i < values.size(); ++i) {
      const float old = before[static_cast<std::size_t>(parameter.offset) + i];
      ASSERT_NEAR(values[i], parameter.decays ? old * (1.0F - 0.1F * 0.5F) : old, 1e-7F) << parameter.name;
    }
    (parameter.decays ? decayed : kept) += 1;
  }
  EXPECT_GT(decayed, 0);
  EXPECT_GT(kept, 0);
}

TEST(Optimizer, ClipsByTheNormOfTheWholeGradientAndLeavesIt) {
  for (const double clip : {0.0, 1.0, 100.0}) {
    Decoder decoder = tiny_decoder();
    Optimizer optimizer(decoder.trained(), {.beta1 = 0.9, .clip_norm = clip});
    auto gradients = optimizer.gradients().span<float>();
    gradients.front() = 6.0F;  // norm 10
    gradients.back() = -8.0F;
    EXPECT_NEAR(optimizer.update(1e-3, 1), 10.0, 1e-9);
    const float scale = clip == 1.0 ? 0.1F : 1.0F;
    const auto moments = optimizer.first_moments().span<float>();
    EXPECT_NEAR(moments.front(), 0.1F * 6.0F * scale, 1e-6F) << clip;
    EXPECT_NEAR(moments.back(), 0.1F * -8.0F * scale, 1e-6F) << clip;
    EXPECT_EQ(gradients.front(), 6.0F);
  }
}

TEST(Optimizer, AGradientThatIsNotFiniteChangesNothing) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    Decoder decoder = tiny_decoder();
    const std::vector<float> before = weights_of(decoder);
    Optimizer optimizer(decoder.trained(), {});
    optimizer.gradients().span<float>()[5] = bad;
    EXPECT_FALSE(std::isfinite(optimizer.update(1e-3, 1)));
    EXPECT_EQ(weights_of(decoder), before);
    for (const float moment : optimizer.first_moments().span<float>()) ASSERT_EQ(moment, 0.0F);
  }
}

}  // namespace
}  // namespace pbb

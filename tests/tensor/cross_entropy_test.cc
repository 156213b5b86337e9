#include "tensor/ops/cross_entropy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "base/random.h"
#include "tensor/reference.h"

namespace pbb {
namespace {

using namespace reference;
using Targets = std::vector<std::int32_t>;

Targets random_targets(std::size_t count, std::int64_t vocabulary) {
  Random random(1, "targets");
  Targets targets(count);
  for (auto& target : targets) target = static_cast<std::int32_t>(random.integer(0, vocabulary - 1));
  return targets;
}

// The op with buffers for its logits.
void cross_entropy(const Tensor& x, const LinearWeight& head, const Targets& targets, const LossOptions& loss,
                   std::span<TargetOutcome> outcomes, Tensor& dx, Tensor& d_head) {
  Tensor logits({logits_chunk(x.rows()), head.out()}, DataType::f32);
  Tensor d_logits = head.compute() == DataType::f32 ? logits : Tensor(logits.shape(), DataType::bf16);
  projected_cross_entropy(x, head, targets, loss, outcomes, dx, d_head, true, logits, d_logits);
}

// Rows: fewer than a chunk, about one, several with a ragged end. Vocabularies: odd.
TEST(CrossEntropy, ChunksEqualTheWhole) {
  for (const DataType type : {DataType::f32, DataType::bf16}) {
    for (const auto& [rows, vocabulary] : {std::pair{1, 7}, {65, 65}, {257, 33}, {600, 19}}) {
      const Tensor x = random_tensor({rows, 8}, type, "x");
      const Tensor head = random_tensor({vocabulary, 8}, type, "head");  // exact in the compute type
      const LinearWeight weight(tensor_of(values_of(head), head.shape()), type, true);
      const Targets targets = random_targets(static_cast<std::size_t>(rows), vocabulary);
      const auto logits = [&](const Values& x_values, const Values& head_values) {
        return product_transposed(x_values, head_values, targets.size(), static_cast<std::size_t>(vocabulary),
                                  8);
      };
      const Values wanted = log_probabilities(logits(values_of(x), values_of(head)), targets);

      std::vector<float> actual(targets.size());
      Tensor chunk({logits_chunk(rows), vocabulary}, DataType::f32);
      projected_log_probabilities(x, weight, targets, actual, chunk);
      expect_close({actual.begin(), actual.end()}, wanted, 1e-5);

      std::vector<TargetOutcome> outcomes(targets.size());
      Tensor dx({rows, 8}, type);
      Tensor d_head({vocabulary, 8}, DataType::f32);
      cross_entropy(x, weight, targets, {.scale = 0.5F}, outcomes, dx, d_head);
      for (std::size_t t = 0; t < targets.size(); ++t) EXPECT_EQ(outcomes[t].log_probability, actual[t]) << t;

      // The gradient of -0.5 · Σ log p at the logits, then through the projection.
      Values d_logits;
      const Values at = logits(values_of(x), values_of(head));
      const auto width = static_cast<std::size_t>(vocabulary);
      for (std::size_t t = 0; t < targets.size(); ++t) {
        const double log_sum = at[t * width + static_cast<std::size_t>(targets[t])] - wanted[t];
        for (std::size_t v = 0; v < width; ++v) {
          const double wrong = v == static_cast<std::size_t>(targets[t]) ? 1 : 0;
          d_logits.push_back(0.5 * (std::exp(at[t * width + v] - log_sum) - wrong));
        }
      }
      Values wanted_dx(targets.size() * 8);
      Values wanted_d_head(width * 8);
      for (std::size_t t = 0; t < targets.size(); ++t) {
        for (std::size_t v = 0; v < width; ++v) {
          for (std::size_t c = 0; c < 8; ++c) {
            wanted_dx[t * 8 + c] +=
                d_logits[t * width + v] *
                values_of(head.row_range(static_cast<std::int64_t>(v), static_cast<std::int64_t>(v) + 1))[c];
            wanted_d_head[v * 8 + c] +=
                d_logits[t * width + v] *
                values_of(x.row_range(static_cast<std::int64_t>(t), static_cast<std::int64_t>(t) + 1))[c];
          }
        }
      }
      expect_close(values_of(dx), wanted_dx, tolerance_of(type), "dx");
      expect_close(values_of(d_head), wanted_d_head, tolerance_of(type), "d_head");
    }
  }
}

TEST(CrossEntropy, GradientsAreTheDerivative) {
  const Targets targets{3, 0, 6, 6};
  const Tensor x = random_tensor({4, 5}, DataType::f32, "x");
  const Tensor head = random_tensor({7, 5}, DataType::f32, "head");
  const LinearWeight weight(head, DataType::f32, true);
  std::vector<TargetOutcome> ignored(4);
  Tensor dx({4, 5}, DataType::f32);
  Tensor d_head = random_tensor({7, 5}, DataType::f32, "before");
  const Values before = values_of(d_head);
  cross_entropy(x, weight, targets, {.scale = 0.25F}, ignored, dx, d_head);
  const auto loss = [&](const Values& x_values, const Values& head_values) {
    double sum = 0;
    for (const double value :
         log_probabilities(product_transposed(x_values, head_values, 4, 7, 5), targets)) {
      sum -= 0.25 * value;
    }
    return sum;
  };
  const Values wanted_dx =
      gradient_of([&](const Values& v) { return loss(v, values_of(head)); }, values_of(x));
  Values wanted_d_head = gradient_of([&](const Values& v) { return loss(values_of(x), v); }, values_of(head));
  for (std::size_t i = 0; i < before.size(); ++i) wanted_d_head[i] += before[i];
  expect_close(values_of(dx), wanted_dx, 1e-5);
  expect_close(values_of(d_head), wanted_d_head, 1e-5);
}

// Σ weight · KL(softmax(reference) ‖ softmax(logits)), row by row.
double divergence(const Values& logits, const Values& reference, std::size_t width,
                  std::span<const float> weights) {
  double sum = 0;
  for (std::size_t t = 0; t < weights.size(); ++t) {
    const auto log_softmax = [&](const Values& rows, std::size_t v) {
      double total = 0;
      for (std::size_t i = 0; i < width; ++i) total += std::exp(rows[t * width + i]);
      return rows[t * width + v] - std::log(total);
    };
    for (std::size_t v = 0; v < width; ++v) {
      const double wanted = log_softmax(reference, v);
      sum += double{weights[t]} * std::exp(wanted) * (wanted - log_softmax(logits, v));
    }
  }
  return sum;
}

// Rows: few, and several chunks with a ragged end.
TEST(CrossEntropy, DivergenceGradientsAreTheDerivative) {
  for (const std::int64_t rows : {5, 260}) {
    const Tensor x = random_tensor({rows, 3}, DataType::f32, "x");
    const Tensor reference = random_tensor({rows, 3}, DataType::f32, "reference");
    const Tensor head = random_tensor({7, 3}, DataType::f32, "head");
    const LinearWeight weight(head, DataType::f32, true);
    const auto count = static_cast<std::size_t>(rows);
    const Targets targets = random_targets(count, 7);
    std::vector<float> weights(count);
    for (std::size_t t = 0; t < count; ++t) weights[t] = 0.25F * static_cast<float>(t % 5);
    std::vector<TargetOutcome> outcomes(count);
    Tensor dx({rows, 3}, DataType::f32), logits({logits_chunk(rows), 7}, DataType::f32);
    Tensor reference_logits(logits.shape(), DataType::f32);
    projected_divergence(x, reference, weight, targets, {.scale = 0.5F, .weights = weights}, outcomes, dx,
                         logits, reference_logits, logits);

    const auto logits_of = [&](const Values& rows_of) {
      return product_transposed(rows_of, values_of(head), count, 7, 3);
    };
    const Values wanted = logits_of(values_of(reference));
    const auto loss = [&](const Values& v) { return 0.5 * divergence(logits_of(v), wanted, 7, weights); };
    expect_close(values_of(dx), gradient_of(loss, values_of(x)), 1e-5);
    const Values logs = log_probabilities(logits_of(values_of(x)), targets);
    for (std::size_t t = 0; t < count; ++t) {
      EXPECT_NEAR(outcomes[t].log_probability, logs[t], 1e-5) << t;
      EXPECT_EQ(outcomes[t].weight, weights[t]) << t;
    }
  }
}

TEST(CrossEntropy, GradientsWithWeightsAreTheDerivative) {
  const Targets targets{3, 0, 6, 6, 1};
  const std::vector<float> weights{1, -0.75F, 0, 2.5F, 0.125F};
  const Tensor x = random_tensor({5, 5}, DataType::f32, "x");
  const Tensor head = random_tensor({7, 5}, DataType::f32, "head");
  const LinearWeight weight(head, DataType::f32, true);
  std::vector<TargetOutcome> outcomes(5);
  Tensor dx({5, 5}, DataType::f32), d_head({7, 5}, DataType::f32);
  cross_entropy(x, weight, targets, {.scale = 0.25F, .weights = weights}, outcomes, dx, d_head);
  const auto loss = [&](const Values& x_values, const Values& head_values) {
    const Values logs = log_probabilities(product_transposed(x_values, head_values, 5, 7, 5), targets);
    double sum = 0;
    for (std::size_t t = 0; t < logs.size(); ++t) sum -= 0.25 * double{weights[t]} * logs[t];
    return sum;
  };
  expect_close(values_of(dx),
               gradient_of([&](const Values& v) { return loss(v, values_of(head)); }, values_of(x)), 1e-5);
  expect_close(values_of(d_head),
               gradient_of([&](const Values& v) { return loss(values_of(x), v); }, values_of(head)), 1e-5);
  for (std::size_t t = 0; t < targets.size(); ++t) EXPECT_EQ(outcomes[t].weight, weights[t]) << t;
}

// Several chunks: each target has its own weight, and weights of 1 change no bit.
TEST(CrossEntropy, WeightsOfOneAreNoWeights) {
  for (const DataType type : {DataType::f32, DataType::bf16}) {
    const Tensor x = random_tensor({600, 8}, type, "x");
    const LinearWeight head(random_tensor({19, 8}, DataType::f32, "head"), type, true);
    const Targets targets = random_targets(600, 19);
    const auto gradients = [&](const std::vector<float>& weights) {
      std::vector<TargetOutcome> outcomes(600);
      Tensor dx({600, 8}, type), d_head({19, 8}, DataType::f32);
      cross_entropy(x, head, targets, {.scale = 0.01F, .weights = weights}, outcomes, dx, d_head);
      return std::pair(values_of(dx), values_of(d_head));
    };
    EXPECT_EQ(gradients(std::vector<float>(600, 1.0F)), gradients({}));
    // One target alone: the others' gradients are zero.
    std::vector<float> last(600, 0.0F);
    last[599] = 1;
    const Values dx = gradients(last).first;
    EXPECT_TRUE(std::all_of(dx.begin(), dx.end() - 8, [](double d) { return d == 0; }));
    EXPECT_TRUE(std::equal(dx.end() - 8, dx.end(), gradients({}).first.end() - 8));
  }
}

TEST(CrossEntropy, WhereOnlyUnknownTargetsCountThoseOfHalfTheProbabilityWeighNothing) {
  // Probabilities of about 0.50003, 0.49997 and 0.88.
  const LinearWeight head(tensor_of({1, 0}, {2, 1}), DataType::f32, true);
  const Tensor x = tensor_of({1e-4F, -1e-4F, 2}, {3, 1});
  std::vector<TargetOutcome> outcomes(3);
  Tensor dx({3, 1}, DataType::f32), d_head({2, 1}, DataType::f32);
  cross_entropy(x, head, Targets{0, 0, 0}, {.only_unknown = true}, outcomes, dx, d_head);
  EXPECT_EQ(outcomes[0].weight, 0);
  EXPECT_EQ(outcomes[1].weight, 1);
  EXPECT_EQ(outcomes[2].weight, 0);
  EXPECT_EQ(values_of(dx)[0], 0);
  EXPECT_LT(values_of(dx)[1], -0.49);
  EXPECT_EQ(values_of(dx)[2], 0);
  // What is not a number is not known.
  Tensor d_nan({1, 1}, DataType::f32);
  cross_entropy(tensor_of({NAN}, {1, 1}), head, Targets{0}, {.only_unknown = true},
                std::span(outcomes).first(1), d_nan, d_head);
  EXPECT_TRUE(std::isnan(outcomes[0].weight * outcomes[0].log_probability));
}

// Of two that are equally likely greedy decoding takes the first, wherever in a vector they lie.
TEST(CrossEntropy, TellsWhichTargetsGreedyDecodingTakes) {
  for (const int vocabulary : {3, 8, 37, 150}) {
    for (int first = 0; first < vocabulary; ++first) {
      const int second = (first * 7 + 5) % vocabulary;  // as likely, before it or after it, or the same
      std::vector<float> logits(static_cast<std::size_t>(vocabulary), -1.0F);
      logits[static_cast<std::size_t>(first)] = logits[static_cast<std::size_t>(second)] = 2.0F;
      const LinearWeight weight(tensor_of({logits.begin(), logits.end()}, {vocabulary, 1}), DataType::f32,
                                true);
      const int other = (std::max(first, second) + 1) % vocabulary;
      const Targets targets{std::min(first, second), std::max(first, second), other};
      std::vector<TargetOutcome> outcomes(3);
      Tensor dx({3, 1}, DataType::f32), d_head({vocabulary, 1}, DataType::f32);
      cross_entropy(tensor_of({1, 1, 1}, {3, 1}), weight, targets, {}, outcomes, dx, d_head);
      EXPECT_TRUE(outcomes[0].most_likely) << vocabulary << " " << first;
      EXPECT_EQ(outcomes[1].most_likely, first == second) << vocabulary << " " << first;
      EXPECT_EQ(outcomes[2].most_likely, other == targets[0]) << vocabulary << " " << first;
    }
  }
}

TEST(CrossEntropy, FrozenHeadIsSkipped) {
  const Tensor x = random_tensor({3, 5}, DataType::f32, "x");
  const LinearWeight weight(random_tensor({7, 5}, DataType::f32, "head"), DataType::f32, true);
  std::vector<TargetOutcome> outcomes_1(3), outcomes_2(3);
  Tensor dx_1({3, 5}, DataType::f32), dx_2({3, 5}, DataType::f32), d_head({7, 5}, DataType::f32), none;
  cross_entropy(x, weight, Targets{1, 2, 3}, {}, outcomes_1, dx_1, d_head);
  cross_entropy(x, weight, Targets{1, 2, 3}, {}, outcomes_2, dx_2, none);
  EXPECT_EQ(values_of(dx_1), values_of(dx_2));
  EXPECT_TRUE(std::ranges::equal(outcomes_1, outcomes_2, {}, &TargetOutcome::log_probability,
                                 &TargetOutcome::log_probability));
}

TEST(CrossEntropy, LargeLogitsStayFinite) {
  const LinearWeight weight(tensor_of({300, -300, 0}, {3, 1}), DataType::f32, true);
  std::vector<TargetOutcome> actual(2);
  Tensor dx({2, 1}, DataType::f32), d_head({3, 1}, DataType::f32);
  cross_entropy(tensor_of({1, 1}, {2, 1}), weight, Targets{0, 1}, {}, actual, dx, d_head);
  EXPECT_FLOAT_EQ(actual[0].log_probability, 0);
  EXPECT_FLOAT_EQ(actual[1].log_probability, -600);
  expect_close(values_of(dx), {0, 600}, 1e-6);
}

TEST(CrossEntropy, NoTargetsAreNoWork) {
  const LinearWeight weight(Tensor({3, 2}, DataType::f32), DataType::f32, true);
  Tensor dx({0, 2}, DataType::f32), d_head({3, 2}, DataType::f32);
  cross_entropy(Tensor({0, 2}, DataType::f32), weight, {}, {}, {}, dx, d_head);
  expect_close(values_of(d_head), Values(6), 0);
}

TEST(CrossEntropy, RefusesATargetOutsideTheVocabulary) {
  const LinearWeight weight(Tensor({3, 2}, DataType::f32), DataType::f32, true);
  std::vector<float> result(1);
  Tensor x({1, 2}, DataType::f32), logits({1, 3}, DataType::f32);
  EXPECT_THROW(projected_log_probabilities(x, weight, Targets{3}, result, logits), std::logic_error);
  EXPECT_THROW(projected_log_probabilities(x, weight, Targets{-1}, result, logits), std::logic_error);
}

TEST(CrossEntropy, RefusesABufferOfAnotherSize) {
  const LinearWeight weight(Tensor({3, 2}, DataType::f32), DataType::f32, true);
  std::vector<float> result(2);
  Tensor x({2, 2}, DataType::f32), logits({1, 3}, DataType::f32);
  EXPECT_THROW(projected_log_probabilities(x, weight, Targets{0, 1}, result, logits), std::logic_error);
}

}  // namespace
}  // namespace pbb

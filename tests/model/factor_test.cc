// The leading part of a matrix, and a fine-tuned model as an adapter of its base.
#include "model/factor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/random.h"
#include "model/tiny.h"

namespace pbb {
namespace {

std::vector<float> random_matrix(std::int64_t rows, std::int64_t columns, std::uint64_t seed) {
  Random random(seed, "matrix");
  std::vector<float> values(static_cast<std::size_t>(rows * columns));
  for (float& value : values) value = static_cast<float>(random.normal());
  return values;
}

std::vector<float> product_of(const LeadingPart& part, std::size_t rows, std::size_t columns) {
  std::vector<float> product(rows * columns);
  for (std::size_t r = 0; r < part.values.size(); ++r) {
    for (std::size_t i = 0; i < rows; ++i) {
      for (std::size_t c = 0; c < columns; ++c) {
        product[i * columns + c] +=
            static_cast<float>(part.values[r] * part.left[r * rows + i] * part.right[r * columns + c]);
      }
    }
  }
  return product;
}

double norm_of_difference(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::pow(double{a[i]} - b[i], 2);
  return std::sqrt(sum);
}

double norm(std::span<const float> a) {
  return norm_of_difference(a, std::vector<float>(a.size()));
}

TEST(LeadingPart, OfAllRanksIsTheMatrix) {
  for (const auto& [rows, columns] : {std::pair{7, 12}, std::pair{12, 7}, std::pair{1, 5}, std::pair{9, 9}}) {
    const std::vector<float> matrix = random_matrix(rows, columns, 1);
    const LeadingPart part = leading_part(matrix, rows, columns, std::min(rows, columns), 2);
    const auto product = product_of(part, static_cast<std::size_t>(rows), static_cast<std::size_t>(columns));
    EXPECT_LT(norm_of_difference(matrix, product), 1e-5 * norm(matrix)) << rows << ' ' << columns;
    EXPECT_TRUE(std::ranges::is_sorted(part.values, std::greater{}));
  }
}

// A matrix whose singular values are known: a diagonal one, turned by Householder reflections on both sides.
TEST(LeadingPart, HoldsTheLargestSingularValues) {
  constexpr std::size_t size = 40;
  std::vector<float> matrix(size * size);
  std::vector<double> values;
  for (std::size_t i = 0; i < size; ++i) values.push_back(10 * std::pow(0.9, i));
  const auto unit = [](std::uint64_t seed) {
    const std::vector<float> drawn = random_matrix(1, size, seed);
    std::vector<double> vector(drawn.begin(), drawn.end());
    for (double& value : vector) value /= norm(drawn);
    return vector;
  };
  const std::vector<double> u = unit(3), v = unit(4);
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = 0; j < size; ++j) {
      double sum = 0;
      for (std::size_t k = 0; k < size; ++k) {
        sum += ((i == k) - 2 * u[i] * u[k]) * values[k] * ((k == j) - 2 * v[k] * v[j]);
      }
      matrix[i * size + j] = static_cast<float>(sum);
    }
  }
  const LeadingPart part = leading_part(matrix, size, size, 5, 1);
  for (std::size_t r = 0; r < 5; ++r) EXPECT_NEAR(part.values[r], values[r], 1e-4) << r;
}

TEST(LeadingPart, OfNothingIsNothing) {
  const LeadingPart part = leading_part(std::vector<float>(6 * 8), 6, 8, 3, 1);
  EXPECT_EQ(part.values, std::vector<double>(3));
  for (const double value : part.left) EXPECT_TRUE(std::isfinite(value));
  for (const double value : part.right) EXPECT_TRUE(std::isfinite(value));
}

TEST(FactorDifference, OfTheAdaptersRankIsRecoveredExactly) {
  for (const char* family : {"llama", "qwen2", "qwen3"}) {
    for (const bool rslora : {false, true}) {
      Decoder base = tiny_decoder(family), tuned = tiny_decoder(family);
      AdapterOptions options{.rank = 4, .alpha = 6, .rslora = rslora};
      tuned.add_adapter(options, 1);
      Random random(2, "adapter");
      for (float& value : tuned.trained().flat.span<float>())
        value += static_cast<float>(0.1 * random.normal());
      tuned.refresh();
      tuned.merge_adapter();
      const PackedTokens batch = tiny_expected(family).batch;
      const std::vector<float> wanted = score(tuned, batch);

      FactoredDifference factored =
          factor_difference(base.config(), base.weights(), tuned.weights(), options);
      EXPECT_NEAR(factored.held, 1, 1e-9);
      EXPECT_EQ(factored.elsewhere, 0);
      EXPECT_GT(norm_of_difference(score(base, batch), wanted), 0.1);
      base.set_adapter(std::move(factored.adapter));
      EXPECT_LT(norm_of_difference(score(base, batch), wanted), 1e-3) << family;
      base.merge_adapter();
      EXPECT_LT(norm_of_difference(base.weights().span<float>(), tuned.weights().span<float>()), 1e-4);
    }
  }
}

TEST(FactorDifference, SaysWhatALowerRankAndOtherParametersLeave) {
  Decoder base = tiny_decoder("llama"), tuned = tiny_decoder("llama");
  Random random(2, "noise");
  for (float& value : tuned.weights().span<float>()) value += static_cast<float>(0.01 * random.normal());
  double held = 0;
  for (const int rank : {1, 4, 16, 32}) {
    const FactoredDifference factored =
        factor_difference(base.config(), base.weights(), tuned.weights(), {.rank = rank, .alpha = 8});
    EXPECT_GT(factored.held, held);
    held = factored.held;
    EXPECT_GT(factored.elsewhere, 0.05);
  }
  EXPECT_NEAR(held, 1, 1e-9) << "no matrix has more than 32 rows and columns";
}

}  // namespace
}  // namespace pbb

#include "tensor/ops/adamw.h"

#include <cmath>
#include <vector>

#include "tensor/ops/check.h"
#include "tensor/parallel.h"

namespace pbb {

void adamw_step(std::span<float> weights, std::span<const float> gradients, std::span<float> first_moments,
                std::span<float> second_moments, const AdamWOptions& options, long step) {
  check_operands(weights.size() == gradients.size() && weights.size() == first_moments.size() &&
                     weights.size() == second_moments.size() && step >= 1,
                 "adamw_step", "needs spans of one length and a step from 1");
  const auto correction1 = static_cast<float>(1 - std::pow(static_cast<double>(options.beta1), step));
  const auto correction2 = static_cast<float>(1 - std::pow(static_cast<double>(options.beta2), step));
  const float decay = 1 - options.learning_rate * options.weight_decay;
  parallel_ranges(static_cast<std::int64_t>(weights.size()), 16384,
                  [&](std::int64_t begin, std::int64_t end) {
                    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
                      const float g = gradients[i] * options.gradient_scale;
                      float& m = first_moments[i];
                      float& v = second_moments[i];
                      m = options.beta1 * m + (1 - options.beta1) * g;
                      v = options.beta2 * v + (1 - options.beta2) * g * g;
                      weights[i] = weights[i] * decay - options.learning_rate * (m / correction1) /
                                                            (std::sqrt(v / correction2) + options.epsilon);
                    }
                  });
}

double global_norm(std::span<const float> gradients) {
  constexpr std::int64_t block = 16384;  // partial sums belong to blocks, not to threads
  const auto count = static_cast<std::int64_t>(gradients.size());
  std::vector<double> sums(static_cast<std::size_t>((count + block - 1) / block));
  parallel_ranges(count, block, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const double g = static_cast<double>(gradients[static_cast<std::size_t>(i)]);
      sums[static_cast<std::size_t>(i / block)] += g * g;
    }
  });
  double total = 0;
  for (const double sum : sums) total += sum;
  return std::sqrt(total);
}

}  // namespace pbb

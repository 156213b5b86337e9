#include "tensor/ops/adamw.h"

#include <cmath>

#include "tensor/ops/check.h"
#include "tensor/ops/cpu.h"

namespace pbb {

void adamw_step(std::span<float> weights, std::span<const float> gradients, std::span<float> first_moments,
                std::span<float> second_moments, const AdamWOptions& options, long step) {
  check_operands(weights.size() == gradients.size() && weights.size() == first_moments.size() &&
                     weights.size() == second_moments.size() && step >= 1,
                 "adamw_step", "needs spans of one length and a step from 1");
  const double correction1 = 1 - std::pow(static_cast<double>(options.beta1), step);
  const double correction2 = 1 - std::pow(static_cast<double>(options.beta2), step);
  cpu::adamw_step(weights, gradients, first_moments, second_moments,
                  {.gradient_scale = options.gradient_scale,
                   .beta1 = options.beta1,
                   .beta2 = options.beta2,
                   .decay = 1 - options.learning_rate * options.weight_decay,
                   .rate = static_cast<float>(static_cast<double>(options.learning_rate) / correction1),
                   .correction = static_cast<float>(1 / std::sqrt(correction2)),
                   .epsilon = options.epsilon});
}

double global_norm(std::span<const float> gradients) {
  return std::sqrt(cpu::sum_of_squares(gradients));
}

}  // namespace pbb

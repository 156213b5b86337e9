// Linear warm-up, then half a cosine (Loshchilov & Hutter 2017) down to a share of the peak, or the peak.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "training/train.h"

namespace pbb {

double learning_rate_at(std::int64_t step, std::int64_t steps, const TrainOptions& options) {
  if (step < options.warmup_steps) {
    return options.learning_rate * static_cast<double>(step + 1) / (options.warmup_steps + 1);
  }
  if (options.schedule == LearningRateSchedule::constant) return options.learning_rate;
  const double span = std::max(1.0, static_cast<double>(steps - 1 - options.warmup_steps));
  const double progress = std::clamp(static_cast<double>(step - options.warmup_steps) / span, 0.0, 1.0);
  const double cosine = 0.5 * (1 + std::cos(std::numbers::pi * progress));
  return options.learning_rate * (options.final_share + (1 - options.final_share) * cosine);
}

}  // namespace pbb

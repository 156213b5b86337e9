// One AdamW step over the flat array of weights, range by range.
#include "training/optimizer.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "tensor/ops/adamw.h"

namespace pbb {

Optimizer::Optimizer(const ParameterSet& trained, const OptimizerOptions& options)
    : options_(options),
      weights_(trained.flat),
      gradients_({trained.flat.size()}, DataType::f32),
      first_moments_({trained.flat.size()}, DataType::f32),
      second_moments_({trained.flat.size()}, DataType::f32) {
  std::size_t end = 0;
  for (const Parameter& parameter : trained.places) {
    if (static_cast<std::size_t>(parameter.offset) != end) {
      throw std::logic_error("parameter " + parameter.name + " does not follow the one before it");
    }
    const auto length = static_cast<std::size_t>(parameter.value.size());
    if (ranges_.empty() || ranges_.back().decays != parameter.decays) {
      ranges_.push_back({end, 0, parameter.decays});
    }
    ranges_.back().length += length;
    end += length;
  }
  if (end != static_cast<std::size_t>(trained.flat.size())) {
    throw std::logic_error("the parameters do not cover the weights");
  }
}

double Optimizer::update(double learning_rate, std::int64_t step) {
  const std::span<float> gradients = gradients_.span<float>();
  const double norm = global_norm(gradients);
  if (!std::isfinite(norm)) return norm;
  AdamWOptions adamw{.learning_rate = static_cast<float>(learning_rate),
                     .beta1 = static_cast<float>(options_.beta1),
                     .beta2 = static_cast<float>(options_.beta2)};
  if (options_.clip_norm > 0) {
    adamw.gradient_scale = static_cast<float>(std::min(1.0, options_.clip_norm / (norm + 1e-6)));
  }
  for (const Range& range : ranges_) {
    adamw.weight_decay = range.decays ? static_cast<float>(options_.weight_decay) : 0.0F;
    adamw_step(weights_.span<float>().subspan(range.begin, range.length),
               gradients.subspan(range.begin, range.length),
               first_moments_.span<float>().subspan(range.begin, range.length),
               second_moments_.span<float>().subspan(range.begin, range.length), adamw,
               static_cast<long>(step));
  }
  return norm;
}

}  // namespace pbb

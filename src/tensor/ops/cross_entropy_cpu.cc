#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tensor/ops/cross_entropy_cpu.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// After highway.h, which it needs.
#include <hwy/contrib/math/math-inl.h>

#include <cmath>
#include <limits>

#include "tensor/bfloat16.h"
#include "tensor/ops/cpu.h"
#include "tensor/ops/vector-inl.h"
#include "tensor/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace pbb::HWY_NAMESPACE {

// Rows of logits are (width), as are those of gradients; each is gone over in numbered passes.

float largest_of(const float* row, std::size_t width) {
  Vector largest = hn::Set(float_tag, -std::numeric_limits<float>::infinity());
  std::size_t i = 0;
  for (; i + lanes() <= width; i += lanes()) largest = hn::Max(largest, load(row + i, Whole{}));
  float result = hn::GetLane(hn::MaxOfLanes(float_tag, largest));
  for (; i < width; ++i) result = HWY_MAX(result, row[i]);
  return result;
}

// The sum of exp(row - largest); the terms are handed to `keep`, lanes past the end with zeros.
template <typename Keep>
HWY_INLINE float sum_of_exponentials(const float* row, std::size_t width, float largest, const Keep& keep) {
  const Vector shift = hn::Set(float_tag, largest);
  return sum_of_vectors(width, [&](std::size_t i, auto extent) {
    const Vector exponent = hn::Sub(load(row + i, extent), shift);
    Vector term =
        hn::IfThenElse(hn::IsNaN(exponent), exponent, hn::Exp(float_tag, exponent));  // or 0 for NaN
    if constexpr (std::is_same_v<decltype(extent), First>) {
      term = hn::IfThenElseZero(hn::FirstN(float_tag, extent.count), term);
    }
    keep(i, extent, term);
    return term;
  });
}

void target_log_probabilities(const Tensor& logits, std::span<const std::int32_t> targets,
                              std::span<float> log_probabilities) {
  const auto width = static_cast<std::size_t>(logits.columns());
  const float* rows = logits.span<float>().data();
  const std::int32_t* target = targets.data();
  float* result = log_probabilities.data();
  parallel_ranges(logits.rows(), 1, [=](std::int64_t begin, std::int64_t end) {
    for (auto t = static_cast<std::size_t>(begin); t < static_cast<std::size_t>(end); ++t) {
      const float* row = rows + t * width;
      const float largest = largest_of(row, width);
      const float sum = sum_of_exponentials(row, width, largest, [](std::size_t, auto, Vector) {});
      result[t] = row[target[t]] - largest - std::log(sum);
    }
  });
}

std::size_t first_place_of(float value, const float* row, std::size_t width) {
  const Vector wanted = hn::Set(float_tag, value);
  std::size_t i = 0;
  for (; i + lanes() <= width; i += lanes()) {
    const auto found = hn::FindFirstTrue(float_tag, hn::Eq(load(row + i, Whole{}), wanted));
    if (found >= 0) return i + static_cast<std::size_t>(found);
  }
  while (i + 1 < width && row[i] != value) ++i;
  return i < width ? i : 0;
}

void summarize_logits(const Tensor& logits, std::span<LogitsSummary> summaries) {
  const auto width = static_cast<std::size_t>(logits.columns());
  const float* rows = logits.span<float>().data();
  LogitsSummary* result = summaries.data();
  parallel_ranges(logits.rows(), 1, [=](std::int64_t begin, std::int64_t end) {
    for (auto t = static_cast<std::size_t>(begin); t < static_cast<std::size_t>(end); ++t) {
      const float* row = rows + t * width;
      const float largest = largest_of(row, width);
      result[t] = {static_cast<std::int32_t>(first_place_of(largest, row, width)),
                   sum_of_exponentials(row, width, largest, [](std::size_t, auto, Vector) {})};
    }
  });
}

// From a row of logits to their gradient: 1. the largest; 2. exponentials, and their sum; 3. the gradient.
//   row       (width), logits; exponentials afterwards
//   gradient  (width)
// `scale`: of a target that weighs 1.
template <typename T>
TargetOutcome gradient_row(float* row, std::size_t width, std::size_t target, float scale, float weight,
                           bool only_unknown, T* gradient) {
  const float largest = largest_of(row, width);
  const float logit = row[target];
  const bool most_likely = logit == largest && first_place_of(largest, row, width) == target;
  const float sum = sum_of_exponentials(
      row, width, largest, [&](std::size_t i, auto extent, Vector term) { store(term, row + i, extent); });
  if (only_unknown && row[target] >= 0.5F * sum) weight = 0;  // not where it is NaN, which must be noticed
  const float weighted_scale = scale * weight;
  const float at_target = weighted_scale * (row[target] / sum - 1);
  const Vector factor = hn::Set(float_tag, weighted_scale / sum);
  for_each_vector(width, [&](std::size_t i, auto extent) {
    store(hn::Mul(load(row + i, extent), factor), gradient + i, extent);
  });
  gradient[target] = from_float<T>(at_target);
  return {.log_probability = logit - largest - std::log(sum), .weight = weight, .most_likely = most_likely};
}

void target_gradients(Tensor& logits, std::span<const std::int32_t> targets, const LossOptions& loss,
                      std::span<TargetOutcome> outcomes, Tensor& d_logits) {
  const auto width = static_cast<std::size_t>(logits.columns());
  float* rows = logits.span<float>().data();
  const std::int32_t* target = targets.data();
  const float* weights = loss.weights.empty() ? nullptr : loss.weights.data();
  TargetOutcome* result = outcomes.data();
  visit_elements(d_logits, [&](auto* gradients) {
    parallel_ranges(
        logits.rows(), 1,
        [=, scale = loss.scale, only_unknown = loss.only_unknown](std::int64_t begin, std::int64_t end) {
          for (auto t = static_cast<std::size_t>(begin); t < static_cast<std::size_t>(end); ++t) {
            result[t] =
                gradient_row(rows + t * width, width, static_cast<std::size_t>(target[t]), scale,
                             weights == nullptr ? 1.0F : weights[t], only_unknown, gradients + t * width);
          }
        });
  });
}

// In place of each logit its exponential; what they sum to.
float exponentials(float* row, std::size_t width, float largest) {
  return sum_of_exponentials(row, width, largest,
                             [&](std::size_t i, auto extent, Vector term) { store(term, row + i, extent); });
}

// The same of how far the row is from the reference's: 1. the largest of each; 2. exponentials, and their sums;
// 3. the difference of the probabilities.
//   row, reference  (width), logits; exponentials afterwards
//   gradient        (width)
template <typename T>
TargetOutcome divergence_row(float* row, float* reference, std::size_t width, std::size_t target, float scale,
                             float weight, T* gradient) {
  const float largest = largest_of(row, width);
  const float logit = row[target];
  const bool most_likely = logit == largest && first_place_of(largest, row, width) == target;
  const float sum = exponentials(row, width, largest);
  const float reference_sum = exponentials(reference, width, largest_of(reference, width));
  const Vector factor = hn::Set(float_tag, scale * weight / sum),
               reference_factor = hn::Set(float_tag, scale * weight / reference_sum);
  for_each_vector(width, [&](std::size_t i, auto extent) {
    const Vector wanted = hn::Mul(load(reference + i, extent), reference_factor);
    store(hn::Sub(hn::Mul(load(row + i, extent), factor), wanted), gradient + i, extent);
  });
  return {.log_probability = logit - largest - std::log(sum), .weight = weight, .most_likely = most_likely};
}

void divergence_gradients(Tensor& logits, Tensor& reference, std::span<const std::int32_t> targets,
                          const LossOptions& loss, std::span<TargetOutcome> outcomes, Tensor& d_logits) {
  const auto width = static_cast<std::size_t>(logits.columns());
  float* rows = logits.span<float>().data();
  float* reference_rows = reference.span<float>().data();
  const std::int32_t* target = targets.data();
  const float* weights = loss.weights.empty() ? nullptr : loss.weights.data();
  TargetOutcome* result = outcomes.data();
  visit_elements(d_logits, [&](auto* gradients) {
    parallel_ranges(logits.rows(), 1, [=, scale = loss.scale](std::int64_t begin, std::int64_t end) {
      for (auto t = static_cast<std::size_t>(begin); t < static_cast<std::size_t>(end); ++t) {
        result[t] = divergence_row(rows + t * width, reference_rows + t * width, width,
                                   static_cast<std::size_t>(target[t]), scale,
                                   weights == nullptr ? 1.0F : weights[t], gradients + t * width);
      }
    });
  });
}

}  // namespace pbb::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pbb::cpu {

HWY_EXPORT(target_log_probabilities);
void target_log_probabilities(const Tensor& logits, std::span<const std::int32_t> targets,
                              std::span<float> log_probabilities) {
  HWY_DYNAMIC_DISPATCH(target_log_probabilities)(logits, targets, log_probabilities);
}

HWY_EXPORT(summarize_logits);
void summarize_logits(const Tensor& logits, std::span<LogitsSummary> summaries) {
  HWY_DYNAMIC_DISPATCH(summarize_logits)(logits, summaries);
}

HWY_EXPORT(target_gradients);
void target_gradients(Tensor& logits, std::span<const std::int32_t> targets, const LossOptions& loss,
                      std::span<TargetOutcome> outcomes, Tensor& d_logits) {
  HWY_DYNAMIC_DISPATCH(target_gradients)(logits, targets, loss, outcomes, d_logits);
}

HWY_EXPORT(divergence_gradients);
void divergence_gradients(Tensor& logits, Tensor& reference, std::span<const std::int32_t> targets,
                          const LossOptions& loss, std::span<TargetOutcome> outcomes, Tensor& d_logits) {
  HWY_DYNAMIC_DISPATCH(divergence_gradients)(logits, reference, targets, loss, outcomes, d_logits);
}

}  // namespace pbb::cpu
#endif

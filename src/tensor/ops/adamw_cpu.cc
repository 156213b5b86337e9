#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tensor/ops/adamw_cpu.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "tensor/ops/cpu.h"
#include "tensor/ops/vector-inl.h"
#include "tensor/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace pbb::HWY_NAMESPACE {

constexpr std::int64_t block = 16384;  // elements; sums belong to blocks, not to threads

// One pass; all (count).
void update(float* weights, const float* gradients, float* first_moments, float* second_moments,
            std::size_t count, const cpu::AdamWFactors& factors) {
  const Vector scale = hn::Set(float_tag, factors.gradient_scale);
  const Vector beta1 = hn::Set(float_tag, factors.beta1);
  const Vector beta2 = hn::Set(float_tag, factors.beta2);
  const Vector rest1 = hn::Set(float_tag, 1 - factors.beta1);
  const Vector rest2 = hn::Set(float_tag, 1 - factors.beta2);
  const Vector decay = hn::Set(float_tag, factors.decay);
  const Vector rate = hn::Set(float_tag, factors.rate);
  const Vector correction = hn::Set(float_tag, factors.correction);
  const Vector epsilon = hn::Set(float_tag, factors.epsilon);
  for_each_vector(count, [&](std::size_t i, auto extent) {
    const Vector g = hn::Mul(load(gradients + i, extent), scale);
    const Vector m = hn::MulAdd(beta1, load(first_moments + i, extent), hn::Mul(rest1, g));
    const Vector v = hn::MulAdd(beta2, load(second_moments + i, extent), hn::Mul(rest2, hn::Mul(g, g)));
    const Vector change = hn::Div(hn::Mul(rate, m), hn::MulAdd(hn::Sqrt(v), correction, epsilon));
    store(m, first_moments + i, extent);
    store(v, second_moments + i, extent);
    store(hn::MulSub(load(weights + i, extent), decay, change), weights + i, extent);
  });
}

void adamw_step(std::span<float> weights, std::span<const float> gradients, std::span<float> first_moments,
                std::span<float> second_moments, const cpu::AdamWFactors& factors) {
  float* w = weights.data();
  const float* g = gradients.data();
  float* m = first_moments.data();
  float* v = second_moments.data();
  parallel_ranges(
      static_cast<std::int64_t>(weights.size()), block, [&](std::int64_t begin, std::int64_t end) {
        update(w + begin, g + begin, m + begin, v + begin, static_cast<std::size_t>(end - begin), factors);
      });
}

double block_sum_of_squares(const float* values, std::size_t count) {
  const hn::ScalableTag<double> wide;
  const hn::Rebind<float, decltype(wide)> narrow;
  const std::size_t step = hn::Lanes(wide);
  auto sum = hn::Zero(wide);
  std::size_t i = 0;
  for (; i + step <= count; i += step) {
    const auto value = hn::PromoteTo(wide, hn::LoadU(narrow, values + i));
    sum = hn::MulAdd(value, value, sum);
  }
  double total = hn::GetLane(hn::SumOfLanes(wide, sum));
  for (; i < count; ++i) total += static_cast<double>(values[i]) * static_cast<double>(values[i]);
  return total;
}

void block_sums(std::span<const float> values, double* sums) {
  const float* from = values.data();
  const auto count = static_cast<std::int64_t>(values.size());
  parallel_ranges(count, block, [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; i += block) {
      sums[i / block] = block_sum_of_squares(from + i, static_cast<std::size_t>(HWY_MIN(block, end - i)));
    }
  });
}

}  // namespace pbb::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <numeric>
#include <vector>

namespace pbb::cpu {

HWY_EXPORT(adamw_step);
void adamw_step(std::span<float> weights, std::span<const float> gradients, std::span<float> first_moments,
                std::span<float> second_moments, const AdamWFactors& factors) {
  HWY_DYNAMIC_DISPATCH(adamw_step)(weights, gradients, first_moments, second_moments, factors);
}

HWY_EXPORT(block_sums);
double sum_of_squares(std::span<const float> values) {
  constexpr auto size = static_cast<std::size_t>(HWY_NAMESPACE::block);
  std::vector<double> sums((values.size() + size - 1) / size);
  HWY_DYNAMIC_DISPATCH(block_sums)(values, sums.data());
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

}  // namespace pbb::cpu
#endif

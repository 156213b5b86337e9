#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tensor/memory_read.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include <omp.h>

#include <algorithm>

#include "base/error.h"
#include "base/stopwatch.h"
#include "tensor/memory_read.h"
#include "tensor/ops/vector-inl.h"
#include "tensor/tensor.h"

HWY_BEFORE_NAMESPACE();
namespace pbb::HWY_NAMESPACE {

float sum_of(std::span<const float> values) {
  const auto parts = static_cast<std::size_t>(omp_get_max_threads());
  float total = 0;
#pragma omp parallel for reduction(+ : total) schedule(static, 1)
  for (std::size_t p = 0; p < parts; ++p) {
    const std::size_t begin = values.size() * p / parts;
    const std::size_t end = values.size() * (p + 1) / parts;
    Vector sums[4];
    for (Vector& one : sums) one = hn::Zero(float_tag);
    std::size_t i = begin;
    for (; i + 4 * lanes() <= end; i += 4 * lanes()) {
      for (std::size_t v = 0; v < 4; ++v) {
        sums[v] = hn::Add(sums[v], load(values.data() + i + v * lanes(), Whole{}));
      }
    }
    for (; i < end; ++i) total += values[i];
    for (const Vector one : sums) total += hn::GetLane(hn::SumOfLanes(float_tag, one));
  }
  return total;
}

}  // namespace pbb::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pbb {

HWY_EXPORT(sum_of);
float sum_of(std::span<const float> values) {
  return HWY_DYNAMIC_DISPATCH(sum_of)(values);
}

double memory_bandwidth() {
  Tensor ones({std::int64_t{1} << 27}, DataType::f32);
  std::ranges::fill(ones.span<float>(), 1.0F);
  double best = 0;
  float sum = 0;
  for (int pass = 0; pass < 5; ++pass) {
    const Stopwatch watch;
    sum += sum_of(ones.span<float>());
    best = std::max(best, static_cast<double>(ones.bytes()) / watch.seconds());
  }
  if (!(sum > 0)) throw Error("the memory that was read is not what was written");
  return best;
}

}  // namespace pbb
#endif

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "peaks.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include <omp.h>

#include "peaks.h"
#include "tensor/ops/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pbb::HWY_NAMESPACE {

constexpr std::int64_t rounds = 1'000'000;
constexpr std::size_t chains = 12;  // enough to hide the latency, few enough for 16 registers

HWY_NOINLINE float multiply_add_chains(float start) {
  Vector sums[chains];
  const Vector factor = hn::Set(float_tag, start);
  const Vector term = hn::Set(float_tag, 0.3F);
#pragma GCC unroll 16
  for (std::size_t c = 0; c < chains; ++c) sums[c] = hn::Set(float_tag, static_cast<float>(c));
  for (std::int64_t i = 0; i < rounds; ++i) {
#pragma GCC unroll 16
    for (std::size_t c = 0; c < chains; ++c) sums[c] = hn::MulAdd(sums[c], factor, term);
  }
  Vector total = hn::Zero(float_tag);
#pragma GCC unroll 16
  for (std::size_t c = 0; c < chains; ++c) total = hn::Add(total, sums[c]);
  return hn::GetLane(hn::SumOfLanes(float_tag, total));
}

double multiply_add_registers() {
  float total = 0;
#pragma omp parallel reduction(+ : total)
  total += multiply_add_chains(0.999F);
  const double kept = total < 0 ? 0 : 1;  // the sums are used
  return kept * 2.0 * static_cast<double>(rounds * chains * lanes()) * omp_get_max_threads();
}

}  // namespace pbb::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pbb::bench {

HWY_EXPORT(multiply_add_registers);
double multiply_add_registers() {
  return HWY_DYNAMIC_DISPATCH(multiply_add_registers)();
}

}  // namespace pbb::bench
#endif

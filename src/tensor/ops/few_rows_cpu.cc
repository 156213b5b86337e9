#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tensor/ops/few_rows_cpu.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "tensor/ops/cpu.h"
#include "tensor/ops/vector-inl.h"
#include "tensor/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace pbb::HWY_NAMESPACE {

// y[r · out] = x[r · in] · weight for `rows` rows; two sums a row hide the latency of the additions.
template <std::size_t rows>
void dot_products(const float* x, const float* weight, std::size_t in, std::size_t out, float* y) {
  Vector even[rows];
  Vector odd[rows];
  for (std::size_t r = 0; r < rows; ++r) even[r] = odd[r] = hn::Zero(float_tag);
  std::size_t i = 0;
  for (; i + 2 * lanes() <= in; i += 2 * lanes()) {
    const Vector first = load(weight + i, Whole{});
    const Vector second = load(weight + i + lanes(), Whole{});
    for (std::size_t r = 0; r < rows; ++r) {
      even[r] = hn::MulAdd(first, load(x + r * in + i, Whole{}), even[r]);
      odd[r] = hn::MulAdd(second, load(x + r * in + i + lanes(), Whole{}), odd[r]);
    }
  }
  for (std::size_t r = 0; r < rows; ++r) {
    float sum = hn::GetLane(hn::SumOfLanes(float_tag, hn::Add(even[r], odd[r])));
    for (std::size_t j = i; j < in; ++j) sum += weight[j] * x[r * in + j];
    y[r * out] = sum;
  }
}

template <std::size_t rows>
void outputs(const float* x, const float* weight, std::size_t in, std::size_t out, std::size_t begin,
             std::size_t end, float* y) {
  for (std::size_t o = begin; o < end; ++o) dot_products<rows>(x, weight + o * in, in, out, y + o);
}

void few_rows_product(const Tensor& x, const Tensor& weight, Tensor& y) {
  constexpr decltype(&outputs<1>) by_rows[] = {outputs<1>, outputs<2>, outputs<3>, outputs<4>,
                                               outputs<5>, outputs<6>, outputs<7>, outputs<8>};
  static_assert(std::size(by_rows) == cpu::few_rows);
  const auto product = by_rows[x.rows() - 1];
  const auto in = static_cast<std::size_t>(weight.columns());
  const auto out = static_cast<std::size_t>(weight.rows());
  const float* from = x.span<float>().data();
  const float* w = weight.span<float>().data();
  float* to = y.span<float>().data();
  parallel_ranges(weight.rows(), 16, [=](std::int64_t begin, std::int64_t end) {
    product(from, w, in, out, static_cast<std::size_t>(begin), static_cast<std::size_t>(end), to);
  });
}

}  // namespace pbb::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pbb::cpu {

HWY_EXPORT(few_rows_product);
void few_rows_product(const Tensor& x, const Tensor& weight, Tensor& y) {
  HWY_DYNAMIC_DISPATCH(few_rows_product)(x, weight, y);
}

}  // namespace pbb::cpu
#endif

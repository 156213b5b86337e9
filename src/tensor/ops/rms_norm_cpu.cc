#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tensor/ops/rms_norm_cpu.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <cmath>

#include "tensor/bfloat16.h"
#include "tensor/ops/cpu.h"
#include "tensor/ops/vector-inl.h"
#include "tensor/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace pbb::HWY_NAMESPACE {

// y = x · w / rms(x): 1. the sum of squares; 2. the product. Returns 1 / rms(x).
//   x, weight, y  (width)
template <typename T>
float forward_row(const float* x, const float* weight, std::size_t width, float epsilon, T* y) {
  const float squares = sum_of_vectors(width, [&](std::size_t i, auto extent) {
    const Vector value = load(x + i, extent);
    return hn::Mul(value, value);
  });
  const float inverse = 1 / std::sqrt(squares / static_cast<float>(width) + epsilon);
  const Vector scale = hn::Set(float_tag, inverse);
  for_each_vector(width, [&](std::size_t i, auto extent) {
    store(hn::Mul(hn::Mul(load(x + i, extent), scale), load(weight + i, extent)), y + i, extent);
  });
  return inverse;
}

void rms_norm_forward(const Tensor& x, const Tensor& weight, float epsilon, Tensor& y, Tensor& inverse_rms) {
  const auto width = static_cast<std::size_t>(x.columns());
  const float* in = x.span<float>().data();
  const float* w = weight.span<float>().data();
  float* inverse = inverse_rms.span<float>().data();
  visit_elements(y, [&](auto* out) {
    parallel_ranges(x.rows(), 16, [=](std::int64_t begin, std::int64_t end) {
      for (auto t = static_cast<std::size_t>(begin); t < static_cast<std::size_t>(end); ++t) {
        inverse[t] = forward_row(in + t * width, w, width, epsilon, out + t * width);
      }
    });
  });
}

// dx += inverse · (dy · w - x · mean(dy · w · x) · inverse²);  d_weight gathers dy · x · inverse, unless null:
// 1. the mean; 2. both gradients.
//   dy, x, weight, dx, d_weight  (width)
template <typename T>
void backward_row(const T* dy, const float* x, const float* weight, std::size_t width, float inverse,
                  float* dx, float* d_weight) {
  const float dot = sum_of_vectors(width, [&](std::size_t i, auto extent) {
    return hn::Mul(hn::Mul(load(dy + i, extent), load(weight + i, extent)), load(x + i, extent));
  });
  const Vector scale = hn::Set(float_tag, inverse);
  const Vector pull = hn::Set(float_tag, dot * inverse * inverse / static_cast<float>(width));
  for_each_vector(width, [&](std::size_t i, auto extent) {
    const Vector gradient = load(dy + i, extent);
    const Vector value = load(x + i, extent);
    const Vector slope = hn::NegMulAdd(value, pull, hn::Mul(gradient, load(weight + i, extent)));
    store(hn::MulAdd(slope, scale, load(dx + i, extent)), dx + i, extent);
    if (d_weight == nullptr) return;
    store(hn::MulAdd(gradient, hn::Mul(value, scale), load(d_weight + i, extent)), d_weight + i, extent);
  });
}

// The weight's gradient is summed per block of rows, then over blocks: one order for any number of threads.
void rms_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& weight, const Tensor& inverse_rms,
                       Tensor& dx, Tensor& d_weight) {
  constexpr std::int64_t block_rows = 64;
  const auto width = static_cast<std::size_t>(x.columns());
  const float* in = x.span<float>().data();
  const float* w = weight.span<float>().data();
  const float* inverse = inverse_rms.span<float>().data();
  float* d_in = dx.span<float>().data();
  const bool is_frozen = d_weight.empty();
  const std::int64_t blocks = is_frozen ? 0 : (x.rows() + block_rows - 1) / block_rows;
  Tensor sums({blocks, x.columns()}, DataType::f32);
  float* partial = sums.span<float>().data();
  visit_elements(dy, [&](const auto* gradient) {
    parallel_ranges(x.rows(), block_rows, [=](std::int64_t begin, std::int64_t end) {
      for (auto t = static_cast<std::size_t>(begin); t < static_cast<std::size_t>(end); ++t) {
        backward_row(gradient + t * width, in + t * width, w, width, inverse[t], d_in + t * width,
                     is_frozen ? nullptr : partial + t / block_rows * width);
      }
    });
  });
  float* total = d_weight.span<float>().data();
  for (std::int64_t b = 0; b < blocks; ++b) {
    const float* sum = partial + static_cast<std::size_t>(b) * width;
    for_each_vector(width, [&](std::size_t i, auto extent) {
      store(hn::Add(load(total + i, extent), load(sum + i, extent)), total + i, extent);
    });
  }
}

}  // namespace pbb::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pbb::cpu {

HWY_EXPORT(rms_norm_forward);
void rms_norm_forward(const Tensor& x, const Tensor& weight, float epsilon, Tensor& y, Tensor& inverse_rms) {
  HWY_DYNAMIC_DISPATCH(rms_norm_forward)(x, weight, epsilon, y, inverse_rms);
}

HWY_EXPORT(rms_norm_backward);
void rms_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& weight, const Tensor& inverse_rms,
                       Tensor& dx, Tensor& d_weight) {
  HWY_DYNAMIC_DISPATCH(rms_norm_backward)(dy, x, weight, inverse_rms, dx, d_weight);
}

}  // namespace pbb::cpu
#endif

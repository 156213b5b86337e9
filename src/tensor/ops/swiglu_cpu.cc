#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tensor/ops/swiglu_cpu.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// After highway.h, which it needs.
#include <hwy/contrib/math/math-inl.h>

#include "tensor/bfloat16.h"
#include "tensor/ops/cpu.h"
#include "tensor/ops/vector-inl.h"
#include "tensor/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace pbb::HWY_NAMESPACE {

HWY_INLINE Vector sigmoid(Vector x) {
  const Vector one = hn::Set(float_tag, 1);
  const Vector capped = hn::Min(hn::Neg(x), hn::Set(float_tag, 88));  // exp of more overflows
  return hn::Div(one, hn::Add(one, hn::Exp(float_tag, capped)));
}

// hidden = gate · sigmoid(gate) · up, in one pass; all (width).
template <typename T>
void forward_row(const T* gate, const T* up, std::size_t width, T* hidden) {
  for_each_vector(width, [&](std::size_t i, auto extent) {
    const Vector g = load(gate + i, extent);
    store(hn::Mul(hn::Mul(g, sigmoid(g)), load(up + i, extent)), hidden + i, extent);
  });
}

// In one pass; all (width).
template <typename T>
void backward_row(const T* d_hidden, const T* gate, const T* up, std::size_t width, T* d_gate, T* d_up) {
  const Vector one = hn::Set(float_tag, 1);
  for_each_vector(width, [&](std::size_t i, auto extent) {
    const Vector d = load(d_hidden + i, extent);
    const Vector g = load(gate + i, extent);
    const Vector s = sigmoid(g);
    const Vector slope = hn::Mul(s, hn::MulAdd(g, hn::Sub(one, s), one));  // of g · sigmoid(g)
    store(hn::Mul(hn::Mul(d, load(up + i, extent)), slope), d_gate + i, extent);
    store(hn::Mul(d, hn::Mul(g, s)), d_up + i, extent);
  });
}

void swiglu_forward(const Tensor& gate_up, Tensor& hidden) {
  const auto width = static_cast<std::size_t>(hidden.columns());
  visit_elements(hidden, [&](auto* out) {
    using T = std::remove_pointer_t<decltype(out)>;
    const T* in = gate_up.span<T>().data();
    parallel_ranges(hidden.rows(), 4, [=](std::int64_t begin, std::int64_t end) {
      for (auto t = static_cast<std::size_t>(begin); t < static_cast<std::size_t>(end); ++t) {
        const T* row = in + t * 2 * width;
        forward_row(row, row + width, width, out + t * width);
      }
    });
  });
}

void swiglu_backward(const Tensor& d_hidden, const Tensor& gate_up, Tensor& d_gate_up) {
  const auto width = static_cast<std::size_t>(d_hidden.columns());
  visit_elements(d_gate_up, [&](auto* out) {
    using T = std::remove_pointer_t<decltype(out)>;
    const T* in = gate_up.span<T>().data();
    const T* gradient = d_hidden.span<T>().data();
    parallel_ranges(d_hidden.rows(), 4, [=](std::int64_t begin, std::int64_t end) {
      for (auto t = static_cast<std::size_t>(begin); t < static_cast<std::size_t>(end); ++t) {
        const std::size_t row = t * 2 * width;
        backward_row(gradient + t * width, in + row, in + row + width, width, out + row, out + row + width);
      }
    });
  });
}

}  // namespace pbb::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pbb::cpu {

HWY_EXPORT(swiglu_forward);
void swiglu_forward(const Tensor& gate_up, Tensor& hidden) {
  HWY_DYNAMIC_DISPATCH(swiglu_forward)(gate_up, hidden);
}

HWY_EXPORT(swiglu_backward);
void swiglu_backward(const Tensor& d_hidden, const Tensor& gate_up, Tensor& d_gate_up) {
  HWY_DYNAMIC_DISPATCH(swiglu_backward)(d_hidden, gate_up, d_gate_up);
}

}  // namespace pbb::cpu
#endif

#include "tensor/ops/swiglu.h"

#include <cmath>

#include "tensor/bfloat16.h"
#include "tensor/ops/check.h"
#include "tensor/parallel.h"

namespace pbb {
namespace {

void check(std::string_view op, const Tensor& gate_up, const Tensor& hidden) {
  check_operands(is_matrix(gate_up) && is_float(gate_up) && hidden.type() == gate_up.type() &&
                     is_matrix(hidden) && has_shape(gate_up, {hidden.rows(), 2 * hidden.columns()}),
                 op, "needs gate_up (T, 2F) and hidden (T, F) of one type", {&gate_up, &hidden});
}

template <typename T>
void forward(const Tensor& gate_up, Tensor& hidden) {
  const auto width = static_cast<std::size_t>(hidden.columns());
  parallel_ranges(hidden.rows(), 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto t = static_cast<std::size_t>(begin); t < static_cast<std::size_t>(end); ++t) {
      const T* in = gate_up.span<T>().data() + t * 2 * width;
      T* out = hidden.span<T>().data() + t * width;
      for (std::size_t c = 0; c < width; ++c) {
        const float gate = to_float(in[c]);
        out[c] = from_float<T>(gate / (1 + std::exp(-gate)) * to_float(in[c + width]));
      }
    }
  });
}

template <typename T>
void backward(const Tensor& d_hidden, const Tensor& gate_up, Tensor& d_gate_up) {
  const auto width = static_cast<std::size_t>(d_hidden.columns());
  parallel_ranges(d_hidden.rows(), 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto t = static_cast<std::size_t>(begin); t < static_cast<std::size_t>(end); ++t) {
      const T* in = gate_up.span<T>().data() + t * 2 * width;
      const T* gradient = d_hidden.span<T>().data() + t * width;
      T* out = d_gate_up.span<T>().data() + t * 2 * width;
      for (std::size_t c = 0; c < width; ++c) {
        const float gate = to_float(in[c]);
        const float up = to_float(in[c + width]);
        const float d = to_float(gradient[c]);
        const float sigmoid = 1 / (1 + std::exp(-gate));
        out[c] = from_float<T>(d * up * sigmoid * (1 + gate * (1 - sigmoid)));
        out[c + width] = from_float<T>(d * gate * sigmoid);
      }
    }
  });
}

}  // namespace

void swiglu_forward(const Tensor& gate_up, Tensor& hidden) {
  check("swiglu_forward", gate_up, hidden);
  if (hidden.type() == DataType::f32) {
    forward<float>(gate_up, hidden);
  } else {
    forward<BFloat16>(gate_up, hidden);
  }
}

void swiglu_backward(const Tensor& d_hidden, const Tensor& gate_up, Tensor& d_gate_up) {
  check("swiglu_backward", gate_up, d_hidden);
  check("swiglu_backward", d_gate_up, d_hidden);
  if (d_hidden.type() == DataType::f32) {
    backward<float>(d_hidden, gate_up, d_gate_up);
  } else {
    backward<BFloat16>(d_hidden, gate_up, d_gate_up);
  }
}

}  // namespace pbb

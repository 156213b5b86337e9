#include "tensor/ops/rms_norm.h"

#include <cmath>

#include "tensor/bfloat16.h"
#include "tensor/ops/check.h"
#include "tensor/parallel.h"

namespace pbb {
namespace {

void check(std::string_view op, const Tensor& x, const Tensor& weight, const Tensor& y,
           const Tensor& inverse_rms) {
  check_operands(is_matrix(x) && x.type() == DataType::f32 && weight.type() == DataType::f32 && is_float(y) &&
                     inverse_rms.type() == DataType::f32 && has_shape(weight, {x.columns()}) &&
                     y.shape() == x.shape() && has_shape(inverse_rms, {x.rows()}),
                 op, "needs x f32 (T, C), weight f32 (C), y (T, C), inverse_rms f32 (T)",
                 {&x, &weight, &y, &inverse_rms});
}

template <typename T>
void forward(const Tensor& x, const Tensor& weight, float epsilon, Tensor& y, Tensor& inverse_rms) {
  const auto width = static_cast<std::size_t>(x.columns());
  const float* w = weight.span<float>().data();
  parallel_ranges(x.rows(), 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto t = static_cast<std::size_t>(begin); t < static_cast<std::size_t>(end); ++t) {
      const float* in = x.span<float>().data() + t * width;
      T* out = y.span<T>().data() + t * width;
      float sum = 0;
      for (std::size_t c = 0; c < width; ++c) sum += in[c] * in[c];
      const float inverse = 1 / std::sqrt(sum / static_cast<float>(width) + epsilon);
      inverse_rms.span<float>()[t] = inverse;
      for (std::size_t c = 0; c < width; ++c) out[c] = from_float<T>(in[c] * inverse * w[c]);
    }
  });
}

template <typename T>
void backward(const Tensor& dy, const Tensor& x, const Tensor& weight, const Tensor& inverse_rms, Tensor& dx,
              Tensor& d_weight) {
  const auto width = static_cast<std::size_t>(x.columns());
  const auto rows = static_cast<std::size_t>(x.rows());
  const float* w = weight.span<float>().data();
  const float* in = x.span<float>().data();
  const T* gradient = dy.span<T>().data();
  const float* inverse = inverse_rms.span<float>().data();
  parallel_ranges(x.rows(), 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto t = static_cast<std::size_t>(begin); t < static_cast<std::size_t>(end); ++t) {
      float dot = 0;
      for (std::size_t c = 0; c < width; ++c)
        dot += to_float(gradient[t * width + c]) * w[c] * in[t * width + c];
      const float scale = dot * inverse[t] * inverse[t] / static_cast<float>(width);
      for (std::size_t c = 0; c < width; ++c) {
        dx.span<float>()[t * width + c] +=
            inverse[t] * (to_float(gradient[t * width + c]) * w[c] - in[t * width + c] * scale);
      }
    }
  });
  parallel_ranges(x.columns(), 64, [&](std::int64_t begin, std::int64_t end) {
    for (std::size_t t = 0; t < rows; ++t) {
      for (auto c = static_cast<std::size_t>(begin); c < static_cast<std::size_t>(end); ++c) {
        d_weight.span<float>()[c] += to_float(gradient[t * width + c]) * in[t * width + c] * inverse[t];
      }
    }
  });
}

}  // namespace

void rms_norm_forward(const Tensor& x, const Tensor& weight, float epsilon, Tensor& y, Tensor& inverse_rms) {
  check("rms_norm_forward", x, weight, y, inverse_rms);
  if (y.type() == DataType::f32) {
    forward<float>(x, weight, epsilon, y, inverse_rms);
  } else {
    forward<BFloat16>(x, weight, epsilon, y, inverse_rms);
  }
}

void rms_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& weight, const Tensor& inverse_rms,
                       Tensor& dx, Tensor& d_weight) {
  check("rms_norm_backward", x, weight, dy, inverse_rms);
  check("rms_norm_backward", dx, d_weight, dy, inverse_rms);
  if (dy.type() == DataType::f32) {
    backward<float>(dy, x, weight, inverse_rms, dx, d_weight);
  } else {
    backward<BFloat16>(dy, x, weight, inverse_rms, dx, d_weight);
  }
}

}  // namespace pbb

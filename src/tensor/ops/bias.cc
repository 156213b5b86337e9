#include "tensor/bfloat16.h"
#include "tensor/ops/check.h"
#include "tensor/ops/linear.h"
#include "tensor/parallel.h"

namespace pbb {
namespace {

void check(std::string_view op, const Tensor& bias, const Tensor& y) {
  check_operands(
      is_matrix(y) && is_float(y) && bias.type() == DataType::f32 && has_shape(bias, {y.columns()}), op,
      "needs a bias f32 (out) and y (T, out)", {&bias, &y});
}

template <typename T>
void forward(const Tensor& bias, Tensor& y) {
  const auto width = static_cast<std::size_t>(y.columns());
  const float* b = bias.span<float>().data();
  parallel_ranges(y.rows(), 16, [&](std::int64_t begin, std::int64_t end) {
    for (auto t = static_cast<std::size_t>(begin); t < static_cast<std::size_t>(end); ++t) {
      T* row = y.span<T>().data() + t * width;
      for (std::size_t c = 0; c < width; ++c) row[c] = from_float<T>(to_float(row[c]) + b[c]);
    }
  });
}

template <typename T>
void backward(const Tensor& dy, Tensor& d_bias) {
  const auto width = static_cast<std::size_t>(dy.columns());
  float* sums = d_bias.span<float>().data();
  parallel_ranges(dy.columns(), 64, [&](std::int64_t begin, std::int64_t end) {
    for (std::size_t t = 0; t < static_cast<std::size_t>(dy.rows()); ++t) {
      const T* row = dy.span<T>().data() + t * width;
      for (auto c = static_cast<std::size_t>(begin); c < static_cast<std::size_t>(end); ++c) {
        sums[c] += to_float(row[c]);
      }
    }
  });
}

}  // namespace

void bias_forward(const Tensor& bias, Tensor& y) {
  check("bias_forward", bias, y);
  if (y.type() == DataType::f32) {
    forward<float>(bias, y);
  } else {
    forward<BFloat16>(bias, y);
  }
}

void bias_backward(const Tensor& dy, Tensor& d_bias) {
  if (d_bias.empty()) return;
  check("bias_backward", d_bias, dy);
  if (dy.type() == DataType::f32) {
    backward<float>(dy, d_bias);
  } else {
    backward<BFloat16>(dy, d_bias);
  }
}

}  // namespace pbb

#include "tensor/ops/cross_entropy.h"

#include <algorithm>
#include <cmath>

#include "tensor/bfloat16.h"
#include "tensor/ops/check.h"
#include "tensor/parallel.h"

namespace pbb {
namespace {

constexpr std::int64_t chunk_rows = 256;  // of logits held at once

void check(std::string_view op, const Tensor& x, const LinearWeight& head,
           std::span<const std::int32_t> targets, std::span<float> log_probabilities) {
  check_operands(is_matrix(x) && x.type() == head.compute() && x.columns() == head.in() &&
                     x.rows() == static_cast<std::int64_t>(targets.size()) &&
                     targets.size() == log_probabilities.size(),
                 op, "needs x (N, C) in the head's compute type, N targets and N results", {&x});
  check_operands(std::ranges::all_of(targets, [&](auto t) { return t >= 0 && t < head.out(); }), op,
                 "every target must be in [0, V)");
}

// log softmax(row)[target]; the row becomes the gradient of -scale times it when `scale` is not zero.
float finish_row(std::span<float> row, std::size_t target, float scale) {
  const float largest = *std::ranges::max_element(row);
  double sum = 0;
  for (const float logit : row) sum += static_cast<double>(std::exp(logit - largest));
  const float log_sum = largest + static_cast<float>(std::log(sum));
  const float log_probability = row[target] - log_sum;
  if (scale != 0) {
    for (float& logit : row) logit = scale * std::exp(logit - log_sum);
    row[target] -= scale;
  }
  return log_probability;
}

void finish_rows(Tensor& logits, std::span<const std::int32_t> targets, float scale,
                 std::span<float> log_probabilities) {
  const auto width = static_cast<std::size_t>(logits.columns());
  parallel_ranges(logits.rows(), 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto t = static_cast<std::size_t>(begin); t < static_cast<std::size_t>(end); ++t) {
      log_probabilities[t] = finish_row(logits.span<float>().subspan(t * width, width),
                                        static_cast<std::size_t>(targets[t]), scale);
    }
  });
}

}  // namespace

void projected_log_probabilities(const Tensor& x, const LinearWeight& head,
                                 std::span<const std::int32_t> targets, std::span<float> log_probabilities) {
  check("projected_log_probabilities", x, head, targets, log_probabilities);
  Tensor buffer({std::min(chunk_rows, x.rows()), head.out()}, DataType::f32);
  for (std::int64_t begin = 0; begin < x.rows(); begin += chunk_rows) {
    const std::int64_t end = std::min(begin + chunk_rows, x.rows());
    const auto first = static_cast<std::size_t>(begin);
    const auto count = static_cast<std::size_t>(end - begin);
    Tensor logits = buffer.row_range(0, end - begin);
    linear_forward(x.row_range(begin, end), head, logits);
    finish_rows(logits, targets.subspan(first, count), 0, log_probabilities.subspan(first, count));
  }
}

void projected_cross_entropy(const Tensor& x, const LinearWeight& head, std::span<const std::int32_t> targets,
                             float scale, std::span<float> log_probabilities, Tensor& dx, Tensor& d_head) {
  check("projected_cross_entropy", x, head, targets, log_probabilities);
  check_operands(dx.shape() == x.shape() && dx.type() == x.type() &&
                     (d_head.empty() || has_shape(d_head, {head.out(), head.in()})),
                 "projected_cross_entropy", "dx must be as x and d_head (V, C) or empty", {&x, &dx, &d_head});
  Tensor buffer({std::min(chunk_rows, x.rows()), head.out()}, DataType::f32);
  Tensor narrow;
  if (head.compute() == DataType::bf16) narrow = Tensor(buffer.shape(), DataType::bf16);
  for (std::int64_t begin = 0; begin < x.rows(); begin += chunk_rows) {
    const std::int64_t end = std::min(begin + chunk_rows, x.rows());
    const auto first = static_cast<std::size_t>(begin);
    const auto count = static_cast<std::size_t>(end - begin);
    Tensor logits = buffer.row_range(0, end - begin);
    const Tensor x_chunk = x.row_range(begin, end);
    Tensor dx_chunk = dx.row_range(begin, end);
    linear_forward(x_chunk, head, logits);
    finish_rows(logits, targets.subspan(first, count), scale, log_probabilities.subspan(first, count));
    Tensor d_logits = logits;
    if (!narrow.empty()) {
      d_logits = narrow.row_range(0, end - begin);
      convert(logits, d_logits);
    }
    linear_backward_input(d_logits, head, dx_chunk);
    if (!d_head.empty()) linear_backward_weight(d_logits, x_chunk, d_head);
  }
}

}  // namespace pbb

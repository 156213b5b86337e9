#include "tensor/ops/cross_entropy.h"

#include <algorithm>

#include "tensor/ops/check.h"
#include "tensor/ops/cpu.h"

namespace pbb {
namespace {

constexpr std::int64_t chunk_rows = 256;

void check(std::string_view op, const Tensor& x, const LinearWeight& head,
           std::span<const std::int32_t> targets, std::size_t results) {
  check_operands(is_matrix(x) && x.type() == head.compute() && x.columns() == head.in() &&
                     x.rows() == static_cast<std::int64_t>(targets.size()) && targets.size() == results,
                 op, "needs x (N, C) in the head's compute type, N targets and N results", {&x});
  check_operands(std::ranges::all_of(targets, [&](auto t) { return t >= 0 && t < head.out(); }), op,
                 "every target must be in [0, V)");
}

bool is_chunk(const Tensor& buffer, DataType type, const Tensor& x, const LinearWeight& head) {
  return buffer.type() == type && has_shape(buffer, {logits_chunk(x.rows()), head.out()});
}

}  // namespace

std::int64_t logits_chunk(std::int64_t rows) {
  return std::min(rows, chunk_rows);
}

void projected_log_probabilities(const Tensor& x, const LinearWeight& head,
                                 std::span<const std::int32_t> targets, std::span<float> log_probabilities,
                                 Tensor& logits_buffer) {
  check("projected_log_probabilities", x, head, targets, log_probabilities.size());
  check_operands(is_chunk(logits_buffer, DataType::f32, x, head), "projected_log_probabilities",
                 "logits must be (logits_chunk(N), V) f32", {&x, &logits_buffer});
  for (std::int64_t begin = 0; begin < x.rows(); begin += chunk_rows) {
    const std::int64_t end = std::min(begin + chunk_rows, x.rows());
    const auto first = static_cast<std::size_t>(begin);
    const auto count = static_cast<std::size_t>(end - begin);
    Tensor logits = logits_buffer.row_range(0, end - begin);
    linear_forward(x.row_range(begin, end), head, logits);
    cpu::target_log_probabilities(logits, targets.subspan(first, count),
                                  log_probabilities.subspan(first, count));
  }
}

void projected_cross_entropy(const Tensor& x, const LinearWeight& head, std::span<const std::int32_t> targets,
                             const LossOptions& loss, std::span<TargetOutcome> outcomes, Tensor& dx,
                             Tensor& d_head, bool add_to_head, Tensor& logits_buffer,
                             Tensor& d_logits_buffer) {
  check("projected_cross_entropy", x, head, targets, outcomes.size());
  check_operands(loss.weights.empty() || loss.weights.size() == targets.size(), "projected_cross_entropy",
                 "needs a weight for every target, or none", {&x});
  check_operands(dx.shape() == x.shape() && dx.type() == x.type() &&
                     (d_head.empty() || has_shape(d_head, {head.out(), head.in()})),
                 "projected_cross_entropy", "dx must be as x and d_head (V, C) or empty", {&x, &dx, &d_head});
  check_operands(
      is_chunk(logits_buffer, DataType::f32, x, head) && is_chunk(d_logits_buffer, head.compute(), x, head),
      "projected_cross_entropy", "logits and d_logits must be (logits_chunk(N), V), f32 and in compute type",
      {&x, &logits_buffer, &d_logits_buffer});
  for (std::int64_t begin = 0; begin < x.rows(); begin += chunk_rows) {
    const std::int64_t end = std::min(begin + chunk_rows, x.rows());
    const auto first = static_cast<std::size_t>(begin);
    const auto count = static_cast<std::size_t>(end - begin);
    Tensor logits = logits_buffer.row_range(0, end - begin);
    const Tensor x_chunk = x.row_range(begin, end);
    Tensor dx_chunk = dx.row_range(begin, end);
    linear_forward(x_chunk, head, logits);
    Tensor d_logits = d_logits_buffer.row_range(0, end - begin);
    LossOptions chunk_loss = loss;
    if (!loss.weights.empty()) chunk_loss.weights = loss.weights.subspan(first, count);
    cpu::target_gradients(logits, targets.subspan(first, count), chunk_loss, outcomes.subspan(first, count),
                          d_logits);
    linear_backward_input(d_logits, head, dx_chunk);
    if (!d_head.empty()) linear_backward_weight(d_logits, x_chunk, d_head, add_to_head || begin > 0);
  }
}

void projected_divergence(const Tensor& x, const Tensor& reference, const LinearWeight& head,
                          std::span<const std::int32_t> targets, const LossOptions& loss,
                          std::span<TargetOutcome> outcomes, Tensor& dx, Tensor& logits_buffer,
                          Tensor& reference_logits_buffer, Tensor& d_logits_buffer) {
  check("projected_divergence", x, head, targets, outcomes.size());
  check_operands(reference.shape() == x.shape() && reference.type() == x.type() && dx.shape() == x.shape() &&
                     dx.type() == x.type(),
                 "projected_divergence", "reference and dx must be as x", {&x, &reference, &dx});
  check_operands(loss.weights.empty() || loss.weights.size() == targets.size(), "projected_divergence",
                 "needs a weight for every target, or none", {&x});
  check_operands(
      is_chunk(logits_buffer, DataType::f32, x, head) &&
          is_chunk(reference_logits_buffer, DataType::f32, x, head) &&
          is_chunk(d_logits_buffer, head.compute(), x, head),
      "projected_divergence",
      "logits, reference_logits and d_logits must be (logits_chunk(N), V), f32 and in compute type",
      {&x, &logits_buffer, &reference_logits_buffer, &d_logits_buffer});
  for (std::int64_t begin = 0; begin < x.rows(); begin += chunk_rows) {
    const std::int64_t end = std::min(begin + chunk_rows, x.rows());
    const auto first = static_cast<std::size_t>(begin);
    const auto count = static_cast<std::size_t>(end - begin);
    Tensor logits = logits_buffer.row_range(0, end - begin);
    Tensor reference_logits = reference_logits_buffer.row_range(0, end - begin);
    Tensor d_logits = d_logits_buffer.row_range(0, end - begin);
    Tensor dx_chunk = dx.row_range(begin, end);
    linear_forward(x.row_range(begin, end), head, logits);
    linear_forward(reference.row_range(begin, end), head, reference_logits);
    LossOptions chunk_loss = loss;
    if (!loss.weights.empty()) chunk_loss.weights = loss.weights.subspan(first, count);
    cpu::divergence_gradients(logits, reference_logits, targets.subspan(first, count), chunk_loss,
                              outcomes.subspan(first, count), d_logits);
    linear_backward_input(d_logits, head, dx_chunk);
  }
}

void summarize_logits(const Tensor& logits, std::span<LogitsSummary> summaries) {
  check_operands(is_matrix(logits) && logits.type() == DataType::f32 && logits.columns() > 0 &&
                     logits.rows() == static_cast<std::int64_t>(summaries.size()),
                 "summarize_logits", "needs logits (N, V) f32 and room for N summaries", {&logits});
  cpu::summarize_logits(logits, summaries);
}

}  // namespace pbb

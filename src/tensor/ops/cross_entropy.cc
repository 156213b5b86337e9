#include "tensor/ops/cross_entropy.h"

#include <algorithm>
#include <string_view>

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

// What a loss writes to: the gradient, and a chunk of logits with theirs.
struct LossBuffers {
  const Tensor &dx, &logits, &d_logits;
};
// A chunk of the rows of a loss, from row `begin` on, its logits computed.
struct LossChunk {
  std::int64_t begin = 0;
  Tensor x, dx, logits, d_logits;
  std::span<const std::int32_t> targets;
  LossOptions loss;
  std::span<TargetOutcome> outcomes;
};

// What every projected loss shares: checks its operands, and calls compute(LossChunk&) for one chunk after the
// other.
template <typename Compute>
void for_each_chunk(std::string_view op, const Tensor& x, const LinearWeight& head,
                    std::span<const std::int32_t> targets, const LossOptions& loss,
                    std::span<TargetOutcome> outcomes, const LossBuffers& buffers, const Compute& compute) {
  const auto& [dx, logits, d_logits] = buffers;
  check(op, x, head, targets, outcomes.size());
  check_operands(loss.weights.empty() || loss.weights.size() == targets.size(), op,
                 "needs a weight for every target, or none", {&x});
  check_operands(dx.shape() == x.shape() && dx.type() == x.type(), op, "dx must be as x", {&x, &dx});
  check_operands(is_chunk(logits, DataType::f32, x, head) && is_chunk(d_logits, head.compute(), x, head), op,
                 "logits and d_logits must be (logits_chunk(N), V), f32 and in compute type",
                 {&x, &logits, &d_logits});
  for (std::int64_t begin = 0; begin < x.rows(); begin += chunk_rows) {
    const std::int64_t end = std::min(begin + chunk_rows, x.rows());
    const auto first = static_cast<std::size_t>(begin);
    const auto count = static_cast<std::size_t>(end - begin);
    LossChunk chunk{.begin = begin,
                    .x = x.row_range(begin, end),
                    .dx = dx.row_range(begin, end),
                    .logits = logits.row_range(0, end - begin),
                    .d_logits = d_logits.row_range(0, end - begin),
                    .targets = targets.subspan(first, count),
                    .loss = loss,
                    .outcomes = outcomes.subspan(first, count)};
    if (!loss.weights.empty()) chunk.loss.weights = loss.weights.subspan(first, count);
    linear_forward(chunk.x, head, chunk.logits);
    compute(chunk);
  }
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
  constexpr std::string_view op = "projected_cross_entropy";
  check_operands(d_head.empty() || has_shape(d_head, {head.out(), head.in()}), op,
                 "d_head must be (V, C) or empty", {&x, &d_head});
  const LossBuffers buffers{dx, logits_buffer, d_logits_buffer};
  for_each_chunk(op, x, head, targets, loss, outcomes, buffers, [&](LossChunk& chunk) {
    cpu::target_gradients(chunk.logits, chunk.targets, chunk.loss, chunk.outcomes, chunk.d_logits);
    linear_backward_input(chunk.d_logits, head, chunk.dx);
    if (!d_head.empty())
      linear_backward_weight(chunk.d_logits, chunk.x, d_head, add_to_head || chunk.begin > 0);
  });
}

void projected_divergence(const Tensor& x, const Tensor& reference, const LinearWeight& head,
                          std::span<const std::int32_t> targets, const LossOptions& loss,
                          std::span<TargetOutcome> outcomes, Tensor& dx, Tensor& logits_buffer,
                          Tensor& reference_logits_buffer, Tensor& d_logits_buffer) {
  constexpr std::string_view op = "projected_divergence";
  check_operands(reference.shape() == x.shape() && reference.type() == x.type() &&
                     is_chunk(reference_logits_buffer, DataType::f32, x, head),
                 op, "reference must be as x and reference_logits as logits",
                 {&x, &reference, &reference_logits_buffer});
  const LossBuffers buffers{dx, logits_buffer, d_logits_buffer};
  for_each_chunk(op, x, head, targets, loss, outcomes, buffers, [&](LossChunk& chunk) {
    const std::int64_t rows = chunk.x.rows();
    Tensor reference_logits = reference_logits_buffer.row_range(0, rows);
    linear_forward(reference.row_range(chunk.begin, chunk.begin + rows), head, reference_logits);
    cpu::divergence_gradients(chunk.logits, reference_logits, chunk.targets, chunk.loss, chunk.outcomes,
                              chunk.d_logits);
    linear_backward_input(chunk.d_logits, head, chunk.dx);
  });
}

void summarize_logits(const Tensor& logits, std::span<LogitsSummary> summaries) {
  check_operands(is_matrix(logits) && logits.type() == DataType::f32 && logits.columns() > 0 &&
                     logits.rows() == static_cast<std::int64_t>(summaries.size()),
                 "summarize_logits", "needs logits (N, V) f32 and room for N summaries", {&logits});
  cpu::summarize_logits(logits, summaries);
}

}  // namespace pbb

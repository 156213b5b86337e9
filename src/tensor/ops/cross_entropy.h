// Output projection and cross-entropy in one chunked op: the (N, V) logits are never held as a whole.
#pragma once

#include <span>

#include "tensor/ops/linear.h"
#include "tensor/tensor.h"

namespace pbb {

// How many rows of logits are held at once for N rows: a buffer for them is handed in, with so many rows.
std::int64_t logits_chunk(std::int64_t rows);

// The natural log of softmax(x headᵀ)[target] for each row.
//
//   x                   (N, C) in the head's compute type
//   head                (V, C)
//   targets             N values in [0, V)
//   log_probabilities   N, f32
//   logits              (logits_chunk(N), V) f32, overwritten
void projected_log_probabilities(const Tensor& x, const LinearWeight& head,
                                 std::span<const std::int32_t> targets, std::span<float> log_probabilities,
                                 Tensor& logits);

// How a target fared.
struct TargetOutcome {
  float log_probability = 0;  // natural log
  float weight = 1;           // what its loss counted with
  // What greedy decoding takes: the target's logit is the largest, the first of equals.
  bool most_likely = false;
};
struct LossOptions {
  float scale = 1;
  std::span<const float> weights = {};  // N, of any sign; empty: all 1
  // A target whose probability is 0.5 or more weighs nothing: it is known, and the others are where there is
  // something to learn.
  bool only_unknown = false;
};
// The same, and the gradient of loss = -scale · Σ weight · log p(target):
//
//   outcomes   N
//   dx         (N, C) in the compute type, overwritten
//   d_head     (V, C) f32, added to or, without add_to_head, overwritten; empty: skipped (frozen head)
//   d_logits   as logits in the compute type, overwritten; in f32 the logits themselves
void projected_cross_entropy(const Tensor& x, const LinearWeight& head, std::span<const std::int32_t> targets,
                             const LossOptions& loss, std::span<TargetOutcome> outcomes, Tensor& dx,
                             Tensor& d_head, bool add_to_head, Tensor& logits, Tensor& d_logits);

// Towards what another model says, in place of the targets: the gradient of
// loss = scale · Σ weight · KL(softmax(reference headᵀ) ‖ softmax(x headᵀ)) with a frozen head
// (distillation, Hinton et al. 2015, arXiv:1503.02531). As above, outcomes those of the targets, but:
//
//   reference          as x
//   reference_logits   as logits, overwritten
//   only_unknown       does not apply
void projected_divergence(const Tensor& x, const Tensor& reference, const LinearWeight& head,
                          std::span<const std::int32_t> targets, const LossOptions& loss,
                          std::span<TargetOutcome> outcomes, Tensor& dx, Tensor& logits,
                          Tensor& reference_logits, Tensor& d_logits);

// A row of logits in short. log softmax(row)[t] = row[t] - row[largest] - log(sum), in f32: what the
// functions above compute, to the bit.
struct LogitsSummary {
  std::int32_t largest = 0;  // where the largest is, the first of equals
  float sum = 0;             // of exp(logit - largest logit); not finite when a logit is not
};
// logits: (N, V) f32; summaries: N.
void summarize_logits(const Tensor& logits, std::span<LogitsSummary> summaries);

}  // namespace pbb

// The processor's side of every op: operands are checked already (NAME.cc); shapes and maths are in NAME.h.
#pragma once

#include <cstdint>
#include <span>

#include "tensor/ops/adamw.h"
#include "tensor/ops/attention.h"
#include "tensor/ops/cross_entropy.h"
#include "tensor/ops/linear.h"
#include "tensor/ops/rope.h"
#include "tensor/tensor.h"

namespace pbb::cpu {

void convert(const Tensor& from, Tensor& to);

void rms_norm_forward(const Tensor& x, const Tensor& weight, float epsilon, Tensor& y, Tensor& inverse_rms);
void rms_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& weight, const Tensor& inverse_rms,
                       Tensor& dx, Tensor& d_weight);

void swiglu_forward(const Tensor& gate_up, Tensor& hidden);
void swiglu_backward(const Tensor& d_hidden, const Tensor& gate_up, Tensor& d_gate_up);

// direction: 1 forward, -1 back.
void rope_rotate(Tensor& qkv, const AttentionShape& shape, std::span<const std::int32_t> positions,
                 const RopeTable& table, float direction);

// Rows [begin, end) of the packed tokens. Its keys are kept in blocks of key_block; `first_block` counts
// those of the sequences before it.
struct AttentionSequence {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t first_block = 0;
  std::size_t length() const { return end - begin; }
};
inline constexpr std::size_t key_block = 64;
void attention_forward(const Tensor& qkv, std::span<const AttentionSequence> sequences,
                       const AttentionShape& shape, Tensor& out, Tensor& log_sum);
void attention_backward(const Tensor& d_out, const Tensor& qkv, const Tensor& out, const Tensor& log_sum,
                        std::span<const AttentionSequence> sequences, const AttentionShape& shape,
                        Tensor& d_qkv);
void attention_cached(const Tensor& qkv, std::span<const std::int32_t> slots,
                      std::span<const std::int32_t> positions, const AttentionShape& shape,
                      KeyValueCache& cache, Tensor& out);

// log softmax of each row of logits (N, V) f32 at its target.
void target_log_probabilities(const Tensor& logits, std::span<const std::int32_t> targets,
                              std::span<float> log_probabilities);
void summarize_logits(const Tensor& logits, std::span<LogitsSummary> summaries);
// projected_cross_entropy's outcomes and its gradient at the logits: (N, V) f32 or bf16, may be the logits
// themselves, which are overwritten.
void target_gradients(Tensor& logits, std::span<const std::int32_t> targets, const LossOptions& loss,
                      std::span<TargetOutcome> outcomes, Tensor& d_logits);
// The same towards softmax(reference): (N, V) f32, overwritten too.
void divergence_gradients(Tensor& logits, Tensor& reference, std::span<const std::int32_t> targets,
                          const LossOptions& loss, std::span<TargetOutcome> outcomes, Tensor& d_logits);

// As pbb::adamw_step, with the factors worked out: w = w · decay - rate · m / (sqrt(v) · correction +
// epsilon).
struct AdamWFactors {
  float gradient_scale = 1;
  float beta1 = 0;
  float beta2 = 0;
  float decay = 1;
  float rate = 0;
  float correction = 1;
  float epsilon = 0;
};
void adamw_step(std::span<float> weights, std::span<const float> gradients, std::span<float> first_moments,
                std::span<float> second_moments, const AdamWFactors& factors);
double sum_of_squares(std::span<const float> values);

}  // namespace pbb::cpu

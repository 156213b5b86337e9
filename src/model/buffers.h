// The buffers of a pass, and how much memory they take: counted by the code that takes them.
#pragma once

#include <cstdint>
#include <vector>

#include "model/arena.h"
#include "model/config.h"
#include "tensor/tensor.h"

namespace pbb {

// What a step of training computes a second time, in the backward pass, instead of keeping it.
enum class Recompute { none, layers };

// What one layer's forward pass leaves behind. Training keeps one of these for each layer (with
// Recompute::layers only its input, the rest being shared among all); scoring and decoding share one among
// all. Normed inputs and the SwiGLU's hidden rows are not kept: the backward pass computes them again.
struct LayerActivations {
  Tensor input;                  // (T, C) f32, the residual stream before the layer
  Tensor query_key_value;        // (T, row) compute type, rotated
  Tensor raw_queries, raw_keys;  // (T · heads, head_size) f32 before their norms; only with query_key_norm
  Tensor attended, log_sum;      // (T, heads · head_size) compute type; (heads, T) f32
  Tensor middle;                 // (T, C) f32, the residual stream between attention and feed-forward
  Tensor gate_up;                // (T, 2F) compute type
};

// Buffers that live no longer than one step within a layer.
struct Scratch {
  Tensor normed;            // (T, C) compute type
  Tensor inverse_rms;       // (T) f32
  Tensor hidden;            // (T, F) compute type
  Tensor normed_heads;      // (T · heads, head_size) f32; only with query_key_norm, as the next
  Tensor head_inverse_rms;  // (T · heads) f32
  Tensor low_rank;          // (T · L) compute type; only where an adapter is applied
};

// What the backward pass needs beyond Scratch.
struct GradientScratch {
  Tensor residual;           // (T, C) compute type: the residual's gradient as products take it
  Tensor d_hidden;           // (T, F) compute type
  Tensor d_gate_up;          // (T, 2F) compute type
  Tensor d_normed;           // (T, C) compute type
  Tensor d_attended;         // (T, heads · head_size) compute type
  Tensor d_query_key_value;  // (T, row) compute type
  Tensor d_heads, d_raw;     // (T · heads, head_size) f32; only with query_key_norm
  Tensor d_low_rank;         // (T · L) compute type; only with an adapter
};

// The final norm and the output projection, on the R rows that have a target or whose logits are wanted.
struct HeadBuffers {
  Tensor selected;          // (R, C) f32
  Tensor normed;            // (R, C) compute type
  Tensor inverse_rms;       // (R) f32
  Tensor d_normed;          // (R, C) compute type; training only, as the next
  Tensor d_selected;        // (R, C) f32
  Tensor logits, d_logits;  // a chunk of rows, see cross_entropy.h
  Tensor reference_logits;  // the same, of the rows that keep to the reference; only where there are any
};

// A forward pass without gradients.
struct ForwardBuffers {
  LayerActivations activations;
  Scratch scratch;
  HeadBuffers head;
};

// A step of training. `head` and `gradient_scratch` share their memory: the one is done with when the other
// begins.
struct StepBuffers {
  std::vector<LayerActivations> kept;
  Tensor residual;  // (T, C) f32, the last layer's output, later the gradient
  Scratch scratch;
  HeadBuffers head;
  GradientScratch gradient_scratch;
};

// How large a pass is: T tokens, R rows with a target or whose logits are wanted, and L columns of an
// adapter's widest x Aᵀ (widest_low_rank; 0 without one).
struct PassSize {
  std::int64_t tokens = 0;
  std::int64_t rows = 0;
  std::int64_t low_rank = 0;
  std::int64_t reference_rows = 0;  // of the rows, those that keep to the reference (PackedTokens::keeps)
};

// What a step of training holds beside those buffers: what the reference says at the rows that keep to it.
std::int64_t reference_bytes(const DecoderConfig& config, DataType compute, PassSize size);

// On a planning arena these only count; `plan` does that.
StepBuffers take_step_buffers(const DecoderConfig& config, DataType compute, PassSize size,
                              Recompute recompute, Arena& arena);
ForwardBuffers take_scoring_buffers(const DecoderConfig& config, DataType compute, PassSize size,
                                    Arena& arena);
ForwardBuffers take_decoding_buffers(const DecoderConfig& config, DataType compute, PassSize size,
                                     Arena& arena);

// Copies of the weights in the form that products take, beside the f32 weights themselves; `training`: also
// those that only the backward pass needs.
std::int64_t packed_weight_bytes(const DecoderConfig& config, DataType compute, bool training);
// Those of Decoder::pack_for_decoding.
std::int64_t decoding_weight_bytes(const DecoderConfig& config, DataType compute);
// The keys and values of `slots` sequences of at most `capacity` tokens.
std::int64_t cache_bytes(const DecoderConfig& config, DataType compute, std::int64_t slots,
                         std::int64_t capacity);

// What a pass takes: plan([&](Arena& arena) { take_step_buffers(config, compute, size, recompute, arena); }).
template <typename Take>
BufferPlan plan(const Take& take) {
  Arena arena(Arena::Mode::planning);
  take(arena);
  return arena.taken();
}

// Plans, makes room, takes: what the passes call.
template <typename Take>
auto take_from(Arena& arena, const Take& take) {
  arena.reserve(plan(take).bytes);
  return take(arena);
}

}  // namespace pbb

// Inside Decoder: what its passes share. Included by decoder*.cc only.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "model/arena.h"
#include "model/decoder.h"
#include "model/layout.h"
#include "tensor/ops/linear.h"
#include "tensor/ops/rms_norm.h"
#include "tensor/ops/rope.h"
#include "tensor/ops/swiglu.h"

namespace pbb {

// The weight matrices of one layer, ready for products.
struct LayerProducts {
  LinearWeight query_key_value, attention_output, gate_up, down;
};

// What one layer's forward pass leaves behind. Training keeps one of these for each layer, scoring and
// decoding share one among all. Normed inputs and the SwiGLU's hidden rows are not kept: the backward pass
// computes them again.
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
};

struct Decoder::Implementation {
  Implementation(DecoderConfig config_, DataType compute_);

  // Packs the weights for products if that has not been done since they changed.
  void prepare(bool training);
  void grow_rope_table(std::int64_t length);
  void check_batch(const PackedTokens& batch) const;

  void reset_arenas();
  Tensor take(std::vector<std::int64_t> shape) { return float_arena.take(std::move(shape)); }
  Tensor take_compute(std::vector<std::int64_t> shape) {
    return (compute == DataType::f32 ? float_arena : half_arena).take(std::move(shape));
  }
  LayerActivations take_activations(std::int64_t rows);
  Scratch take_scratch(std::int64_t rows);
  GradientScratch take_gradient_scratch(std::int64_t rows);

  // One layer, from activations.input to output: (T, C) f32, which may be activations.input itself.
  // attend(query_key_value, attended) is the attention: over packed sequences, or over a cache.
  template <typename Attend>
  void forward_layer(std::size_t layer, std::span<const std::int32_t> positions,
                     LayerActivations& activations, Scratch& scratch, Tensor& output, const Attend& attend);
  // d_output: the gradient of the layer's output; becomes that of its input. d_layer: views of the gradients.
  void backward_layer(std::size_t layer, std::span<const std::int32_t> positions,
                      std::span<const std::int32_t> offsets, LayerActivations& activations, Scratch& scratch,
                      GradientScratch& gradient_scratch, Tensor& d_output, LayerViews& d_layer);
  void normalize_heads(const LayerViews& weights, LayerActivations& activations, Scratch& scratch);
  void backward_heads(const LayerViews& weights, LayerActivations& activations, Scratch& scratch,
                      GradientScratch& gradient_scratch, LayerViews& d_layer);
  void score_sequences(const PackedTokens& batch, std::span<float> log_probabilities);

  DecoderConfig config;
  DataType compute;
  Tensor weights;
  std::vector<Parameter> parameters;
  ParameterViews views;

  std::vector<LayerProducts> products;  // empty until first used
  std::optional<LinearWeight> head;
  bool trainable = false;  // the products hold what the backward pass needs
  bool stale = false;

  RopeTable rope;
  Arena float_arena{DataType::f32}, half_arena{DataType::bf16};
};

// y += x, both (T, C) f32.
void add(const Tensor& x, Tensor& y);
// Each token's place in its sequence.
std::vector<std::int32_t> packed_positions(std::span<const std::int32_t> offsets);
// The rows of `from` that `rows` names, one after the other, and the way back.
void gather_rows(const Tensor& from, std::span<const std::int32_t> rows, Tensor& to);
void scatter_rows(const Tensor& from, std::span<const std::int32_t> rows, Tensor& to);

template <typename Attend>
void Decoder::Implementation::forward_layer(std::size_t layer, std::span<const std::int32_t> positions,
                                            LayerActivations& activations, Scratch& scratch, Tensor& output,
                                            const Attend& attend) {
  const LayerViews& weights_of = views.layers[layer];
  const LayerProducts& product = products[layer];
  const float epsilon = config.norm_epsilon;
  LayerActivations& a = activations;

  rms_norm_forward(a.input, weights_of.attention_norm, epsilon, scratch.normed, scratch.inverse_rms);
  linear_forward(scratch.normed, product.query_key_value, a.query_key_value);
  if (config.attention_bias) bias_forward(weights_of.query_key_value_bias, a.query_key_value);
  if (config.query_key_norm) normalize_heads(weights_of, a, scratch);
  rope_forward(a.query_key_value, config.attention(), positions, rope);
  attend(a.query_key_value, a.attended);
  linear_forward(a.attended, product.attention_output, a.middle);
  add(a.input, a.middle);

  rms_norm_forward(a.middle, weights_of.feed_forward_norm, epsilon, scratch.normed, scratch.inverse_rms);
  linear_forward(scratch.normed, product.gate_up, a.gate_up);
  swiglu_forward(a.gate_up, scratch.hidden);
  linear_forward(scratch.hidden, product.down, output);
  add(a.middle, output);
}

}  // namespace pbb

// Inside Decoder: what its passes share. Included by decoder*.cc only.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "model/arena.h"
#include "model/buffers.h"
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

struct Decoder::Implementation {
  Implementation(DecoderConfig config_, DataType compute_);

  // Packs the weights for products if that has not been done since they changed.
  void prepare(bool training);
  void grow_rope_table(std::int64_t length);
  void check_batch(const PackedTokens& batch) const;

  // One layer, from activations.input to output: (T, C) f32, which may be activations.input itself.
  // attend(query_key_value, attended) is the attention: over packed sequences, or over a cache.
  template <typename Attend>
  void forward_layer(std::size_t layer, std::span<const std::int32_t> positions,
                     LayerActivations& activations, Scratch& scratch, Tensor& output, const Attend& attend);
  // The part of it that fills `activations`: what the backward pass needs.
  template <typename Attend>
  void fill_activations(std::size_t layer, std::span<const std::int32_t> positions,
                        LayerActivations& activations, Scratch& scratch, const Attend& attend);
  // d_output: the gradient of the layer's output; becomes that of its input. d_layer: views of the gradients,
  // whose matrices are added to or, without `add`, overwritten.
  void backward_layer(std::size_t layer, std::span<const std::int32_t> positions,
                      std::span<const std::int32_t> offsets, LayerActivations& activations, Scratch& scratch,
                      GradientScratch& gradient_scratch, Tensor& d_output, LayerViews& d_layer, bool add);
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
  Arena arena;
};

// y += x, both (T, C) f32.
void add(const Tensor& x, Tensor& y);
// Each token's place in its sequence.
std::vector<std::int32_t> packed_positions(std::span<const std::int32_t> offsets);
// The rows of `from` that `rows` names, one after the other, and the way back.
void gather_rows(const Tensor& from, std::span<const std::int32_t> rows, Tensor& to);
void scatter_rows(const Tensor& from, std::span<const std::int32_t> rows, Tensor& to);

template <typename Attend>
void Decoder::Implementation::fill_activations(std::size_t layer, std::span<const std::int32_t> positions,
                                               LayerActivations& activations, Scratch& scratch,
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
}

template <typename Attend>
void Decoder::Implementation::forward_layer(std::size_t layer, std::span<const std::int32_t> positions,
                                            LayerActivations& activations, Scratch& scratch, Tensor& output,
                                            const Attend& attend) {
  fill_activations(layer, positions, activations, scratch, attend);
  swiglu_forward(activations.gate_up, scratch.hidden);
  linear_forward(scratch.hidden, products[layer].down, output);
  add(activations.middle, output);
}

}  // namespace pbb

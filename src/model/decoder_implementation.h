// Inside Decoder: what its passes share. Included by decoder*.cc only.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "model/adapter.h"
#include "model/arena.h"
#include "model/buffers.h"
#include "model/decoder.h"
#include "model/layout.h"
#include "tensor/ops/cross_entropy.h"
#include "tensor/ops/linear.h"
#include "tensor/ops/low_rank.h"
#include "tensor/ops/rms_norm.h"
#include "tensor/ops/rope.h"
#include "tensor/ops/swiglu.h"

namespace pbb {

// A weight matrix ready for products, with what the active adapter adds to it.
struct Product {
  LinearWeight weight;
  std::optional<LowRankWeight> update;
};
using LayerProducts = std::vector<Product>;  // by ProductKind

inline Tensor& matrix_of(LayerViews& layer, ProductKind kind) {
  switch (kind) {
    case ProductKind::query_key_value:
      return layer.query_key_value;
    case ProductKind::attention_output:
      return layer.attention_output;
    case ProductKind::gate_up:
      return layer.gate_up;
    case ProductKind::down:
      break;
  }
  return layer.down;
}
inline constexpr std::array all_products{ProductKind::query_key_value, ProductKind::attention_output,
                                         ProductKind::gate_up, ProductKind::down};

// What a forward pass makes of the adapter, where there is one.
enum class AdapterUse { applied, left_out };

// Where one layer's gradients go. Those of what is frozen are empty.
struct LayerGradients {
  LayerViews base;
  AdaptedLayer adapter;
};

struct Decoder::Implementation {
  Implementation(DecoderConfig config_, DataType compute_);

  // Packs the weights for products if that has not been done since they changed.
  void prepare(bool training);
  void prepare_updates(bool base_was_made);
  const ParameterSet& trained() const { return adapter ? adapter->parameters : base; }
  PassSize pass_size(std::size_t tokens, std::size_t rows, AdapterUse use = AdapterUse::applied) const;
  void grow_rope_table(std::int64_t length);
  void check_batch(const PackedTokens& batch) const;

  const Product& product(std::size_t layer, ProductKind kind) const {
    return products[layer][static_cast<std::size_t>(kind)];
  }
  // y = x Wᵀ, W being that product's matrix with the adapter's update, unless `scratch` has no room for it
  // (AdapterUse::left_out).
  void project(const Tensor& x, std::size_t layer, ProductKind kind, Scratch& scratch, Tensor& y) const;
  // dx = dy W, and the gradients of what is not frozen.
  void backward_project(const Tensor& dy, const Tensor& x, std::size_t layer, ProductKind kind,
                        Scratch& scratch, GradientScratch& gradient_scratch, Tensor& dx,
                        LayerGradients& d_layer, bool add) const;

  // One layer, from activations.input to output: (T, C) f32, which may be activations.input itself.
  // attend(query_key_value, attended) is the attention: over packed sequences, or over a cache.
  template <typename Attend>
  void forward_layer(std::size_t layer, std::span<const std::int32_t> positions,
                     LayerActivations& activations, Scratch& scratch, Tensor& output, const Attend& attend);
  // The part of it that fills `activations`: what the backward pass needs.
  template <typename Attend>
  void fill_activations(std::size_t layer, std::span<const std::int32_t> positions,
                        LayerActivations& activations, Scratch& scratch, const Attend& attend);
  // d_output: the gradient of the layer's output; becomes that of its input. d_layer: matrices are added to
  // or, without `add`, overwritten.
  void backward_layer(std::size_t layer, std::span<const std::int32_t> positions,
                      std::span<const std::int32_t> offsets, LayerActivations& activations, Scratch& scratch,
                      GradientScratch& gradient_scratch, Tensor& d_output, LayerGradients& d_layer, bool add);
  void normalize_heads(const LayerViews& weights, LayerActivations& activations, Scratch& scratch);
  void backward_heads(const LayerViews& weights, LayerActivations& activations, Scratch& scratch,
                      GradientScratch& gradient_scratch, LayerViews& d_layer);
  // Forward without gradients, in buffers of the arena: `head` holds the final norm's output at `rows`.
  ForwardBuffers forward_rows(const PackedTokens& batch, std::span<const std::int32_t> rows, AdapterUse use);
  void score_sequences(const PackedTokens& batch, std::span<float> log_probabilities);
  // That of the places that keep to the reference, which are targets too: (rows, C) in the compute type, in
  // order.
  Tensor reference_rows(const PackedTokens& batch);
  // The head's loss and gradients where some rows keep to the reference. keeps: as many as targets.
  void mixed_loss(HeadBuffers& head, const Tensor& reference, std::span<const std::int32_t> targets,
                  std::span<const std::uint8_t> keeps, const LossOptions& loss,
                  std::span<TargetOutcome> outcomes);

  DecoderConfig config;
  DataType compute;
  ParameterSet base;
  ParameterViews views;  // of the base
  std::optional<Adapter> adapter;

  std::vector<LayerProducts> products;  // empty until first used
  std::optional<LinearWeight> head;
  bool trainable = false;  // the products hold what the backward pass needs
  bool stale = false;      // the base has changed since they were packed
  bool adapter_stale = false, adapter_switched = false;

  RopeTable rope;
  Arena arena;
};

// The sequences of a batch whose number `is_taken` says yes to, as a batch.
PackedTokens take_sequences(const PackedTokens& batch, const std::function<bool(std::size_t)>& is_taken);
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
  const float epsilon = config.norm_epsilon;
  LayerActivations& a = activations;

  rms_norm_forward(a.input, weights_of.attention_norm, epsilon, scratch.normed, scratch.inverse_rms);
  project(scratch.normed, layer, ProductKind::query_key_value, scratch, a.query_key_value);
  if (config.attention_bias) bias_forward(weights_of.query_key_value_bias, a.query_key_value);
  if (config.query_key_norm) normalize_heads(weights_of, a, scratch);
  rope_forward(a.query_key_value, config.attention(), positions, rope);
  attend(a.query_key_value, a.attended);
  project(a.attended, layer, ProductKind::attention_output, scratch, a.middle);
  add(a.input, a.middle);

  rms_norm_forward(a.middle, weights_of.feed_forward_norm, epsilon, scratch.normed, scratch.inverse_rms);
  project(scratch.normed, layer, ProductKind::gate_up, scratch, a.gate_up);
}

template <typename Attend>
void Decoder::Implementation::forward_layer(std::size_t layer, std::span<const std::int32_t> positions,
                                            LayerActivations& activations, Scratch& scratch, Tensor& output,
                                            const Attend& attend) {
  fill_activations(layer, positions, activations, scratch, attend);
  swiglu_forward(activations.gate_up, scratch.hidden);
  project(scratch.hidden, layer, ProductKind::down, scratch, output);
  add(activations.middle, output);
}

}  // namespace pbb

// Forward and backward: the loss of a packed batch and its gradients.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "model/decoder_implementation.h"
#include "tensor/ops/attention.h"
#include "tensor/ops/cross_entropy.h"
#include "tensor/ops/embedding.h"

namespace pbb {
namespace {

// Where the gradients of a step go. Those of what is frozen are empty.
struct Gradients {
  Tensor embedding, final_norm, head;
  std::vector<LayerGradients> layers;
};

Gradients view_gradients(const DecoderConfig& config, const Adapter* adapter, const Tensor& flat) {
  Gradients gradients;
  gradients.layers.resize(static_cast<std::size_t>(config.layers));
  if (adapter != nullptr) {
    std::vector<AdaptedLayer> adapted = view_adapter(config, adapter->options, flat);
    for (std::size_t i = 0; i < adapted.size(); ++i) gradients.layers[i].adapter = std::move(adapted[i]);
    return gradients;
  }
  ParameterViews views = view_parameters(config, flat);
  for (std::size_t i = 0; i < views.layers.size(); ++i) gradients.layers[i].base = std::move(views.layers[i]);
  gradients.embedding = views.embedding;
  gradients.final_norm = views.final_norm;
  gradients.head = views.head;
  return gradients;
}

// Sets to zero what the backward pass can only add to: all but the matrices that products overwrite.
void clear_added(const DecoderConfig& config, Gradients& gradients) {
  for (LayerGradients& layer : gradients.layers) {
    for (Tensor* one : {&layer.base.attention_norm, &layer.base.query_key_value_bias, &layer.base.query_norm,
                        &layer.base.key_norm, &layer.base.feed_forward_norm}) {
      one->fill_zero();
    }
  }
  gradients.final_norm.fill_zero();
  if (!config.tied_embeddings) gradients.embedding.fill_zero();  // tied, it is the head's, which comes first
}

}  // namespace

double loss_sum(std::span<const TargetOutcome> outcomes) {
  double loss = 0;
  for (const TargetOutcome& outcome : outcomes) loss -= double{outcome.weight} * outcome.log_probability;
  return loss;
}

void Decoder::Implementation::backward_layer(std::size_t layer, std::span<const std::int32_t> positions,
                                             std::span<const std::int32_t> offsets,
                                             LayerActivations& activations, Scratch& scratch,
                                             GradientScratch& gradient_scratch, Tensor& d_output,
                                             LayerGradients& d_layer, bool add) {
  const LayerViews& weights_of = views.layers[layer];
  const float epsilon = config.norm_epsilon;
  LayerActivations& a = activations;
  GradientScratch& g = gradient_scratch;
  LayerViews& d_base = d_layer.base;
  // The residual's gradient in the type that products take.
  const auto as_compute = [&](const Tensor& residual) -> const Tensor& {
    if (compute == DataType::f32) return residual;
    convert(residual, g.residual);
    return g.residual;
  };

  // Feed-forward: output = middle + down(swiglu(gate_up(norm(middle)))).
  const Tensor& d_fed = as_compute(d_output);
  swiglu_forward(a.gate_up, scratch.hidden);
  backward_project(d_fed, scratch.hidden, layer, ProductKind::down, scratch, g, g.d_hidden, d_layer, add);
  swiglu_backward(g.d_hidden, a.gate_up, g.d_gate_up);
  rms_norm_forward(a.middle, weights_of.feed_forward_norm, epsilon, scratch.normed, scratch.inverse_rms);
  backward_project(g.d_gate_up, scratch.normed, layer, ProductKind::gate_up, scratch, g, g.d_normed, d_layer,
                   add);
  rms_norm_backward(g.d_normed, a.middle, weights_of.feed_forward_norm, scratch.inverse_rms, d_output,
                    d_base.feed_forward_norm);

  // Attention: middle = input + attention_output(attend(rotate(query_key_value(norm(input))))).
  const Tensor& d_middle = as_compute(d_output);
  backward_project(d_middle, a.attended, layer, ProductKind::attention_output, scratch, g, g.d_attended,
                   d_layer, add);
  attention_backward(g.d_attended, a.query_key_value, a.attended, a.log_sum, offsets, config.attention(),
                     g.d_query_key_value);
  rope_backward(g.d_query_key_value, config.attention(), positions, rope);
  if (config.query_key_norm) backward_heads(weights_of, a, scratch, g, d_base);
  if (config.attention_bias) bias_backward(g.d_query_key_value, d_base.query_key_value_bias);
  rms_norm_forward(a.input, weights_of.attention_norm, epsilon, scratch.normed, scratch.inverse_rms);
  backward_project(g.d_query_key_value, scratch.normed, layer, ProductKind::query_key_value, scratch, g,
                   g.d_normed, d_layer, add);
  rms_norm_backward(g.d_normed, a.input, weights_of.attention_norm, scratch.inverse_rms, d_output,
                    d_base.attention_norm);
}

std::vector<TargetOutcome> Decoder::accumulate_gradients(const PackedTokens& batch, float loss_scale,
                                                         Tensor& gradients, const GradientOptions& options) {
  Implementation& self = *implementation_;
  const DecoderConfig& config = self.config;
  if (gradients.type() != DataType::f32 || gradients.size() != self.trained().flat.size()) {
    throw Error(fmt::format("accumulate_gradients: {} gradients for {} trained weights", gradients.size(),
                            self.trained().flat.size()));
  }
  self.check_batch(batch);
  std::vector<std::int32_t> rows, targets;
  std::vector<float> weights;
  std::vector<std::uint8_t> keeps;
  for (std::size_t i = 0; i < batch.targets.size(); ++i) {
    if (batch.targets[i] < 0) continue;
    rows.push_back(static_cast<std::int32_t>(i));
    targets.push_back(batch.targets[i]);
    if (!batch.weights.empty()) weights.push_back(batch.weights[i]);
    if (self.adapter && !batch.keeps.empty()) keeps.push_back(batch.keeps[i]);
  }
  if (rows.empty()) {
    if (!options.add) gradients.fill_zero();
    return {};
  }

  self.prepare(true);
  const std::vector<std::int32_t> positions = packed_positions(batch.offsets);
  self.grow_rope_table(*std::ranges::max_element(positions) + std::int64_t{1});
  const Tensor reference = keeps.empty() ? Tensor() : self.reference_rows(batch);
  PassSize size = self.pass_size(batch.tokens.size(), rows.size());
  size.reference_rows = reference.empty() ? 0 : reference.rows();
  auto [kept, residual, scratch, head, gradient_scratch] = take_from(self.arena, [&](Arena& from) {
    return take_step_buffers(config, self.compute, size, options.recompute, from);
  });
  Gradients d = view_gradients(config, self.adapter ? &*self.adapter : nullptr, gradients);
  if (!options.add) clear_added(config, d);
  const auto attend_with = [&](Tensor& log_sum) {
    return [&](const Tensor& query_key_value, Tensor& attended) {
      attention_forward(query_key_value, batch.offsets, config.attention(), attended, log_sum);
    };
  };

  // Forward, keeping each layer's activations, or with Recompute::layers its input.
  embedding_forward(self.views.embedding, batch.tokens, kept.front().input);
  for (std::size_t layer = 0; layer < kept.size(); ++layer) {
    Tensor& output = layer + 1 < kept.size() ? kept[layer + 1].input : residual;
    self.forward_layer(layer, positions, kept[layer], scratch, output, attend_with(kept[layer].log_sum));
  }

  // The head, on rows with a target only.
  gather_rows(residual, rows, head.selected);
  rms_norm_forward(head.selected, self.views.final_norm, config.norm_epsilon, head.normed, head.inverse_rms);
  std::vector<TargetOutcome> outcomes(rows.size());
  const LossOptions loss{.scale = loss_scale, .weights = weights, .only_unknown = options.only_unknown};
  if (reference.empty()) {
    projected_cross_entropy(head.normed, *self.head, targets, loss, outcomes, head.d_normed, d.head,
                            options.add, head.logits, head.d_logits);
  } else {
    self.mixed_loss(head, reference, targets, keeps, loss, outcomes);
  }
  head.d_selected.fill_zero();
  rms_norm_backward(head.d_normed, head.selected, self.views.final_norm, head.inverse_rms, head.d_selected,
                    d.final_norm);
  residual.fill_zero();
  scatter_rows(head.d_selected, rows, residual);

  // Backward. `residual` holds the gradient of the residual stream from here on, and gradient_scratch is
  // where the head's buffers were. The last layer's activations are still there.
  for (std::size_t layer = kept.size(); layer-- > 0;) {
    if (options.recompute == Recompute::layers && layer + 1 < kept.size()) {
      self.fill_activations(layer, positions, kept[layer], scratch, attend_with(kept[layer].log_sum));
    }
    self.backward_layer(layer, positions, batch.offsets, kept[layer], scratch, gradient_scratch, residual,
                        d.layers[layer], options.add);
  }
  embedding_backward(residual, batch.tokens, d.embedding);

  return outcomes;
}

}  // namespace pbb

// Qwen3's RMSNorm on each query and key head, between projection and rotation.
#include "model/decoder_implementation.h"

namespace pbb {
namespace {

// Columns [begin, begin + heads.columns · heads.rows / T) of rows: (T, …), f32 or bf16, as f32 heads, one a
// row.
void take_heads(const Tensor& rows, std::int64_t begin, Tensor& heads) {
  const std::int64_t columns = heads.size() / rows.rows();
  for (std::int64_t r = 0; r < rows.rows(); ++r) {
    Tensor to = heads.slice(r * columns, {columns});
    convert(rows.slice(r * rows.columns() + begin, {columns}), to);
  }
}

void put_heads(const Tensor& heads, std::int64_t begin, Tensor& rows) {
  const std::int64_t columns = heads.size() / rows.rows();
  for (std::int64_t r = 0; r < rows.rows(); ++r) {
    Tensor to = rows.slice(r * rows.columns() + begin, {columns});
    convert(heads.slice(r * columns, {columns}), to);
  }
}

}  // namespace

void Decoder::Implementation::normalize_heads(const LayerViews& weights_of, LayerActivations& activations,
                                              Scratch& scratch) {
  const auto normalize = [&](Tensor& raw, std::int64_t begin, const Tensor& weight) {
    Tensor normed = scratch.normed_heads.row_range(0, raw.rows());
    Tensor inverse_rms = scratch.head_inverse_rms.row_range(0, raw.rows());
    take_heads(activations.query_key_value, begin, raw);
    rms_norm_forward(raw, weight, config.norm_epsilon, normed, inverse_rms);
    put_heads(normed, begin, activations.query_key_value);
  };
  const std::int64_t keys_begin = std::int64_t{config.heads} * config.head_size;
  normalize(activations.raw_queries, 0, weights_of.query_norm);
  normalize(activations.raw_keys, keys_begin, weights_of.key_norm);
}

void Decoder::Implementation::backward_heads(const LayerViews& weights_of, LayerActivations& activations,
                                             Scratch& scratch, GradientScratch& gradient_scratch,
                                             LayerViews& d_layer) {
  const auto backward = [&](const Tensor& raw, std::int64_t begin, const Tensor& weight, Tensor& d_weight) {
    Tensor normed = scratch.normed_heads.row_range(0, raw.rows());
    Tensor inverse_rms = scratch.head_inverse_rms.row_range(0, raw.rows());
    Tensor d_normed = gradient_scratch.d_heads.row_range(0, raw.rows());
    Tensor d_raw = gradient_scratch.d_raw.row_range(0, raw.rows());
    rms_norm_forward(raw, weight, config.norm_epsilon, normed, inverse_rms);  // for inverse_rms
    take_heads(gradient_scratch.d_query_key_value, begin, d_normed);
    d_raw.fill_zero();
    rms_norm_backward(d_normed, raw, weight, inverse_rms, d_raw, d_weight);
    put_heads(d_raw, begin, gradient_scratch.d_query_key_value);
  };
  const std::int64_t keys_begin = std::int64_t{config.heads} * config.head_size;
  backward(activations.raw_queries, 0, weights_of.query_norm, d_layer.query_norm);
  backward(activations.raw_keys, keys_begin, weights_of.key_norm, d_layer.key_norm);
}

}  // namespace pbb

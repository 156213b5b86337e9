// The order of a decoder's parameters in its one flat array, and views of such an array, be it weights,
// gradients or moments.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "model/config.h"
#include "tensor/tensor.h"

namespace pbb {

struct ParameterPlace {
  std::string name;  // Hugging Face's
  std::vector<std::int64_t> shape;
  std::int64_t offset = 0;
  bool decays = false;
  std::int64_t size() const;
};

// In order, without gaps. Queries, keys and values lie side by side, as do gate and up: each group is one
// product.
std::vector<ParameterPlace> parameter_layout(const DecoderConfig& config);
std::int64_t parameter_count(const DecoderConfig& config);

// The matrix products of a layer, in the order in which the layer computes them.
enum class ProductKind { query_key_value, attention_output, gate_up, down };
inline constexpr std::size_t product_count = 4;

struct ProductPlace {
  std::string module;                                             // "self_attn" or "mlp"
  std::int64_t in = 0;                                            // columns of its matrix
  std::vector<std::pair<std::string, std::int64_t>> projections;  // names, and rows of the matrix, in order
  std::int64_t out() const;                                       // all rows
};
// By ProductKind; the same in every layer.
std::array<ProductPlace, product_count> product_places(const DecoderConfig& config);

struct LayerViews {
  Tensor attention_norm;                    // (C)
  Tensor query_key_value;                   // (shape.row(), C)
  Tensor query_key_value_bias;              // (shape.row()), or empty
  Tensor query_norm, key_norm;              // (head_size), or empty
  Tensor attention_output;                  // (C, heads · head_size)
  Tensor feed_forward_norm, gate_up, down;  // (C), (2F, C), (C, F)
};

struct ParameterViews {
  Tensor embedding;  // (V, C)
  std::vector<LayerViews> layers;
  Tensor final_norm;  // (C)
  Tensor head;        // (V, C); the embedding itself when the two are tied
};

// flat: (parameter_count(config)) f32.
ParameterViews view_parameters(const DecoderConfig& config, const Tensor& flat);

}  // namespace pbb

// parameter_layout and view_parameters walk the same order: names, and the groups that products use.
#include "model/layout.h"

#include <fmt/format.h>

namespace pbb {

std::int64_t ParameterPlace::size() const {
  std::int64_t product = 1;
  for (const std::int64_t dimension : shape) product *= dimension;
  return product;
}

std::vector<ParameterPlace> parameter_layout(const DecoderConfig& config) {
  std::vector<ParameterPlace> places;
  std::int64_t offset = 0;
  const auto add = [&](std::string name, std::vector<std::int64_t> shape) {
    const bool is_matrix = shape.size() == 2;
    places.push_back({std::move(name), std::move(shape), offset, is_matrix});
    offset += places.back().size();
  };
  const std::int64_t width = config.width, feed_forward = config.feed_forward;
  const std::int64_t queries = std::int64_t{config.heads} * config.head_size;
  const std::int64_t keys = std::int64_t{config.kv_heads} * config.head_size;

  add("model.embed_tokens.weight", {config.vocabulary, width});
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    const auto name = [&](const char* rest) { return fmt::format("model.layers.{}.{}", layer, rest); };
    add(name("input_layernorm.weight"), {width});
    add(name("self_attn.q_proj.weight"), {queries, width});
    add(name("self_attn.k_proj.weight"), {keys, width});
    add(name("self_attn.v_proj.weight"), {keys, width});
    if (config.attention_bias) {
      add(name("self_attn.q_proj.bias"), {queries});
      add(name("self_attn.k_proj.bias"), {keys});
      add(name("self_attn.v_proj.bias"), {keys});
    }
    if (config.query_key_norm) {
      add(name("self_attn.q_norm.weight"), {config.head_size});
      add(name("self_attn.k_norm.weight"), {config.head_size});
    }
    add(name("self_attn.o_proj.weight"), {width, queries});
    add(name("post_attention_layernorm.weight"), {width});
    add(name("mlp.gate_proj.weight"), {feed_forward, width});
    add(name("mlp.up_proj.weight"), {feed_forward, width});
    add(name("mlp.down_proj.weight"), {width, feed_forward});
  }
  add("model.norm.weight", {width});
  if (!config.tied_embeddings) add("lm_head.weight", {config.vocabulary, width});
  return places;
}

std::int64_t parameter_count(const DecoderConfig& config) {
  const ParameterPlace last = parameter_layout(config).back();
  return last.offset + last.size();
}

std::int64_t ProductPlace::out() const {
  std::int64_t rows = 0;
  for (const auto& [name, one] : projections) rows += one;
  return rows;
}

std::array<ProductPlace, product_count> product_places(const DecoderConfig& config) {
  const std::int64_t width = config.width, feed_forward = config.feed_forward;
  const std::int64_t queries = std::int64_t{config.heads} * config.head_size;
  const std::int64_t keys = std::int64_t{config.kv_heads} * config.head_size;
  return {{{"self_attn", width, {{"q_proj", queries}, {"k_proj", keys}, {"v_proj", keys}}},
           {"self_attn", queries, {{"o_proj", width}}},
           {"mlp", width, {{"gate_proj", feed_forward}, {"up_proj", feed_forward}}},
           {"mlp", feed_forward, {{"down_proj", width}}}}};
}

ParameterViews view_parameters(const DecoderConfig& config, const Tensor& flat) {
  std::int64_t offset = 0;
  const auto take = [&](std::vector<std::int64_t> shape) {
    Tensor view = flat.slice(offset, std::move(shape));
    offset += view.size();
    return view;
  };
  const std::int64_t width = config.width, feed_forward = config.feed_forward;
  const std::int64_t row = config.attention().row();

  ParameterViews views;
  views.embedding = take({config.vocabulary, width});
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    LayerViews& one = views.layers.emplace_back();
    one.attention_norm = take({width});
    one.query_key_value = take({row, width});
    if (config.attention_bias) one.query_key_value_bias = take({row});
    if (config.query_key_norm) {
      one.query_norm = take({config.head_size});
      one.key_norm = take({config.head_size});
    }
    one.attention_output = take({width, std::int64_t{config.heads} * config.head_size});
    one.feed_forward_norm = take({width});
    one.gate_up = take({2 * feed_forward, width});
    one.down = take({width, feed_forward});
  }
  views.final_norm = take({width});
  views.head = config.tied_embeddings ? views.embedding : take({config.vocabulary, width});
  return views;
}

}  // namespace pbb

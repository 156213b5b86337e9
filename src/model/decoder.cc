// A decoder's construction and care: parameters, packed products, buffers, checks.
#include "model/decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/error.h"
#include "base/random.h"
#include "model/decoder_implementation.h"

namespace pbb {

DecoderCache::DecoderCache(const DecoderConfig& config, int slots, int capacity, DataType type)
    : slots_(slots), capacity_(capacity) {
  const std::vector<std::int64_t> shape{slots, config.kv_heads, capacity, config.head_size};
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    layers_.push_back({Tensor(shape, type), Tensor(shape, type)});
  }
}

void DecoderCache::copy_prefix(int from, int to, std::size_t length) {
  if (from < 0 || from >= slots_ || to < 0 || to >= slots_ || length > static_cast<std::size_t>(capacity_)) {
    throw Error(fmt::format("copying {} positions of slot {} to slot {}: there are {} slots of {}", length,
                            from, to, slots_, capacity_));
  }
  const auto copy = [&](Tensor& tensor) {
    const auto heads = static_cast<std::size_t>(tensor.dimension(1));
    const std::size_t head_bytes = tensor.bytes() / static_cast<std::size_t>(slots_) / heads;
    const std::size_t bytes = head_bytes / static_cast<std::size_t>(capacity_) * length;
    auto* elements = static_cast<std::byte*>(tensor.raw());
    for (std::size_t head = 0; head < heads; ++head) {
      const auto place = [&](int slot) {
        return elements + (static_cast<std::size_t>(slot) * heads + head) * head_bytes;
      };
      std::memcpy(place(to), place(from), bytes);
    }
  };
  for (KeyValueCache& layer : layers_) {
    copy(layer.keys);
    copy(layer.values);
  }
}

Decoder::Implementation::Implementation(DecoderConfig config_, DataType compute_)
    : config(std::move(config_)), compute(compute_) {
  config.check();
  if (compute != DataType::f32 && compute != DataType::bf16) {
    throw Error(fmt::format("a decoder computes in f32 or bf16, not in {}", data_type_name(compute)));
  }
  base = make_parameters(parameter_layout(config));
  views = view_parameters(config, base.flat);
}

void Decoder::Implementation::prepare(bool training) {
  const bool missing = products.empty() || (training && !trainable);
  if (missing) {
    trainable = training;
    head.reset();
    products.clear();  // freed before the larger ones are made
    for (LayerViews& layer : views.layers) {
      LayerProducts& made = products.emplace_back();
      for (const ProductKind kind : all_products) {
        made.push_back({LinearWeight(matrix_of(layer, kind), compute, trainable), {}});
      }
    }
    head.emplace(views.head, compute, trainable);
  } else if (stale) {
    for (LayerProducts& layer : products) {
      for (Product& one : layer) one.weight.refresh();
    }
    head->refresh();
  }
  stale = false;
  prepare_updates(missing);
}

void Decoder::Implementation::prepare_updates(bool base_was_made) {
  if (adapter && (base_was_made || adapter_switched)) {
    const float scale = adapter_scale(adapter->options);
    std::vector<AdaptedLayer> adapted = view_adapter(config, adapter->options, adapter->parameters.flat);
    for (std::size_t layer = 0; layer < products.size(); ++layer) {
      for (std::size_t kind = 0; kind < product_count; ++kind) {
        Product& one = products[layer][kind];
        auto& [factors, ranges] = adapted[layer][kind];
        one.update.reset();
        if (!ranges.empty()) {
          one.update.emplace(std::move(factors), std::move(ranges), one.weight.out(), scale, compute);
        }
      }
    }
  } else if (adapter_switched || adapter_stale) {
    for (LayerProducts& layer : products) {
      for (Product& one : layer) {
        if (!adapter) one.update.reset();
        if (one.update) one.update->refresh();
      }
    }
  }
  adapter_switched = adapter_stale = false;
}

PassSize Decoder::Implementation::pass_size(std::size_t tokens, std::size_t rows, AdapterUse use) const {
  const bool adapts = adapter && use == AdapterUse::applied;
  return {.tokens = static_cast<std::int64_t>(tokens),
          .rows = static_cast<std::int64_t>(rows),
          .low_rank = adapts ? widest_low_rank(config, adapter->options) : 0};
}

void Decoder::Implementation::grow_rope_table(std::int64_t length) {
  if (!rope.cosine.empty() && rope.cosine.rows() >= length) return;
  const auto rounded = static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(length)));
  rope = make_rope_table(static_cast<int>(std::min<std::int64_t>(rounded, config.context)), config.head_size,
                         config.rope_base);
}

void Decoder::Implementation::check_batch(const PackedTokens& batch) const {
  const auto tokens = static_cast<std::int64_t>(batch.tokens.size());
  if (batch.targets.size() != batch.tokens.size()) {
    throw Error(fmt::format("a batch of {} tokens has {} targets", tokens, batch.targets.size()));
  }
  if (!batch.weights.empty() && batch.weights.size() != batch.tokens.size()) {
    throw Error(fmt::format("a batch of {} tokens has {} weights", tokens, batch.weights.size()));
  }
  if (!batch.keeps.empty() && batch.keeps.size() != batch.tokens.size()) {
    throw Error(fmt::format("a batch of {} tokens has {} marks of what keeps to the reference", tokens,
                            batch.keeps.size()));
  }
  const std::vector<std::int32_t>& offsets = batch.offsets;
  if (offsets.empty() || offsets.front() != 0 || offsets.back() != tokens) {
    throw Error(fmt::format("a batch's offsets must go from 0 to its {} tokens", tokens));
  }
  for (std::size_t s = 0; s + 1 < offsets.size(); ++s) {
    const std::int64_t length = std::int64_t{offsets[s + 1]} - offsets[s];
    if (length < 1) throw Error(fmt::format("sequence {} of a batch is empty or ends before it begins", s));
    if (length > config.context) {
      throw InputError(fmt::format("sequence {} of a batch has {} tokens; the model's context is {}", s,
                                   length, config.context),
                       "shorten the text, or take a model with a longer context");
    }
  }
  for (std::size_t i = 0; i < batch.tokens.size(); ++i) {
    const std::int32_t token = batch.tokens[i], target = batch.targets[i];
    if (token < 0 || token >= config.vocabulary || target < -1 || target >= config.vocabulary) {
      throw Error(fmt::format("place {} of a batch: token {}, target {}; the vocabulary has {} tokens", i,
                              token, target, config.vocabulary));
    }
  }
}

Decoder::Decoder(DecoderConfig config, DataType compute)
    : implementation_(std::make_unique<Implementation>(std::move(config), compute)) {}
Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;

const DecoderConfig& Decoder::config() const {
  return implementation_->config;
}
DataType Decoder::compute() const {
  return implementation_->compute;
}
ParameterSet& Decoder::base() {
  return implementation_->base;
}
const std::vector<Parameter>& Decoder::parameters() const {
  return implementation_->base.places;
}
Tensor& Decoder::weights() {
  return implementation_->base.flat;
}
const BufferPlan& Decoder::buffers_taken() const {
  return implementation_->arena.taken();
}
void Decoder::refresh() {
  implementation_->stale = implementation_->adapter_stale = true;
}

void Decoder::initialize(std::uint64_t seed) {
  for (Parameter& parameter : implementation_->base.places) {
    const bool is_norm = parameter.name.ends_with("norm.weight");
    Random random(seed, parameter.name);
    for (float& value : parameter.value.span<float>()) {
      value = is_norm ? 1.0F : parameter.decays ? static_cast<float>(0.02 * random.normal()) : 0.0F;
    }
  }
  refresh();
}

}  // namespace pbb

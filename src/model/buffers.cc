// Every buffer of every pass, with its shape.
#include "model/buffers.h"

#include "model/layout.h"
#include "tensor/ops/cross_entropy.h"
#include "tensor/ops/linear.h"

namespace pbb {
namespace {

// Takes buffers for one model from one arena.
class Taker {
 public:
  Taker(const DecoderConfig& config, DataType compute, Arena& arena)
      : config_(config), compute_(compute), arena_(arena) {}

  Tensor take(std::string_view name, std::vector<std::int64_t> shape) {
    return arena_.take(name, std::move(shape), DataType::f32);
  }
  Tensor take_compute(std::string_view name, std::vector<std::int64_t> shape) {
    return arena_.take(name, std::move(shape), compute_);
  }

  // All that a layer keeps but its input.
  LayerActivations activations(std::int64_t tokens) {
    LayerActivations a;
    a.query_key_value = take_compute("queries, keys, values", {tokens, config_.attention().row()});
    if (config_.query_key_norm) {
      a.raw_queries = take("queries before norm", {tokens * config_.heads, config_.head_size});
      a.raw_keys = take("keys before norm", {tokens * config_.kv_heads, config_.head_size});
    }
    a.attended = take_compute("attended", {tokens, queries()});
    a.log_sum = take("log-sums", {config_.heads, tokens});
    a.middle = take("middles", {tokens, config_.width});
    a.gate_up = take_compute("gates and ups", {tokens, 2 * config_.feed_forward});
    return a;
  }
  Tensor input(std::int64_t tokens) { return take("inputs", {tokens, config_.width}); }

  Scratch scratch(PassSize size) {
    const std::int64_t tokens = size.tokens;
    Scratch scratch;
    scratch.normed = take_compute("normed", {tokens, config_.width});
    scratch.inverse_rms = take("inverse rms", {tokens});
    scratch.hidden = take_compute("hidden", {tokens, config_.feed_forward});
    if (config_.query_key_norm) {
      scratch.normed_heads = take("normed heads", {tokens * config_.heads, config_.head_size});
      scratch.head_inverse_rms = take("inverse rms of heads", {tokens * config_.heads});
    }
    if (size.low_rank > 0) scratch.low_rank = take_compute("low rank", {tokens * size.low_rank});
    return scratch;
  }

  GradientScratch gradient_scratch(PassSize size) {
    const std::int64_t tokens = size.tokens;
    GradientScratch g;
    if (compute_ != DataType::f32) g.residual = take_compute("narrow residual", {tokens, config_.width});
    g.d_hidden = take_compute("d hidden", {tokens, config_.feed_forward});
    g.d_gate_up = take_compute("d gates and ups", {tokens, 2 * config_.feed_forward});
    g.d_normed = take_compute("d normed", {tokens, config_.width});
    g.d_attended = take_compute("d attended", {tokens, queries()});
    g.d_query_key_value = take_compute("d queries, keys, values", {tokens, config_.attention().row()});
    if (config_.query_key_norm) {
      g.d_heads = take("d normed heads", {tokens * config_.heads, config_.head_size});
      g.d_raw = take("d heads", {tokens * config_.heads, config_.head_size});
    }
    if (size.low_rank > 0) g.d_low_rank = take_compute("d low rank", {tokens * size.low_rank});
    return g;
  }

  HeadBuffers head(std::int64_t rows) {
    HeadBuffers head;
    head.selected = take("selected", {rows, config_.width});
    head.normed = take_compute("selected, normed", {rows, config_.width});
    head.inverse_rms = take("selected, inverse rms", {rows});
    return head;
  }
  void add_logits(std::int64_t rows, HeadBuffers& head) {
    head.logits = take("logits", {logits_chunk(rows), config_.vocabulary});
  }
  void add_head_gradients(PassSize size, HeadBuffers& head) {
    const std::int64_t rows = size.rows;
    head.d_normed = take_compute("d selected, normed", {rows, config_.width});
    head.d_selected = take("d selected", {rows, config_.width});
    head.d_logits = compute_ == DataType::f32
                        ? head.logits
                        : take_compute("d logits", {logits_chunk(rows), config_.vocabulary});
    if (size.reference_rows > 0) {
      head.reference_logits =
          take("reference logits", {logits_chunk(size.reference_rows), config_.vocabulary});
    }
  }

 private:
  std::int64_t queries() const { return std::int64_t{config_.heads} * config_.head_size; }

  const DecoderConfig& config_;
  const DataType compute_;
  Arena& arena_;
};

ForwardBuffers take_forward_buffers(Taker& taker, PassSize size) {
  ForwardBuffers buffers;
  buffers.activations = taker.activations(size.tokens);  // one layer's, for all layers
  buffers.activations.input = taker.input(size.tokens);
  buffers.scratch = taker.scratch(size);
  buffers.head = taker.head(size.rows);
  return buffers;
}

}  // namespace

std::int64_t reference_bytes(const DecoderConfig& config, DataType compute, PassSize size) {
  return size.reference_rows * config.width * static_cast<std::int64_t>(element_bytes(compute));
}

StepBuffers take_step_buffers(const DecoderConfig& config, DataType compute, PassSize size,
                              Recompute recompute, Arena& arena) {
  Taker taker(config, compute, arena);
  StepBuffers buffers;
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    const bool is_shared = recompute == Recompute::layers && layer > 0;
    buffers.kept.push_back(is_shared ? buffers.kept.front() : taker.activations(size.tokens));
    buffers.kept.back().input = taker.input(size.tokens);
  }
  buffers.residual = taker.take("residual", {size.tokens, config.width});
  buffers.scratch = taker.scratch(size);
  const std::int64_t mark = arena.mark();
  buffers.head = taker.head(size.rows);
  taker.add_logits(size.rows, buffers.head);
  taker.add_head_gradients(size, buffers.head);
  arena.go_back(mark);
  buffers.gradient_scratch = taker.gradient_scratch(size);
  return buffers;
}

ForwardBuffers take_scoring_buffers(const DecoderConfig& config, DataType compute, PassSize size,
                                    Arena& arena) {
  Taker taker(config, compute, arena);
  ForwardBuffers buffers = take_forward_buffers(taker, size);
  taker.add_logits(size.rows, buffers.head);
  return buffers;
}

ForwardBuffers take_decoding_buffers(const DecoderConfig& config, DataType compute, PassSize size,
                                     Arena& arena) {
  Taker taker(config, compute, arena);
  return take_forward_buffers(taker, size);
}

namespace {

// The bytes of LinearWeight's copies of all matrices that tokens are multiplied with.
std::int64_t copied_bytes(const DecoderConfig& config, DataType compute, bool training) {
  const auto bytes = [&](std::int64_t out, std::int64_t in) {
    return LinearWeight::packed_bytes(out, in, compute, training);
  };
  std::int64_t sum = 0;
  for (const ParameterPlace& place : parameter_layout(config)) {
    if (place.shape.size() == 2) sum += bytes(place.shape[0], place.shape[1]);
  }
  // The embedding counts only where it is the head.
  return config.tied_embeddings ? sum : sum - bytes(config.vocabulary, config.width);
}

}  // namespace

std::int64_t packed_weight_bytes(const DecoderConfig& config, DataType compute, bool training) {
  return compute == DataType::bf16 ? copied_bytes(config, compute, training) : 0;
}

std::int64_t decoding_weight_bytes(const DecoderConfig& config, DataType compute) {
  return compute == DataType::f32 ? copied_bytes(config, compute, false) : 0;
}

std::int64_t cache_bytes(const DecoderConfig& config, DataType compute, std::int64_t slots,
                         std::int64_t capacity) {
  const std::int64_t elements = slots * config.kv_heads * capacity * config.head_size;
  return 2 * config.layers * elements * static_cast<std::int64_t>(element_bytes(compute));
}

}  // namespace pbb

// The passes without gradients: scoring, and cached decoding.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "model/decoder_implementation.h"
#include "tensor/ops/attention.h"
#include "tensor/ops/cross_entropy.h"
#include "tensor/ops/embedding.h"

namespace pbb {
namespace {

void check_decode(const DecoderConfig& config, const DecoderCache& cache,
                  std::span<const std::int32_t> tokens, std::span<const std::int32_t> slots,
                  std::span<const std::int32_t> positions, std::span<const std::int32_t> logits_rows) {
  if (slots.size() != tokens.size() || positions.size() != tokens.size()) {
    throw Error(fmt::format("decode: {} tokens, {} slots, {} positions; expected as many of each",
                            tokens.size(), slots.size(), positions.size()));
  }
  const int longest = std::min(cache.capacity(), config.context);
  for (std::size_t r = 0; r < tokens.size(); ++r) {
    if (tokens[r] < 0 || tokens[r] >= config.vocabulary || slots[r] < 0 || slots[r] >= cache.slots() ||
        positions[r] < 0 || positions[r] >= longest) {
      throw Error(
          fmt::format("decode: row {} has token {}, slot {}, position {}; there are {} tokens, {} slots "
                      "of {} positions",
                      r, tokens[r], slots[r], positions[r], config.vocabulary, cache.slots(), longest));
    }
  }
  for (const std::int32_t row : logits_rows) {
    if (row < 0 || static_cast<std::size_t>(row) >= tokens.size()) {
      throw Error(fmt::format("decode: logits of row {} wanted; there are {} rows", row, tokens.size()));
    }
  }
}

}  // namespace

PackedTokens take_sequences(const PackedTokens& batch, const std::function<bool(std::size_t)>& is_taken) {
  PackedTokens part;
  part.offsets.push_back(0);
  for (std::size_t s = 0; s + 1 < batch.offsets.size(); ++s) {
    if (!is_taken(s)) continue;
    const auto append = [&](const auto& from, auto& to) {
      if (from.empty()) return;  // weights and keeps may be
      to.insert(to.end(), from.begin() + batch.offsets[s], from.begin() + batch.offsets[s + 1]);
    };
    append(batch.tokens, part.tokens);
    append(batch.targets, part.targets);
    append(batch.weights, part.weights);
    append(batch.keeps, part.keeps);
    part.offsets.push_back(static_cast<std::int32_t>(part.tokens.size()));
  }
  return part;
}

void add(const Tensor& x, Tensor& y) {
  const float* from = x.span<float>().data();
  float* to = y.span<float>().data();
  const std::int64_t size = y.size();
#pragma omp parallel for simd schedule(static) if (size > (1 << 16))
  for (std::int64_t i = 0; i < size; ++i) to[i] += from[i];
}

std::vector<std::int32_t> packed_positions(std::span<const std::int32_t> offsets) {
  std::vector<std::int32_t> positions;
  positions.reserve(static_cast<std::size_t>(offsets.back()));
  for (std::size_t s = 0; s + 1 < offsets.size(); ++s) {
    for (std::int32_t i = offsets[s]; i < offsets[s + 1]; ++i) positions.push_back(i - offsets[s]);
  }
  return positions;
}

void gather_rows(const Tensor& from, std::span<const std::int32_t> rows, Tensor& to) {
  const auto columns = static_cast<std::size_t>(from.columns());
  const std::span<const float> source = from.span<float>();
  const std::span<float> target = to.span<float>();
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const auto row = source.subspan(static_cast<std::size_t>(rows[r]) * columns, columns);
    std::copy(row.begin(), row.end(), target.begin() + static_cast<std::ptrdiff_t>(r * columns));
  }
}

void scatter_rows(const Tensor& from, std::span<const std::int32_t> rows, Tensor& to) {
  const auto columns = static_cast<std::size_t>(from.columns());
  const std::span<const float> source = from.span<float>();
  const std::span<float> target = to.span<float>();
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const auto row = source.subspan(r * columns, columns);
    std::copy(row.begin(), row.end(),
              target.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(rows[r]) * columns));
  }
}

ForwardBuffers Decoder::Implementation::forward_rows(const PackedTokens& batch,
                                                     std::span<const std::int32_t> rows, AdapterUse use) {
  const PassSize size = pass_size(batch.tokens.size(), rows.size(), use);
  ForwardBuffers buffers =
      take_from(arena, [&](Arena& from) { return take_scoring_buffers(config, compute, size, from); });
  LayerActivations& activations = buffers.activations;
  const std::vector<std::int32_t> positions = packed_positions(batch.offsets);
  const auto attend = [&](const Tensor& query_key_value, Tensor& attended) {
    attention_forward(query_key_value, batch.offsets, config.attention(), attended, activations.log_sum);
  };
  embedding_forward(views.embedding, batch.tokens, activations.input);
  for (std::size_t layer = 0; layer < products.size(); ++layer) {
    forward_layer(layer, positions, activations, buffers.scratch, activations.input, attend);
  }
  HeadBuffers& head_buffers = buffers.head;
  gather_rows(activations.input, rows, head_buffers.selected);
  rms_norm_forward(head_buffers.selected, views.final_norm, config.norm_epsilon, head_buffers.normed,
                   head_buffers.inverse_rms);
  return buffers;
}

void Decoder::Implementation::score_sequences(const PackedTokens& batch, std::span<float> log_probabilities) {
  std::vector<std::int32_t> rows, targets;
  for (std::size_t i = 0; i < batch.targets.size(); ++i) {
    if (batch.targets[i] < 0) continue;
    rows.push_back(static_cast<std::int32_t>(i));
    targets.push_back(batch.targets[i]);
  }
  if (rows.empty()) return;
  HeadBuffers buffers = forward_rows(batch, rows, AdapterUse::applied).head;
  std::vector<float> found(rows.size());
  projected_log_probabilities(buffers.normed, *head, targets, found, buffers.logits);
  for (std::size_t r = 0; r < rows.size(); ++r)
    log_probabilities[static_cast<std::size_t>(rows[r])] = found[r];
}

void Decoder::score(const PackedTokens& batch, std::span<float> log_probabilities) {
  constexpr std::int32_t rows_of_a_pass = 2048;  // what one pass holds at once; a longer sequence goes alone
  Implementation& self = *implementation_;
  if (log_probabilities.size() != batch.tokens.size()) {
    throw Error(fmt::format("score: {} tokens, room for {} log-probabilities", batch.tokens.size(),
                            log_probabilities.size()));
  }
  std::ranges::fill(log_probabilities, 0.0F);
  if (batch.tokens.empty()) return;
  self.check_batch(batch);
  self.prepare(false);
  std::int32_t longest = 0;
  for (std::size_t s = 0; s + 1 < batch.offsets.size(); ++s) {
    longest = std::max(longest, batch.offsets[s + 1] - batch.offsets[s]);
  }
  self.grow_rope_table(longest);

  for (std::size_t first = 0, last = 1; first + 1 < batch.offsets.size(); first = last, ++last) {
    const std::int32_t begin = batch.offsets[first];
    while (last + 1 < batch.offsets.size() && batch.offsets[last + 1] - begin <= rows_of_a_pass) ++last;
    const PackedTokens part = take_sequences(batch, [&](std::size_t s) { return s >= first && s < last; });
    self.score_sequences(part,
                         log_probabilities.subspan(static_cast<std::size_t>(begin), part.tokens.size()));
  }
}

void Decoder::pack_for_decoding() {
  Implementation& self = *implementation_;
  self.prepare(false);
  for (LayerProducts& layer : self.products) {
    for (Product& product : layer) product.weight.pack();
  }
  self.head->pack();
}

void Decoder::decode(std::span<const std::int32_t> tokens, std::span<const std::int32_t> slots,
                     std::span<const std::int32_t> positions, std::span<const std::int32_t> logits_rows,
                     DecoderCache& cache, Tensor& logits) {
  Implementation& self = *implementation_;
  check_decode(self.config, cache, tokens, slots, positions, logits_rows);
  const auto count = static_cast<std::int64_t>(logits_rows.size());
  const std::vector<std::int64_t> wanted{count, self.config.vocabulary};
  if (logits.shape() != wanted || logits.type() != DataType::f32) {
    throw Error(fmt::format("decode: logits must be ({}, {}) f32", count, self.config.vocabulary));
  }
  if (tokens.empty()) return;
  self.prepare(false);
  self.grow_rope_table(*std::ranges::max_element(positions) + std::int64_t{1});

  const PassSize size = self.pass_size(tokens.size(), logits_rows.size());
  auto [activations, scratch, head] = take_from(
      self.arena, [&](Arena& from) { return take_decoding_buffers(self.config, self.compute, size, from); });
  embedding_forward(self.views.embedding, tokens, activations.input);
  for (std::size_t layer = 0; layer < self.products.size(); ++layer) {
    const auto attend = [&](const Tensor& query_key_value, Tensor& attended) {
      attention_cached(query_key_value, slots, positions, self.config.attention(), cache.layers()[layer],
                       attended);
    };
    self.forward_layer(layer, positions, activations, scratch, activations.input, attend);
  }
  if (count == 0) return;
  gather_rows(activations.input, logits_rows, head.selected);
  rms_norm_forward(head.selected, self.views.final_norm, self.config.norm_epsilon, head.normed,
                   head.inverse_rms);
  linear_forward(head.normed, *self.head, logits);
}

}  // namespace pbb

// Training that keeps to the reference: what the model says without its adapter, and the loss towards it.
#include <algorithm>

#include "model/decoder_implementation.h"

namespace pbb {

Tensor Decoder::Implementation::reference_rows(const PackedTokens& batch) {
  const PackedTokens part = take_sequences(batch, [&](std::size_t s) {
    const auto keeps = batch.keeps.begin();
    return std::any_of(keeps + batch.offsets[s], keeps + batch.offsets[s + 1],
                       [](std::uint8_t keep) { return keep != 0; });
  });
  std::vector<std::int32_t> rows;
  for (std::size_t i = 0; i < part.tokens.size(); ++i) {
    if (part.targets[i] >= 0 && part.keeps[i] != 0) rows.push_back(static_cast<std::int32_t>(i));
  }
  if (rows.empty()) return {};
  const ForwardBuffers buffers = forward_rows(part, rows, AdapterUse::left_out);
  const Tensor& normed = buffers.head.normed;  // of the arena, which the next pass takes again
  Tensor reference(normed.shape(), normed.type());
  convert(normed, reference);
  return reference;
}

void Decoder::Implementation::mixed_loss(HeadBuffers& buffers, const Tensor& reference,
                                         std::span<const std::int32_t> targets,
                                         std::span<const std::uint8_t> keeps, const LossOptions& loss,
                                         std::span<TargetOutcome> outcomes) {
  std::int64_t reference_row = 0;
  const auto chunk = [](const Tensor& logits, std::int64_t rows) {
    return logits.row_range(0, logits_chunk(rows));
  };
  for (std::size_t begin = 0, end = 0; begin < targets.size(); begin = end) {
    while (end < targets.size() && keeps[end] == keeps[begin]) ++end;
    const std::size_t count = end - begin;
    const auto first = static_cast<std::int64_t>(begin), last = static_cast<std::int64_t>(end);
    LossOptions part = loss;
    if (!loss.weights.empty()) part.weights = loss.weights.subspan(begin, count);
    const Tensor x = buffers.normed.row_range(first, last);
    Tensor dx = buffers.d_normed.row_range(first, last), frozen;
    Tensor logits = chunk(buffers.logits, last - first), d_logits = chunk(buffers.d_logits, last - first);
    if (keeps[begin] == 0) {
      projected_cross_entropy(x, *head, targets.subspan(begin, count), part, outcomes.subspan(begin, count),
                              dx, frozen, false, logits, d_logits);
      continue;
    }
    Tensor reference_logits = chunk(buffers.reference_logits, last - first);
    projected_divergence(x, reference.row_range(reference_row, reference_row + last - first), *head,
                         targets.subspan(begin, count), part, outcomes.subspan(begin, count), dx, logits,
                         reference_logits, d_logits);
    reference_row += last - first;
  }
}

}  // namespace pbb

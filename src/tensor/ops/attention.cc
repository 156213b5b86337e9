#include "tensor/ops/attention.h"

#include <algorithm>
#include <functional>
#include <vector>

#include "tensor/ops/check.h"
#include "tensor/ops/cpu.h"

namespace pbb {
namespace {

bool is_shape(const AttentionShape& shape) {
  return shape.kv_heads > 0 && shape.head_size > 0 && shape.heads > 0 && shape.heads % shape.kv_heads == 0;
}

void check_packed(std::string_view op, const Tensor& qkv, std::span<const std::int32_t> offsets,
                  const AttentionShape& shape, const Tensor& out, const Tensor& log_sum) {
  check_operands(
      is_shape(shape) && is_matrix(qkv) && is_float(qkv) && out.type() == qkv.type() &&
          qkv.columns() == shape.row() && has_shape(out, {qkv.rows(), shape.heads * shape.head_size}) &&
          log_sum.type() == DataType::f32 && has_shape(log_sum, {shape.heads, qkv.rows()}),
      op, "needs qkv (T, row), out (T, heads * head_size), log_sum f32 (heads, T)", {&qkv, &out, &log_sum});
  check_operands(!offsets.empty() && offsets.front() == 0 && offsets.back() == qkv.rows() &&
                     std::ranges::is_sorted(offsets),
                 op, "offsets must ascend from 0 to T", {&qkv});
}

// Those that hold a token, the longest first so that the threads end together.
std::vector<cpu::AttentionSequence> sequences_of(std::span<const std::int32_t> offsets) {
  std::vector<cpu::AttentionSequence> sequences;
  std::size_t first_block = 0;
  for (std::size_t s = 0; s + 1 < offsets.size(); ++s) {
    if (offsets[s] == offsets[s + 1]) continue;
    sequences.push_back(
        {static_cast<std::size_t>(offsets[s]), static_cast<std::size_t>(offsets[s + 1]), first_block});
    first_block += (sequences.back().length() + cpu::key_block - 1) / cpu::key_block;
  }
  std::ranges::stable_sort(sequences, std::greater{}, &cpu::AttentionSequence::length);
  return sequences;
}

}  // namespace

void attention_forward(const Tensor& qkv, std::span<const std::int32_t> offsets, const AttentionShape& shape,
                       Tensor& out, Tensor& log_sum) {
  check_packed("attention_forward", qkv, offsets, shape, out, log_sum);
  if (qkv.rows() == 0) return;
  cpu::attention_forward(qkv, sequences_of(offsets), shape, out, log_sum);
}

void attention_backward(const Tensor& d_out, const Tensor& qkv, const Tensor& out, const Tensor& log_sum,
                        std::span<const std::int32_t> offsets, const AttentionShape& shape, Tensor& d_qkv) {
  check_packed("attention_backward", qkv, offsets, shape, out, log_sum);
  check_packed("attention_backward", d_qkv, offsets, shape, d_out, log_sum);
  check_operands(d_qkv.type() == qkv.type(), "attention_backward", "d_qkv must be as qkv", {&qkv, &d_qkv});
  if (qkv.rows() == 0) return;
  cpu::attention_backward(d_out, qkv, out, log_sum, sequences_of(offsets), shape, d_qkv);
}

void attention_cached(const Tensor& qkv, std::span<const std::int32_t> slots,
                      std::span<const std::int32_t> positions, const AttentionShape& shape,
                      KeyValueCache& cache, Tensor& out) {
  constexpr std::string_view op = "attention_cached";
  check_operands(
      is_shape(shape) && is_matrix(qkv) && is_float(qkv) && out.type() == qkv.type() &&
          has_shape(qkv, {static_cast<std::int64_t>(slots.size()), shape.row()}) &&
          slots.size() == positions.size() && has_shape(out, {qkv.rows(), shape.heads * shape.head_size}) &&
          is_float(cache.keys) && cache.keys.type() == cache.values.type() &&
          cache.keys.shape() == cache.values.shape() && cache.keys.shape().size() == 4 &&
          cache.keys.dimension(1) == shape.kv_heads && cache.keys.dimension(3) == shape.head_size,
      op, "needs qkv (R, row), out (R, heads * head_size), cache (slots, kv_heads, capacity, head_size)",
      {&qkv, &out, &cache.keys, &cache.values});
  for (std::size_t r = 0; r < slots.size(); ++r) {
    check_operands(slots[r] >= 0 && slots[r] < cache.keys.rows() && positions[r] >= 0 &&
                       positions[r] < cache.keys.dimension(2),
                   op, "every slot and position must lie in the cache", {&cache.keys});
  }
  cpu::attention_cached(qkv, slots, positions, shape, cache, out);
}

}  // namespace pbb

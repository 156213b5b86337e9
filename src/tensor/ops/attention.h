// Causal grouped-query attention over packed sequences, blockwise: no T×T matrix is ever held
// (FlashAttention-2, Dao 2023).
#pragma once

#include <span>

#include "tensor/ops/rope.h"
#include "tensor/tensor.h"

namespace pbb {

// A token attends to those before it in its own sequence, and to itself. Scores are scaled by
// 1/sqrt(head_size).
//
//   qkv       (T, shape.row()) f32 or bf16, queries and keys rotated already
//   offsets   S+1 ascending values, 0 first and T last
//   out       (T, heads · head_size) in qkv's type
//   log_sum   (heads, T) f32, the log-sum-exp of each row's scores
void attention_forward(const Tensor& qkv, std::span<const std::int32_t> offsets, const AttentionShape& shape,
                       Tensor& out, Tensor& log_sum);
// d_out: as out. d_qkv: as qkv, overwritten.
void attention_backward(const Tensor& d_out, const Tensor& qkv, const Tensor& out, const Tensor& log_sum,
                        std::span<const std::int32_t> offsets, const AttentionShape& shape, Tensor& d_qkv);

// One layer of a key/value cache: slots of `capacity` tokens each.
struct KeyValueCache {
  Tensor keys;    // (slots, kv_heads, capacity, head_size), f32 or bf16
  Tensor values;  // as keys
};
// Decoding: row r of qkv (R, shape.row()) belongs to slot slots[r] and stands at position positions[r]; its
// key and value are written there, then its query attends to positions 0 … positions[r] of that slot. Rows of
// one slot must be in order of position. out: (R, heads · head_size).
void attention_cached(const Tensor& qkv, std::span<const std::int32_t> slots,
                      std::span<const std::int32_t> positions, const AttentionShape& shape,
                      KeyValueCache& cache, Tensor& out);

}  // namespace pbb

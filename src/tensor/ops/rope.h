// Rotary position embedding (Su et al. 2021), in the half-split order of Hugging Face's Llama.
#pragma once

#include <span>

#include "tensor/tensor.h"

namespace pbb {

// How the heads lie in a row of `qkv`: heads · head_size of queries, then kv_heads · head_size of keys, then
// as many of values.
struct AttentionShape {
  int heads = 0;
  int kv_heads = 0;
  int head_size = 0;
  int row() const { return (heads + 2 * kv_heads) * head_size; }
};

// cos and sin of position · base^(-2i / head_size), i < head_size / 2, for positions 0 … length-1. Each
// (length, head_size / 2) f32.
struct RopeTable {
  Tensor cosine;
  Tensor sine;
};
RopeTable make_rope_table(int length, int head_size, float base);

// Rotates the queries and keys of qkv: (T, shape.row()), f32 or bf16, in place. positions: T values below the
// table's length.
void rope_forward(Tensor& qkv, const AttentionShape& shape, std::span<const std::int32_t> positions,
                  const RopeTable& table);
// The inverse rotation, on the gradient.
void rope_backward(Tensor& d_qkv, const AttentionShape& shape, std::span<const std::int32_t> positions,
                   const RopeTable& table);

}  // namespace pbb

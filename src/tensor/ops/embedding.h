// Token embedding: a row of the table for each token.
#pragma once

#include <span>

#include "tensor/tensor.h"

namespace pbb {

// table: (V, C) f32, out: (T, C) f32. Every token must be in [0, V).
void embedding_forward(const Tensor& table, std::span<const std::int32_t> tokens, Tensor& out);
// d_table: (V, C) f32 += the rows of d_out: (T, C) f32; nothing when it is empty (frozen).
void embedding_backward(const Tensor& d_out, std::span<const std::int32_t> tokens, Tensor& d_table);

}  // namespace pbb

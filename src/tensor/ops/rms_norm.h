// RMSNorm (Zhang & Sennrich 2019): y = x / sqrt(mean(x²) + ε) · w, row by row.
#pragma once

#include "tensor/tensor.h"

namespace pbb {

// x: (T, C) f32, weight: (C) f32, y: (T, C) f32 or bf16, inverse_rms: (T) f32, kept for the backward pass.
void rms_norm_forward(const Tensor& x, const Tensor& weight, float epsilon, Tensor& y, Tensor& inverse_rms);
// dy: (T, C) f32 or bf16; dx: (T, C) f32 += ; d_weight: (C) f32 += , or empty (frozen).
void rms_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& weight, const Tensor& inverse_rms,
                       Tensor& dx, Tensor& d_weight);

}  // namespace pbb

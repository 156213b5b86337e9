// SwiGLU (Shazeer 2020): hidden = silu(gate) · up.
#pragma once

#include "tensor/tensor.h"

namespace pbb {

// gate_up: (T, 2F), gate first, f32 or bf16; hidden: (T, F), the same type.
void swiglu_forward(const Tensor& gate_up, Tensor& hidden);
// d_hidden: (T, F); d_gate_up: (T, 2F), overwritten.
void swiglu_backward(const Tensor& d_hidden, const Tensor& gate_up, Tensor& d_gate_up);

}  // namespace pbb

// The matrix products of linear.h that oneDNN does: the two backward ones in f32.
#pragma once

#include "tensor/tensor.h"

namespace pbb::cpu {

// dx (T, in) = or += dy (T, out) · weight (out, in).
void backward_input_product(const Tensor& dy, const Tensor& weight, Tensor& dx, bool accumulate);
// d_weight (out, in) = or += dyᵀ · x.
void backward_weight_product(const Tensor& dy, const Tensor& x, Tensor& d_weight, bool accumulate);

}  // namespace pbb::cpu

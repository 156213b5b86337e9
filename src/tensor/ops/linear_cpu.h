// The matrix products of linear.h that oneDNN does. Primitives are made for every call: oneDNN itself keeps
// those of recent shapes, so that this costs microseconds.
#pragma once

#include <oneapi/dnnl/dnnl.hpp>

#include "tensor/tensor.h"

namespace pbb::cpu {

// All f32: dx (T, in) = or += dy (T, out) · weight (out, in).
void backward_input_product(const Tensor& dy, const Tensor& weight, Tensor& dx, bool accumulate);
// d_weight (out, in) f32 = or += dyᵀ · x, both f32 or both bf16.
void backward_weight_product(const Tensor& dy, const Tensor& x, Tensor& d_weight, bool accumulate);

// A bf16 copy of a weight for one of the two directions, in the layout that oneDNN multiplies fastest here.
class PackedWeight {
 public:
  enum class Direction { forward, backward_input };
  PackedWeight(const Tensor& master, Direction direction);

  void refresh(const Tensor& master);
  // result = or += left (bf16) · weight, which is Wᵀ forward and W backward.
  void multiply(const Tensor& left, Tensor& result, bool accumulate) const;

 private:
  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::memory::desc master_layout_;  // (k, n) as the master lies
  dnnl::memory packed_;
};

}  // namespace pbb::cpu

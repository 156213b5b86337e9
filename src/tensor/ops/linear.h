// y = x Wᵀ and its two gradients: every matrix product with weights goes through here.
#pragma once

#include <memory>

#include "tensor/tensor.h"

namespace pbb {

// A weight matrix (out, in) made ready for products in one compute type. In f32 the master weights are used
// where they lie, without a copy; in bf16 there are packed copies of them, for products forward and (if
// trainable) backward, which `refresh` renews once a step. Sums are f32.
class LinearWeight {
 public:
  // `master`: (out, in) f32; a view into the model's weights, which must outlive this.
  // `trainable`: false skips what only linear_backward_input needs.
  LinearWeight(Tensor master, DataType compute, bool trainable);
  ~LinearWeight();
  LinearWeight(LinearWeight&&) noexcept;
  LinearWeight& operator=(LinearWeight&&) noexcept;

  void refresh();  // after the master weights have changed
  // Holds a copy, as large as the weights, from which forward products of some 10 to 200 rows are a third
  // faster, to the bit the same; gone with the next refresh. bf16 has its copies anyway.
  void pack();
  std::int64_t out() const;
  std::int64_t in() const;
  DataType compute() const;

  // Bytes of the packed copies: in bf16 always there, in f32 only after pack().
  static std::int64_t packed_bytes(std::int64_t out, std::int64_t in, DataType compute, bool trainable);

  struct Implementation;
  const Implementation& implementation() const { return *implementation_; }

 private:
  std::unique_ptr<Implementation> implementation_;
};

// x: (T, in), y: (T, out), both in the weight's compute type (y may also be f32). y = x Wᵀ, or y += x Wᵀ. A
// row of y depends on that row of x alone, to the bit: not on how many others there are, nor on the number of
// threads.
void linear_forward(const Tensor& x, const LinearWeight& weight, Tensor& y, bool accumulate = false);
// dy: (T, out) in compute type, dx: (T, in) in compute type or f32. dx = dy W, or dx += dy W.
void linear_backward_input(const Tensor& dy, const LinearWeight& weight, Tensor& dx, bool accumulate = false);
// dy: (T, out), x: (T, in), d_weight: (out, in) f32. d_weight += dyᵀ x, or d_weight = dyᵀ x. An
// empty d_weight is that of a frozen weight: nothing is computed.
void linear_backward_weight(const Tensor& dy, const Tensor& x, Tensor& d_weight, bool accumulate = true);

// y: (T, out) += bias: (out) f32, on every row. Its gradient: d_bias += the column sums of dy, unless it
// is empty (frozen).
void bias_forward(const Tensor& bias, Tensor& y);
void bias_backward(const Tensor& dy, Tensor& d_bias);

}  // namespace pbb

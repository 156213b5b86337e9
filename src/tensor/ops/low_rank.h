// A low-rank update of a matrix product: y += s (x Aᵀ) Bᵀ and its gradients (Hu et al., "LoRA", 2021).
#pragma once

#include <cstdint>
#include <vector>

#include "tensor/ops/linear.h"
#include "tensor/tensor.h"

namespace pbb {

// Rows [begin, end) of a weight matrix.
struct RowRange {
  std::int64_t begin = 0, end = 0;
  std::int64_t size() const { return end - begin; }
};

// Factors for n ranges of rows of one weight matrix (out, in), each of rank r: those rows are updated by
// s Bᵢ Aᵢ, other rows by nothing. Of the weights, or of their gradients.
struct LowRankFactors {
  Tensor a;  // (n · r, in) f32: A₀, A₁, … one below the other
  Tensor b;  // (the rows of all ranges, r) f32: B₀, B₁, …
};

// The factors made ready for products in one compute type, all ranges at once: A as it lies, and s Bᵢ as the
// blocks of one (out, n · r) matrix that is zero elsewhere.
class LowRankWeight {
 public:
  // `factors` are views, which must outlive this. `ranges`: in order, without overlap.
  LowRankWeight(LowRankFactors factors, std::vector<RowRange> ranges, std::int64_t out, float scale,
                DataType compute);

  void refresh();                                    // after the factors have changed
  std::int64_t columns() const { return a_.out(); }  // n · r
  std::int64_t in() const { return a_.in(); }
  std::int64_t out() const { return b_.out(); }
  const LinearWeight& a() const { return a_; }  // (n · r, in)
  const LinearWeight& b() const { return b_; }  // (out, n · r), scaled
  // weight: (out, in) f32 += s B A.
  void add_to(Tensor& weight) const;
  // d_b: (all rows, r) += or = what d_blocks, the gradient of b() transposed, (n · r, out), says of the
  // blocks.
  void gather(const Tensor& d_blocks, Tensor& d_b, bool accumulate) const;

  // Bytes of the blocks and the packed copies.
  static std::int64_t held_bytes(std::int64_t out, std::int64_t in, std::int64_t columns, DataType compute);

 private:
  LowRankFactors factors_;
  std::vector<RowRange> ranges_;
  float scale_;
  Tensor blocks_;  // (out, n · r) f32
  LinearWeight a_, b_;
};

// x: (T, in), y: (T, out), h: (T, n · r), all in the weight's compute type; h is overwritten.
void low_rank_forward(const Tensor& x, const LowRankWeight& weight, Tensor& h, Tensor& y);
// dx += what comes through the update; d_factors become their gradients or, with `accumulate`, are added to.
// dy: (T, out), x: (T, in) as in the forward pass, dx: (T, in); h, dh: (T, n · r), overwritten.
void low_rank_backward(const Tensor& dy, const Tensor& x, const LowRankWeight& weight, Tensor& h, Tensor& dh,
                       Tensor& dx, LowRankFactors& d_factors, bool accumulate);

}  // namespace pbb

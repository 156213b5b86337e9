// Built from the products of linear.h: four small ones beside each large one.
#include "tensor/ops/low_rank.h"

#include <algorithm>
#include <utility>

#include "tensor/ops/check.h"

namespace pbb {
namespace {

constexpr bool trainable = true;  // the copies for the backward pass are small

std::int64_t rows_of(const std::vector<RowRange>& ranges) {
  std::int64_t sum = 0;
  for (const RowRange& range : ranges) sum += range.size();
  return sum;
}

// visit(first element of a row's block within (out, n · r), first element of that row within B)
template <typename Visit>
void for_each_block_row(const std::vector<RowRange>& ranges, std::int64_t rank, const Visit& visit) {
  const std::int64_t columns = std::ssize(ranges) * rank;
  std::int64_t in_b = 0, block = 0;
  for (const RowRange& range : ranges) {
    for (std::int64_t row = range.begin; row < range.end; ++row, in_b += rank) {
      visit(static_cast<std::size_t>(row * columns + block), static_cast<std::size_t>(in_b));
    }
    block += rank;
  }
}

}  // namespace

LowRankWeight::LowRankWeight(LowRankFactors factors, std::vector<RowRange> ranges, std::int64_t out,
                             float scale, DataType compute)
    : factors_(std::move(factors)),
      ranges_(std::move(ranges)),
      scale_(scale),
      blocks_({out, std::ssize(ranges_) * factors_.b.columns()}, DataType::f32),
      a_(factors_.a, compute, trainable),
      b_(blocks_, compute, trainable) {
  check_operands(has_shape(factors_.b, {rows_of(ranges_), factors_.b.columns()}) &&
                     has_shape(factors_.a, {blocks_.columns(), factors_.a.columns()}) && !ranges_.empty() &&
                     ranges_.back().end <= out,
                 "LowRankWeight", "needs A (n · r, in) and B (all rows, r) for n ranges of rows",
                 {&factors_.a, &factors_.b, &blocks_});
  refresh();
}

void LowRankWeight::refresh() {
  const std::int64_t rank = factors_.b.columns();
  const float* b = factors_.b.span<float>().data();
  float* blocks = blocks_.span<float>().data();
  for_each_block_row(ranges_, rank, [&](std::size_t in_blocks, std::size_t in_b) {
    for (std::int64_t i = 0; i < rank; ++i)
      blocks[in_blocks + static_cast<std::size_t>(i)] = scale_ * b[in_b + static_cast<std::size_t>(i)];
  });
  a_.refresh();
  b_.refresh();
}

void LowRankWeight::add_to(Tensor& weight) const {
  const LinearWeight a(factors_.a, DataType::f32, trainable);
  linear_backward_input(blocks_, a, weight, true);
}

void LowRankWeight::gather(const Tensor& d_blocks, Tensor& d_b, bool accumulate) const {
  const std::int64_t rank = factors_.b.columns();
  const float* from = d_blocks.span<float>().data();
  float* to = d_b.span<float>().data();
  for_each_block_row(ranges_, rank, [&](std::size_t in_blocks, std::size_t in_b) {
    for (auto i = std::size_t{0}; i < static_cast<std::size_t>(rank); ++i) {
      const float gradient = scale_ * from[in_blocks + i];
      to[in_b + i] = accumulate ? to[in_b + i] + gradient : gradient;
    }
  });
}

std::int64_t LowRankWeight::held_bytes(std::int64_t out, std::int64_t in, std::int64_t columns,
                                       DataType compute) {
  const std::int64_t blocks = out * columns * static_cast<std::int64_t>(sizeof(float));
  if (compute == DataType::f32) return blocks;
  return blocks + LinearWeight::packed_bytes(columns, in, compute, trainable) +
         LinearWeight::packed_bytes(out, columns, compute, trainable);
}

void low_rank_forward(const Tensor& x, const LowRankWeight& weight, Tensor& h, Tensor& y) {
  linear_forward(x, weight.a(), h);
  linear_forward(h, weight.b(), y, true);
}

void low_rank_backward(const Tensor& dy, const Tensor& x, const LowRankWeight& weight, Tensor& h, Tensor& dh,
                       Tensor& dx, LowRankFactors& d_factors, bool accumulate) {
  linear_forward(x, weight.a(), h);
  Tensor d_blocks({weight.out(), weight.columns()}, DataType::f32);
  linear_backward_weight(dy, h, d_blocks, false);
  weight.gather(d_blocks, d_factors.b, accumulate);
  linear_backward_input(dy, weight.b(), dh);
  linear_backward_weight(dh, x, d_factors.a, accumulate);
  linear_backward_input(dh, weight.a(), dx, true);
}

}  // namespace pbb

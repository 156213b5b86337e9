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
  const auto rank = static_cast<std::size_t>(factors_.b.columns());
  const auto columns = static_cast<std::size_t>(blocks_.columns());
  const float* b = factors_.b.span<float>().data();
  float* block = blocks_.span<float>().data();  // its first column
  for (const RowRange& range : ranges_) {
    for (auto row = static_cast<std::size_t>(range.begin); row < static_cast<std::size_t>(range.end); ++row) {
      for (std::size_t i = 0; i < rank; ++i, ++b) block[row * columns + i] = scale_ * *b;
    }
    block += rank;
  }
  a_.refresh();
  b_.refresh();
}

void LowRankWeight::add_to(Tensor& weight) const {
  const LinearWeight a(factors_.a, DataType::f32, trainable);
  linear_backward_input(blocks_, a, weight, true);
}

void LowRankWeight::gather(const Tensor& d_blocks, Tensor& d_b, bool accumulate) const {
  const auto rank = static_cast<std::size_t>(factors_.b.columns());
  const auto out = static_cast<std::size_t>(blocks_.rows());
  const float* from = d_blocks.span<float>().data();
  float* to = d_b.span<float>().data();
  for (const RowRange& range : ranges_) {
    for (auto row = static_cast<std::size_t>(range.begin); row < static_cast<std::size_t>(range.end); ++row) {
      for (std::size_t i = 0; i < rank; ++i, ++to) {
        const float gradient = scale_ * from[i * out + row];
        *to = accumulate ? *to + gradient : gradient;
      }
    }
    from += rank * out;
  }
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
  // Few wide rows are computed faster than many narrow ones.
  Tensor d_blocks({weight.columns(), weight.out()}, DataType::f32);
  linear_backward_weight(h, dy, d_blocks, false);
  weight.gather(d_blocks, d_factors.b, accumulate);
  linear_backward_input(dy, weight.b(), dh);
  linear_backward_weight(dh, x, d_factors.a, accumulate);
  linear_backward_input(dh, weight.a(), dx, true);
}

}  // namespace pbb

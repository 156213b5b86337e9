#include "tensor/ops/embedding.h"

#include <algorithm>

#include "tensor/ops/check.h"
#include "tensor/parallel.h"

namespace pbb {
namespace {

void check(std::string_view op, const Tensor& table, std::span<const std::int32_t> tokens,
           const Tensor& out) {
  check_operands(is_matrix(table) && table.type() == DataType::f32 && out.type() == DataType::f32 &&
                     has_shape(out, {static_cast<std::int64_t>(tokens.size()), table.columns()}),
                 op, "needs f32 (V, C) and f32 (tokens, C)", {&table, &out});
  check_operands(std::ranges::all_of(tokens, [&](auto token) { return token >= 0 && token < table.rows(); }),
                 op, "every token must be in [0, V)", {&table});
}

}  // namespace

void embedding_forward(const Tensor& table, std::span<const std::int32_t> tokens, Tensor& out) {
  check("embedding_forward", table, tokens, out);
  const auto width = static_cast<std::size_t>(table.columns());
  const float* rows = table.span<float>().data();
  float* target = out.span<float>().data();
  parallel_ranges(out.rows(), 16, [&](std::int64_t begin, std::int64_t end) {
    for (auto t = static_cast<std::size_t>(begin); t < static_cast<std::size_t>(end); ++t) {
      std::copy_n(rows + static_cast<std::size_t>(tokens[t]) * width, width, target + t * width);
    }
  });
}

// A token may come more than once, so threads own columns, not rows: each sum has one writer and one order.
void embedding_backward(const Tensor& d_out, std::span<const std::int32_t> tokens, Tensor& d_table) {
  if (d_table.empty()) return;
  check("embedding_backward", d_table, tokens, d_out);
  const auto width = static_cast<std::size_t>(d_table.columns());
  const float* gradients = d_out.span<float>().data();
  float* table = d_table.span<float>().data();
  parallel_ranges(d_table.columns(), 64, [&](std::int64_t begin, std::int64_t end) {
    for (std::size_t t = 0; t < tokens.size(); ++t) {
      const float* from = gradients + t * width;
      float* to = table + static_cast<std::size_t>(tokens[t]) * width;
      for (std::int64_t c = begin; c < end; ++c) to[c] += from[c];
    }
  });
}

}  // namespace pbb

#include "tensor/ops/rope.h"

#include <algorithm>
#include <cmath>

#include "tensor/ops/check.h"
#include "tensor/ops/cpu.h"

namespace pbb {
namespace {

void check_and_rotate(std::string_view op, Tensor& qkv, const AttentionShape& shape,
                      std::span<const std::int32_t> positions, const RopeTable& table, float direction) {
  check_operands(is_float(qkv) && shape.head_size % 2 == 0 && table.cosine.shape() == table.sine.shape() &&
                     has_shape(qkv, {static_cast<std::int64_t>(positions.size()), shape.row()}) &&
                     has_shape(table.cosine, {table.cosine.rows(), shape.head_size / 2}),
                 op, "needs qkv (positions, row) and a table (length, head_size / 2)", {&qkv, &table.cosine});
  check_operands(std::ranges::all_of(positions, [&](auto p) { return p >= 0 && p < table.cosine.rows(); }),
                 op, "every position must be below the table's length", {&table.cosine});
  cpu::rope_rotate(qkv, shape, positions, table, direction);
}

}  // namespace

RopeTable make_rope_table(int length, int head_size, float base) {
  const int half = head_size / 2;
  RopeTable table{Tensor({length, half}, DataType::f32), Tensor({length, half}, DataType::f32)};
  for (int i = 0; i < half; ++i) {
    // Angles are rounded to f32 as in the reference implementations that the models were trained with.
    const float exponent = static_cast<float>(2 * i) / static_cast<float>(head_size);
    const float frequency = 1.0F / std::pow(base, exponent);
    for (int position = 0; position < length; ++position) {
      const auto place =
          static_cast<std::size_t>(position) * static_cast<std::size_t>(half) + static_cast<std::size_t>(i);
      const double angle = static_cast<float>(position) * frequency;
      table.cosine.span<float>()[place] = static_cast<float>(std::cos(angle));
      table.sine.span<float>()[place] = static_cast<float>(std::sin(angle));
    }
  }
  return table;
}

void rope_forward(Tensor& qkv, const AttentionShape& shape, std::span<const std::int32_t> positions,
                  const RopeTable& table) {
  check_and_rotate("rope_forward", qkv, shape, positions, table, 1);
}
void rope_backward(Tensor& d_qkv, const AttentionShape& shape, std::span<const std::int32_t> positions,
                   const RopeTable& table) {
  check_and_rotate("rope_backward", d_qkv, shape, positions, table, -1);
}

}  // namespace pbb

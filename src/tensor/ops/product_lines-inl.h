// What packing and multiplying are told: lines of an operand, and where the result is.
#if defined(PBB_TENSOR_OPS_PRODUCT_LINES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PBB_TENSOR_OPS_PRODUCT_LINES_INL_H_
#undef PBB_TENSOR_OPS_PRODUCT_LINES_INL_H_
#else
#define PBB_TENSOR_OPS_PRODUCT_LINES_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstddef>

#include "tensor/ops/product_cpu.h"
#include "tensor/ops/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pbb::HWY_NAMESPACE {

// Part of a sum: steps [first, first + count).
struct Steps {
  std::size_t first, count;
};

// Neighbouring rows of a left operand or columns of a right one: element (line, step) is at data + line ·
// line_stride + step · step_stride.
struct Lines {
  const void* data;
  DataType type;
  std::size_t count, steps;
  std::size_t line_stride, step_stride;

  template <typename T>
  const T* elements() const {
    return static_cast<const T*>(data);
  }
  // At most `most` lines from `first` on.
  Lines part(std::size_t first, std::size_t most) const {
    Lines lines = *this;
    lines.data = static_cast<const std::byte*>(data) + first * line_stride * element_bytes(type);
    lines.count = std::min(most, count - first);
    return lines;
  }
};

inline Lines rows_of(const cpu::MatrixView& matrix, std::size_t first, std::size_t count,
                     const Steps& steps) {
  const auto row_stride = static_cast<std::size_t>(matrix.row_stride);
  const auto column_stride = static_cast<std::size_t>(matrix.column_stride);
  const std::size_t offset = first * row_stride + steps.first * column_stride;
  const void* data = static_cast<const std::byte*>(matrix.data) + offset * element_bytes(matrix.type);
  return {data, matrix.type, count, steps.count, row_stride, column_stride};
}
inline Lines columns_of(const cpu::MatrixView& matrix, std::size_t first, std::size_t count,
                        const Steps& steps) {
  return rows_of(matrix.transposed(), first, count, steps);
}

// Where a tile's sums go.
struct Place {
  float* data;
  std::size_t stride;
};

// Memory that is wanted next: a tile asks for a cache line of it with every step.
struct Ahead {
  static constexpr std::size_t line_bytes = 64;
  const std::byte* from = nullptr;
  std::size_t lines = 0;
};

// A result (rows, columns) of f32 or bf16.
struct Output {
  void* data;
  DataType type;
  std::size_t columns;
  bool add;  // to what is there

  template <typename T>
  T* at(std::size_t row, std::size_t column) const {
    return static_cast<T*>(data) + row * columns + column;
  }
};

// A tile cut at the right or lower edge of the result, or of a result in bf16.
template <typename T>
void store_tile(const float* sums, std::size_t stride, std::size_t rows, std::size_t columns,
                const Output& result, T* to) {
  for (std::size_t r = 0; r < rows; ++r, sums += stride, to += result.columns) {
    for_each_vector(columns, [&](std::size_t i, auto extent) HWY_ATTR {
      const Vector sum = load(sums + i, extent);
      store(result.add ? hn::Add(load(to + i, extent), sum) : sum, to + i, extent);
    });
  }
}

}  // namespace pbb::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // PBB_TENSOR_OPS_PRODUCT_LINES_INL_H_

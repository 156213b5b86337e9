// Matrix products of f32 and bf16 operands, summed in f32: packed panels and register tiles, after Goto and
// van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008).
#pragma once

#include <cstdint>

#include "tensor/tensor.h"

namespace pbb::cpu {

// A matrix as it lies in memory: element (r, c) is at data + r · row_stride + c · column_stride. One of the
// two strides is 1.
struct MatrixView {
  const void* data = nullptr;
  DataType type = DataType::f32;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::int64_t row_stride = 0;
  std::int64_t column_stride = 0;
  bool rounds = false;  // f32 elements are rounded to bf16 as they are read

  MatrixView transposed() const { return {data, type, columns, rows, column_stride, row_stride, rounds}; }
};

MatrixView as_it_lies(const Tensor& matrix);

// result (left.rows, right.columns), f32 or bf16, = or += left · right. A row of the result depends on that
// row of `left` and on `right` alone, to the bit: not on the other rows, nor on the number of threads.
void matrix_product(const MatrixView& left, const MatrixView& right, Tensor& result, bool accumulate);

// A right operand (k, n) that is packed once for many products with few rows each, which would spend as long
// on packing it as on multiplying. As large as the operand itself in f32.
class PackedRight {
 public:
  PackedRight() = default;  // empty
  explicit PackedRight(const MatrixView& right);
  bool empty() const { return panels_.empty(); }
  std::int64_t rows() const { return rows_; }
  std::int64_t columns() const { return columns_; }
  const Tensor& panels() const { return panels_; }

 private:
  std::int64_t rows_ = 0, columns_ = 0;
  Tensor panels_;  // parts of the sum one after the other, in each all panels of columns
};

// The same, to the bit.
void matrix_product(const MatrixView& left, const PackedRight& right, Tensor& result);

}  // namespace pbb::cpu

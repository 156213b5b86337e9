// Matrix products of f32 operands, and of bf16 operands summed in f32: packed panels and register tiles,
// after Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008).
#pragma once

#include <cstdint>

#include "tensor/ops/bf16_tiles.h"
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

  MatrixView transposed() const { return {data, type, columns, rows, column_stride, row_stride}; }
};

MatrixView as_it_lies(const Tensor& matrix);

// result (left.rows, right.columns) = or += left · right. A row of the result depends on that row of `left`
// and on `right` alone, to the bit: not on the other rows, nor on the number of threads.
// All f32:
void float_product(const MatrixView& left, const MatrixView& right, Tensor& result, bool accumulate);
// left bf16; right bf16, or f32 that is rounded to bf16 (to nearest) as it is packed; result f32 or bf16.
void bf16_product(const MatrixView& left, const MatrixView& right, Tensor& result, bool accumulate,
                  const Bf16Tiles& tiles = fastest_bf16_tiles());

// A right operand (k, n) that is packed once for many products: with few rows they would spend as long on
// packing it as on multiplying. About as large as the operand itself.
class PackedRight {
 public:
  PackedRight() = default;  // empty
  // compute: f32, for float_product, or bf16, for bf16_product.
  PackedRight(const MatrixView& right, DataType compute);
  void refresh(const MatrixView& right);  // another operand of the same shape
  bool empty() const { return panels_.empty(); }
  std::int64_t rows() const { return rows_; }
  std::int64_t columns() const { return columns_; }
  template <typename Element>  // float or Bf16Pair
  const Element* panels() const {
    return static_cast<const Element*>(panels_.raw());
  }

  // What (rows, columns) take.
  static std::int64_t bytes(std::int64_t rows, std::int64_t columns, DataType compute);

 private:
  std::int64_t rows_ = 0, columns_ = 0;
  DataType compute_ = DataType::f32;
  Tensor panels_;  // f32, or pairs as i32
};

// The same results, to the bit.
void float_product(const MatrixView& left, const PackedRight& right, Tensor& result);
void bf16_product(const MatrixView& left, const PackedRight& right, Tensor& result, bool accumulate,
                  const Bf16Tiles& tiles = fastest_bf16_tiles());

// PackedRight's panels in the two formats: how many elements they are, and filling them.
std::int64_t float_panel_elements(std::int64_t rows, std::int64_t columns);
std::int64_t bf16_panel_elements(std::int64_t rows, std::int64_t columns);
void pack_float_panels(const MatrixView& right, float* panels);
void pack_bf16_panels(const MatrixView& right, Bf16Pair* panels);

}  // namespace pbb::cpu

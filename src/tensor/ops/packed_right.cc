#include "tensor/ops/check.h"
#include "tensor/ops/product_cpu.h"

namespace pbb::cpu {
namespace {

std::int64_t panel_elements(std::int64_t rows, std::int64_t columns, DataType compute) {
  return compute == DataType::f32 ? float_panel_elements(rows, columns) : bf16_panel_elements(rows, columns);
}

}  // namespace

MatrixView as_it_lies(const Tensor& matrix) {
  return {matrix.raw(), matrix.type(), matrix.rows(), matrix.columns(), matrix.columns(), 1};
}

PackedRight::PackedRight(const MatrixView& right, DataType compute)
    : rows_(right.rows),
      columns_(right.columns),
      compute_(compute),
      panels_({panel_elements(rows_, columns_, compute)},
              compute == DataType::f32 ? DataType::f32 : DataType::i32) {
  refresh(right);
}

void PackedRight::refresh(const MatrixView& right) {
  check_operands(right.rows == rows_ && right.columns == columns_, "PackedRight", "keeps its shape");
  if (compute_ == DataType::f32) {
    pack_float_panels(right, static_cast<float*>(panels_.raw()));
  } else {
    pack_bf16_panels(right, static_cast<Bf16Pair*>(panels_.raw()));
  }
}

std::int64_t PackedRight::bytes(std::int64_t rows, std::int64_t columns, DataType compute) {
  return panel_elements(rows, columns, compute) * 4;  // a float, or a pair of halves
}

}  // namespace pbb::cpu

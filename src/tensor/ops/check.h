// What every op checks first: a wrong shape or type is a mistake in the calling code, named as such.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string_view>

#include "tensor/tensor.h"

namespace pbb {

// std::logic_error "OP: RULE; got f32 (4, 8), bf16 (4, 7)" unless `holds`.
void check_operands(bool holds, std::string_view op, std::string_view rule,
                    std::initializer_list<const Tensor*> operands = {});

inline bool is_float(const Tensor& tensor) {
  return tensor.type() != DataType::i32;
}
inline bool is_matrix(const Tensor& tensor) {
  return tensor.shape().size() == 2;
}
inline bool has_shape(const Tensor& tensor, std::initializer_list<std::int64_t> shape) {
  return std::equal(tensor.shape().begin(), tensor.shape().end(), shape.begin(), shape.end());
}

}  // namespace pbb

// f32 and bf16 alike: one value at a time, and a visitor of elements of either type.
#pragma once

#include <bit>
#include <cmath>
#include <type_traits>

#include "tensor/tensor.h"

namespace pbb {

inline float to_float(float value) {
  return value;
}
inline float to_float(BFloat16 value) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(value.bits) << 16);
}

// Rounds to nearest, ties to even; NaN stays NaN.
inline BFloat16 to_bfloat16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if (std::isnan(value)) return {static_cast<std::uint16_t>((bits >> 16) | 0x40U)};
  return {static_cast<std::uint16_t>((bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16)};
}

template <typename T>
T from_float(float value) {
  if constexpr (std::is_same_v<T, BFloat16>) {
    return to_bfloat16(value);
  } else {
    return value;
  }
}

// Calls visitor with the elements' pointer in the tensor's own type, f32 or bf16.
template <typename AnyTensor, typename Visitor>
void visit_elements(AnyTensor& tensor, const Visitor& visitor) {
  if (tensor.type() == DataType::f32) {
    visitor(tensor.template span<float>().data());
  } else {
    visitor(tensor.template span<BFloat16>().data());
  }
}

}  // namespace pbb

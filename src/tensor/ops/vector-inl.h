// Vectors of f32 whatever lies in memory: kernels are written once for f32 and bf16, and for every width.
// Included once for each instruction set (see foreach_target.h of Highway).
#if defined(PBB_TENSOR_OPS_VECTOR_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PBB_TENSOR_OPS_VECTOR_INL_H_
#undef PBB_TENSOR_OPS_VECTOR_INL_H_
#else
#define PBB_TENSOR_OPS_VECTOR_INL_H_
#endif

#include <hwy/highway.h>

#include <cstddef>
#include <cstdint>

#include "tensor/tensor.h"

HWY_BEFORE_NAMESPACE();
namespace pbb::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using FloatTag = hn::ScalableTag<float>;
using Vector = hn::Vec<FloatTag>;
using BitsTag = hn::Rebind<std::uint32_t, FloatTag>;
using Bf16BitsTag = hn::Rebind<std::uint16_t, FloatTag>;

inline constexpr FloatTag float_tag;

HWY_INLINE std::size_t lanes() {
  return hn::Lanes(float_tag);
}
HWY_INLINE std::size_t round_up(std::size_t count, std::size_t unit) {
  return (count + unit - 1) / unit * unit;
}

// A whole vector, or only its first `count` lanes (the rest read as zero and are not written).
struct Whole {};
struct First {
  std::size_t count;
};

HWY_INLINE Vector load(const float* from, Whole) {
  return hn::LoadU(float_tag, from);
}
HWY_INLINE Vector load(const BFloat16* from, Whole) {
  const auto halves = hn::LoadU(Bf16BitsTag(), &from->bits);
  return hn::BitCast(float_tag, hn::ShiftLeft<16>(hn::PromoteTo(BitsTag(), halves)));
}

HWY_INLINE void store(Vector value, float* to, Whole) {
  hn::StoreU(value, float_tag, to);
}
// f32 as bf16 in the upper halves of 32 bits: to nearest, ties to even; NaN stays NaN. The lower halves are
// left as they come.
template <class Tag>
HWY_INLINE hn::Vec<Tag> rounded_upper_halves(Tag tag, hn::Vec<hn::Rebind<float, Tag>> value) {
  const auto bits = hn::BitCast(tag, value);
  const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(tag, 1));
  const auto rounded = hn::Add(bits, hn::Add(odd, hn::Set(tag, 0x7FFF)));
  const auto quiet = hn::Or(bits, hn::Set(tag, 0x400000));  // rounding could make NaN infinite
  return hn::IfThenElse(hn::RebindMask(tag, hn::IsNaN(value)), quiet, rounded);
}

HWY_INLINE void store(Vector value, BFloat16* to, Whole) {
  const auto halves = hn::ShiftRight<16>(rounded_upper_halves(BitsTag(), value));
  hn::StoreU(hn::TruncateTo(Bf16BitsTag(), halves), Bf16BitsTag(), &to->bits);
}

// Tails go through a buffer: a masked access may still touch memory past the end on some processors.
template <typename T>
HWY_INLINE Vector load(const T* from, First part) {
  HWY_ALIGN T buffer[hn::MaxLanes(float_tag)] = {};
  for (std::size_t i = 0; i < part.count; ++i) buffer[i] = from[i];
  return load(buffer, Whole{});
}
template <typename T>
HWY_INLINE void store(Vector value, T* to, First part) {
  HWY_ALIGN T buffer[hn::MaxLanes(float_tag)];
  store(value, buffer, Whole{});
  for (std::size_t i = 0; i < part.count; ++i) to[i] = buffer[i];
}

// Calls body(i, extent) for the vectors that start at i = 0, lanes(), …; the last may be partial.
template <typename Body>
HWY_INLINE void for_each_vector(std::size_t count, const Body& body) {
  std::size_t i = 0;
  for (; i + lanes() <= count; i += lanes()) body(i, Whole{});
  if (i < count) body(i, First{count - i});
}

// The sum of term(i, extent) over all lanes of those vectors; term must be zero where its operands are.
template <typename Term>
HWY_INLINE float sum_of_vectors(std::size_t count, const Term& term) {
  Vector sum = hn::Zero(float_tag);
  for_each_vector(count, [&](std::size_t i, auto extent) { sum = hn::Add(sum, term(i, extent)); });
  return hn::GetLane(hn::SumOfLanes(float_tag, sum));
}

}  // namespace pbb::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // PBB_TENSOR_OPS_VECTOR_INL_H_

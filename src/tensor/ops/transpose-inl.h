// Matrices transposed in registers: what lay along a line lies across the lines.
#if defined(PBB_TENSOR_OPS_TRANSPOSE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PBB_TENSOR_OPS_TRANSPOSE_INL_H_
#undef PBB_TENSOR_OPS_TRANSPOSE_INL_H_
#else
#define PBB_TENSOR_OPS_TRANSPOSE_INL_H_
#endif

#include <hwy/highway.h>

#include "tensor/bfloat16.h"
#include "tensor/ops/bf16_tiles.h"
#include "tensor/ops/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pbb::HWY_NAMESPACE {

// A vector of four neighbouring elements as f32; pairs keep their bits.
constexpr hn::CappedTag<float, 4> four_tag;
using Four = hn::Vec<decltype(four_tag)>;

HWY_INLINE Four four(const float* from) {
  return hn::LoadU(four_tag, from);
}
HWY_INLINE Four four(const BFloat16* from) {
  const hn::Rebind<std::uint16_t, decltype(four_tag)> halves;
  const hn::Rebind<std::uint32_t, decltype(four_tag)> bits;
  return hn::BitCast(four_tag, hn::ShiftLeft<16>(hn::PromoteTo(bits, hn::LoadU(halves, &from->bits))));
}
HWY_INLINE Four four(const cpu::Bf16Pair* from) {
  return hn::BitCast(four_tag, hn::LoadU(hn::Rebind<cpu::Bf16Pair, decltype(four_tag)>(), from));
}

// Four steps of as many lines as `Tag` has lanes.
template <class Tag>
struct Transposed {
  hn::Vec<Tag> steps[4];
};

#if HWY_TARGET == HWY_SCALAR
template <class Tag, typename Element>
Transposed<Tag> transpose(Tag, const Element* from, std::size_t) {
  return {{four(from), four(from + 1), four(from + 2), four(from + 3)}};
}
#else
// Four elements of each of the lines 0, 4, 8, … of as many as `tag` has lanes.
template <class Tag, typename Element>
HWY_INLINE hn::Vec<Tag> every_fourth(Tag tag, const Element* from, std::size_t stride) {
  if constexpr (hn::MaxLanes(Tag()) <= 4) {
    return four(from);
  } else {
    const hn::Half<Tag> half;
    const auto* upper = from + hn::MaxLanes(half) * stride;
    return hn::Combine(tag, every_fourth(half, upper, stride), every_fourth(half, from, stride));
  }
}

// Lines become steps: lines are `stride` apart, the elements of one side by side.
template <class Tag, typename Element>
HWY_INLINE Transposed<Tag> transpose(Tag tag, const Element* from, std::size_t stride) {
  const auto a = every_fourth(tag, from, stride);
  const auto b = every_fourth(tag, from + stride, stride);
  const auto c = every_fourth(tag, from + 2 * stride, stride);
  const auto d = every_fourth(tag, from + 3 * stride, stride);
  const hn::RepartitionToWide<Tag> pairs;
  const auto ab_low = hn::BitCast(pairs, hn::InterleaveLower(tag, a, b));
  const auto ab_high = hn::BitCast(pairs, hn::InterleaveUpper(tag, a, b));
  const auto cd_low = hn::BitCast(pairs, hn::InterleaveLower(tag, c, d));
  const auto cd_high = hn::BitCast(pairs, hn::InterleaveUpper(tag, c, d));
  return {{hn::BitCast(tag, hn::InterleaveLower(pairs, ab_low, cd_low)),
           hn::BitCast(tag, hn::InterleaveUpper(pairs, ab_low, cd_low)),
           hn::BitCast(tag, hn::InterleaveLower(pairs, ab_high, cd_high)),
           hn::BitCast(tag, hn::InterleaveUpper(pairs, ab_high, cd_high))}};
}
#endif

}  // namespace pbb::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // PBB_TENSOR_OPS_TRANSPOSE_INL_H_

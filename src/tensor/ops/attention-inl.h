// What attention over packed sequences and over a cache have in common.
#if defined(PBB_TENSOR_OPS_ATTENTION_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PBB_TENSOR_OPS_ATTENTION_INL_H_
#undef PBB_TENSOR_OPS_ATTENTION_INL_H_
#else
#define PBB_TENSOR_OPS_ATTENTION_INL_H_
#endif

#include <hwy/highway.h>
// After highway.h, which it needs.
#include <hwy/aligned_allocator.h>
#include <hwy/contrib/math/math-inl.h>

#include <limits>

#include "tensor/ops/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pbb::HWY_NAMESPACE {

using Buffer = hwy::AlignedFreeUniquePtr<float[]>;
inline Buffer allocate(std::size_t count) {
  return hwy::AllocateAligned<float>(count);
}

// A head's row, times `scale`, as whole vectors: the lanes behind its end become zero.
//   from  (size)
//   to    (size in whole vectors)
template <typename T>
void gather_row(const T* from, std::size_t size, float scale, float* to) {
  const Vector factor = hn::Set(float_tag, scale);
  for_each_vector(size, [&](std::size_t i, auto extent) {
    store(hn::Mul(load(from + i, extent), factor), to + i, Whole{});
  });
}

// exp(score - largest) of the first `visible` of `count` scores, zeros behind; returns their sum.
//   scores  (count in whole vectors), overwritten
inline float softmax_row(float* scores, std::size_t visible, std::size_t count, float& largest) {
  const Vector lowest = hn::Set(float_tag, -std::numeric_limits<float>::infinity());
  const auto mask = [&](std::size_t i) { return hn::FirstN(float_tag, visible > i ? visible - i : 0); };
  Vector maximum = lowest;
  for (std::size_t i = 0; i < visible; i += lanes()) {
    maximum = hn::Max(maximum, hn::IfThenElse(mask(i), load(scores + i, Whole{}), lowest));
  }
  maximum = hn::MaxOfLanes(float_tag, maximum);
  largest = hn::GetLane(maximum);
  Vector sum = hn::Zero(float_tag);
  for (std::size_t i = 0; i < count; i += lanes()) {
    const Vector term = hn::Exp(float_tag, hn::Sub(load(scores + i, Whole{}), maximum));
    const Vector kept = hn::IfThenElseZero(mask(i), term);
    store(kept, scores + i, Whole{});
    sum = hn::Add(sum, kept);
  }
  return hn::GetLane(hn::SumOfLanes(float_tag, sum));
}

}  // namespace pbb::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // PBB_TENSOR_OPS_ATTENTION_INL_H_

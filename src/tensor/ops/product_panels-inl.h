// Panels of f32 operands for product_cpu.cc: `width` neighbouring lines (rows of a left operand, columns of a
// right one), step after step of the sum; lines that are not there are zeros.
#if defined(PBB_TENSOR_OPS_PRODUCT_PANELS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PBB_TENSOR_OPS_PRODUCT_PANELS_INL_H_
#undef PBB_TENSOR_OPS_PRODUCT_PANELS_INL_H_
#else
#define PBB_TENSOR_OPS_PRODUCT_PANELS_INL_H_
#endif

#include <hwy/highway.h>

#include "tensor/ops/product_lines-inl.h"
#include "tensor/ops/transpose-inl.h"
#include "tensor/ops/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pbb::HWY_NAMESPACE {

// One step of as many lines as `tag` has lanes.
template <class Tag>
HWY_INLINE hn::Vec<Tag> gather_step(Tag tag, const float* from, std::size_t stride) {
  HWY_ALIGN float values[hn::MaxLanes(tag)];
  for (std::size_t i = 0; i < hn::MaxLanes(tag); ++i) values[i] = from[i * stride];
  return hn::Load(tag, values);
}

// Lines that lie side by side.
inline void pack_side_by_side(const Lines& lines, std::size_t width, float* to) {
  const float* from = lines.elements<float>();
  for (std::size_t k = 0; k < lines.steps; ++k, from += lines.step_stride, to += width) {
    std::copy_n(from, lines.count, to);
    std::fill(to + lines.count, to + width, 0.0F);
  }
}

// Lines that lie one after the other: as many as `tag` has lanes are transposed at a time; it divides
// `width`.
template <class Tag>
void pack_one_after_other(Tag tag, const Lines& lines, std::size_t width, float* to) {
  const std::size_t together = hn::MaxLanes(tag);
  const float* from = lines.elements<float>();
  std::size_t line = 0;
  for (; line + together <= lines.count; line += together, from += together * lines.line_stride) {
    std::size_t k = 0;
    for (; k + 4 <= lines.steps; k += 4) {
      const Transposed<Tag> transposed = transpose(tag, from + k, lines.line_stride);
      for (std::size_t i = 0; i < 4; ++i) hn::StoreU(transposed.steps[i], tag, to + (k + i) * width + line);
    }
    for (; k < lines.steps; ++k) {
      hn::StoreU(gather_step(tag, from + k, lines.line_stride), tag, to + k * width + line);
    }
  }
  for (; line < width; ++line, from += lines.line_stride) {
    for (std::size_t k = 0; k < lines.steps; ++k) to[k * width + line] = line < lines.count ? from[k] : 0;
  }
}

template <class Tag>
void pack_panel(Tag tag, const Lines& lines, std::size_t width, float* to) {
  if (lines.line_stride == 1) {
    pack_side_by_side(lines, width, to);
  } else {
    pack_one_after_other(tag, lines, width, to);
  }
}

}  // namespace pbb::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // PBB_TENSOR_OPS_PRODUCT_PANELS_INL_H_

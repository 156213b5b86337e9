// Packing for product_cpu.cc: a panel holds `width` neighbouring lines of an operand (rows of the left one,
// columns of the right), step after step of the sum, as f32.
#if defined(PBB_TENSOR_OPS_PRODUCT_PANELS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PBB_TENSOR_OPS_PRODUCT_PANELS_INL_H_
#undef PBB_TENSOR_OPS_PRODUCT_PANELS_INL_H_
#else
#define PBB_TENSOR_OPS_PRODUCT_PANELS_INL_H_
#endif

#include <hwy/highway.h>

#include "tensor/bfloat16.h"
#include "tensor/ops/product_cpu.h"
#include "tensor/ops/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pbb::HWY_NAMESPACE {

// Readers give elements as f32: a vector of up to four neighbours, or one.
constexpr hn::CappedTag<float, 4> four_tag;
using Four = hn::Vec<decltype(four_tag)>;

struct ReadFloat {
  using Element = float;
  HWY_INLINE Four four(const float* from) const { return hn::LoadU(four_tag, from); }
  HWY_INLINE float one(const float* from) const { return *from; }
};
struct ReadHalf {
  using Element = BFloat16;
  HWY_INLINE Four four(const BFloat16* from) const {
    const hn::Rebind<std::uint16_t, decltype(four_tag)> halves;
    const hn::Rebind<std::uint32_t, decltype(four_tag)> bits;
    return hn::BitCast(four_tag, hn::ShiftLeft<16>(hn::PromoteTo(bits, hn::LoadU(halves, &from->bits))));
  }
  HWY_INLINE float one(const BFloat16* from) const { return to_float(*from); }
};
// f32 rounded to bf16, to nearest, ties to even; weights are finite or the loss is not.
struct ReadRounded {
  using Element = float;
  HWY_INLINE Four four(const float* from) const {
    const hn::Rebind<std::uint32_t, decltype(four_tag)> tag;
    const auto bits = hn::BitCast(tag, hn::LoadU(four_tag, from));
    const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(tag, 1));
    const auto rounded = hn::Add(bits, hn::Add(odd, hn::Set(tag, 0x7FFF)));
    return hn::BitCast(four_tag, hn::And(rounded, hn::Set(tag, 0xFFFF0000U)));
  }
  HWY_INLINE float one(const float* from) const { return to_float(to_bfloat16(*from)); }
};

// Four steps of as many lines as `Tag` has lanes.
template <class Tag>
struct Turned {
  hn::Vec<Tag> steps[4];
};

#if HWY_TARGET == HWY_SCALAR
template <class Tag, typename Reader>
Turned<Tag> turn(Tag, Reader reader, const typename Reader::Element* from, std::size_t) {
  return {{reader.four(from), reader.four(from + 1), reader.four(from + 2), reader.four(from + 3)}};
}
#else
// Four elements of each of the lines 0, 4, 8, … of as many as `tag` has lanes.
template <class Tag, typename Reader>
HWY_INLINE hn::Vec<Tag> every_fourth(Tag tag, Reader reader, const typename Reader::Element* from,
                                     std::size_t stride) {
  if constexpr (hn::MaxLanes(Tag()) <= 4) {
    return reader.four(from);
  } else {
    const hn::Half<Tag> half;
    const auto* upper = from + hn::MaxLanes(half) * stride;
    return hn::Combine(tag, every_fourth(half, reader, upper, stride),
                       every_fourth(half, reader, from, stride));
  }
}

// Lines become steps: lines are `stride` apart, the elements of one side by side.
template <class Tag, typename Reader>
HWY_INLINE Turned<Tag> turn(Tag tag, Reader reader, const typename Reader::Element* from,
                            std::size_t stride) {
  const auto a = every_fourth(tag, reader, from, stride);
  const auto b = every_fourth(tag, reader, from + stride, stride);
  const auto c = every_fourth(tag, reader, from + 2 * stride, stride);
  const auto d = every_fourth(tag, reader, from + 3 * stride, stride);
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

// One step of as many lines as `tag` has lanes.
template <class Tag, typename Reader>
HWY_INLINE hn::Vec<Tag> gather_step(Tag tag, Reader reader, const typename Reader::Element* from,
                                    std::size_t stride) {
  HWY_ALIGN float values[hn::MaxLanes(tag)];
  for (std::size_t i = 0; i < hn::MaxLanes(tag); ++i) values[i] = reader.one(from + i * stride);
  return hn::Load(tag, values);
}

// `width` lines from `first_line` on, those beyond `lines` as zeros. Of a left operand rows are the lines, of
// a right one columns.
struct PanelPlace {
  std::size_t first_line, lines, width;
  std::size_t first_step, steps;
};

// Lines that lie side by side: element (step, line) is at from[step · stride + line].
template <typename Reader>
void pack_side_by_side(Reader reader, const typename Reader::Element* from, std::size_t stride,
                       const PanelPlace& at, float* to) {
  for (std::size_t k = 0; k < at.steps; ++k, from += stride, to += at.width) {
    std::size_t i = 0;
    constexpr std::size_t together = hn::MaxLanes(four_tag);
    for (; i + together <= at.lines; i += together) hn::StoreU(reader.four(from + i), four_tag, to + i);
    for (; i < at.lines; ++i) to[i] = reader.one(from + i);
    for (; i < at.width; ++i) to[i] = 0;
  }
}

// Lines that lie one after the other: element (step, line) is at from[line · stride + step]. As many lines as
// `tag` has lanes are turned about at a time; it divides `width`.
template <class Tag, typename Reader>
void pack_one_after_other(Tag tag, Reader reader, const typename Reader::Element* from, std::size_t stride,
                          const PanelPlace& at, float* to) {
  const std::size_t together = hn::MaxLanes(tag);
  std::size_t line = 0;
  for (; line + together <= at.lines; line += together, from += together * stride) {
    std::size_t k = 0;
    for (; k + 4 <= at.steps; k += 4) {
      const Turned<Tag> turned = turn(tag, reader, from + k, stride);
      for (std::size_t i = 0; i < 4; ++i) hn::StoreU(turned.steps[i], tag, to + (k + i) * at.width + line);
    }
    for (; k < at.steps; ++k) {
      hn::StoreU(gather_step(tag, reader, from + k, stride), tag, to + k * at.width + line);
    }
  }
  for (; line < at.width; ++line, from += stride) {
    for (std::size_t k = 0; k < at.steps; ++k)
      to[k * at.width + line] = line < at.lines ? reader.one(from + k) : 0;
  }
}

// Calls visitor(reader) with the reader of the matrix's elements.
template <typename Visitor>
void visit_reader(const cpu::MatrixView& view, const Visitor& visitor) {
  if (view.type == DataType::bf16) {
    visitor(ReadHalf{});
  } else if (view.rounds) {
    visitor(ReadRounded{});
  } else {
    visitor(ReadFloat{});
  }
}

template <class Tag, typename Reader>
void pack(Tag tag, Reader reader, const void* data, std::size_t line_stride, std::size_t step_stride,
          const PanelPlace& at, float* to) {
  const auto* from = static_cast<const typename Reader::Element*>(data) + at.first_line * line_stride +
                     at.first_step * step_stride;
  if (line_stride == 1) {
    pack_side_by_side(reader, from, step_stride, at, to);
  } else {
    pack_one_after_other(tag, reader, from, line_stride, at, to);
  }
}

template <class Tag>
void pack_left_panel(Tag tag, const cpu::MatrixView& view, const PanelPlace& at, float* to) {
  visit_reader(view, [&](auto reader) {
    pack(tag, reader, view.data, static_cast<std::size_t>(view.row_stride),
         static_cast<std::size_t>(view.column_stride), at, to);
  });
}
template <class Tag>
void pack_right_panel(Tag tag, const cpu::MatrixView& view, const PanelPlace& at, float* to) {
  visit_reader(view, [&](auto reader) {
    pack(tag, reader, view.data, static_cast<std::size_t>(view.column_stride),
         static_cast<std::size_t>(view.row_stride), at, to);
  });
}

}  // namespace pbb::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // PBB_TENSOR_OPS_PRODUCT_PANELS_INL_H_

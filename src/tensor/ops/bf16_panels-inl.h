// Panels of bf16 operands for bf16_product_cpu.cc: see bf16_tiles.h. Lines are rows of a left operand or
// columns of a right one; lines and steps that are not there are zeros.
#if defined(PBB_TENSOR_OPS_BF16_PANELS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PBB_TENSOR_OPS_BF16_PANELS_INL_H_
#undef PBB_TENSOR_OPS_BF16_PANELS_INL_H_
#else
#define PBB_TENSOR_OPS_BF16_PANELS_INL_H_
#endif

#include <hwy/highway.h>

#include <cstring>

#include "tensor/ops/bf16_tiles.h"
#include "tensor/ops/product_lines-inl.h"
#include "tensor/ops/transpose-inl.h"
#include "tensor/ops/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pbb::HWY_NAMESPACE {

using cpu::bf16_block_pairs;
using cpu::Bf16Pair;
constexpr std::size_t bf16_block_steps = 2 * bf16_block_pairs;

// Elements as bf16 in the upper halves of 32 bits: a vector of them, or one; f32 is rounded.
template <class Tag>
HWY_INLINE hn::Vec<Tag> upper_halves(Tag tag, const BFloat16* from) {
  const hn::Rebind<std::uint16_t, Tag> halves;
  return hn::ShiftLeft<16>(hn::PromoteTo(tag, hn::LoadU(halves, &from->bits)));
}
template <class Tag>
HWY_INLINE hn::Vec<Tag> upper_halves(Tag tag, const float* from) {
  const auto values = hn::LoadU(hn::Rebind<float, Tag>(), from);
  return hn::And(rounded_upper_halves(tag, values), hn::Set(tag, 0xFFFF0000U));
}
inline Bf16Pair upper_half(const BFloat16& from) {
  return static_cast<Bf16Pair>(from.bits) << 16;
}
inline Bf16Pair upper_half(const float& from) {
  return upper_half(to_bfloat16(from));
}

// Steps [0, steps) of one line, whose elements lie side by side, as one block's pairs.
inline void pair_line(const BFloat16* line, std::size_t steps, Bf16Pair* to) {
  std::memcpy(to, line, steps * sizeof(BFloat16));
  auto* end = reinterpret_cast<std::byte*>(to);
  std::fill(end + steps * sizeof(BFloat16), end + bf16_block_pairs * sizeof(Bf16Pair), std::byte{0});
}
inline void pair_line(const float* line, std::size_t steps, Bf16Pair* to) {
  BFloat16 values[bf16_block_steps] = {};
  for_each_vector(
      steps, [&](std::size_t i, auto extent) HWY_ATTR { store(load(line + i, extent), values + i, extent); });
  std::memcpy(to, values, sizeof(values));
}

// One pair of each of `count` lines that lie side by side, as many at a time as `tag` has lanes; `late` is
// null past the last step.
template <class Tag, typename T>
void pair_lines(Tag tag, const T* early, const T* late, std::size_t count, Bf16Pair* to) {
  std::size_t i = 0;
  for (; i + hn::Lanes(tag) <= count; i += hn::Lanes(tag)) {
    const auto lower = hn::ShiftRight<16>(upper_halves(tag, early + i));
    hn::StoreU(late == nullptr ? lower : hn::Or(lower, upper_halves(tag, late + i)), tag, to + i);
  }
  for (; i < count; ++i) {
    to[i] = upper_half(early[i]) >> 16 | (late == nullptr ? 0 : upper_half(late[i]));
  }
}

// (rows, columns) becomes (columns, rows); rows are bf16_block_pairs or a multiple, columns a multiple of 4.
template <std::size_t rows, std::size_t columns>
void transpose_block(const Bf16Pair* from, Bf16Pair* to) {
  constexpr hn::CappedTag<float, bf16_block_pairs> tag;
  constexpr hn::RebindToUnsigned<decltype(tag)> pair_tag;
  constexpr std::size_t together = hn::MaxLanes(tag);
  for (std::size_t r = 0; r < rows; r += together) {
    for (std::size_t c = 0; c < columns; c += 4) {
      const auto transposed = transpose(tag, from + r * columns + c, columns);
      for (std::size_t i = 0; i < 4; ++i) {
        hn::StoreU(hn::BitCast(pair_tag, transposed.steps[i]), pair_tag, to + (c + i) * rows + r);
      }
    }
  }
}

// One block of steps. As (width, bf16_block_pairs), lines that lie one after the other:
template <typename T, std::size_t width>
void pack_block_by_lines(const Lines& lines, std::size_t first_step, Bf16Pair* to) {
  const std::size_t steps = std::min(bf16_block_steps, lines.steps - first_step);
  const T* from = lines.elements<T>() + first_step;
  for (std::size_t i = 0; i < lines.count; ++i, from += lines.line_stride, to += bf16_block_pairs) {
    pair_line(from, steps, to);
  }
  std::fill_n(to, (width - lines.count) * bf16_block_pairs, Bf16Pair{0});
}
// As (bf16_block_pairs, width), lines that lie side by side:
template <typename T, std::size_t width>
void pack_block_by_pairs(const Lines& lines, std::size_t first_step, Bf16Pair* to) {
  constexpr hn::CappedTag<Bf16Pair, width % bf16_block_pairs == 0 ? bf16_block_pairs : 4> tag;
  const T* from = lines.elements<T>() + first_step * lines.step_stride;
  for (std::size_t p = 0; p < bf16_block_pairs; ++p, to += width, from += 2 * lines.step_stride) {
    const std::size_t step = first_step + 2 * p;
    const std::size_t count = step < lines.steps ? lines.count : 0;
    pair_lines(tag, from, step + 1 < lines.steps ? from + lines.step_stride : nullptr, count, to);
    std::fill(to + count, to + width, Bf16Pair{0});
  }
}

constexpr std::size_t bf16_depth(std::size_t steps) {
  return (steps + bf16_block_steps - 1) / bf16_block_steps * bf16_block_pairs;
}

// Panels of `width` lines of bf16 each. Where lines lie side by side, all panels have their part of some rows
// of memory before the next rows are read.
template <std::size_t width>
void pack_left_panels(const Lines& lines, Bf16Pair* to) {
  const auto place = [&](std::size_t line, std::size_t step) {
    return to + line * bf16_depth(lines.steps) + step / 2 * width;
  };
  if (lines.step_stride == 1) {
    for (std::size_t line = 0; line < lines.count; line += width) {
      for (std::size_t step = 0; step < lines.steps; step += bf16_block_steps) {
        pack_block_by_lines<BFloat16, width>(lines.part(line, width), step, place(line, step));
      }
    }
    return;
  }
  HWY_ALIGN Bf16Pair block[bf16_block_pairs * width];
  for (std::size_t step = 0; step < lines.steps; step += bf16_block_steps) {
    for (std::size_t line = 0; line < lines.count; line += width) {
      pack_block_by_pairs<BFloat16, width>(lines.part(line, width), step, block);
      transpose_block<bf16_block_pairs, width>(block, place(line, step));
    }
  }
}

template <typename T, std::size_t width>
void pack_right_panel(const Lines& lines, Bf16Pair* to) {
  HWY_ALIGN Bf16Pair block[width * bf16_block_pairs];
  for (std::size_t step = 0; step < lines.steps; step += bf16_block_steps, to += bf16_block_pairs * width) {
    if (lines.step_stride == 1) {
      pack_block_by_lines<T, width>(lines, step, block);
      transpose_block<width, bf16_block_pairs>(block, to);
    } else {
      pack_block_by_pairs<T, width>(lines, step, to);
    }
  }
}

}  // namespace pbb::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // PBB_TENSOR_OPS_BF16_PANELS_INL_H_

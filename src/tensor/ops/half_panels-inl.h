// Panels of bf16 operands for half_product_cpu.cc: see half_tiles.h. Lines are rows of a left operand or
// columns of a right one; lines and steps that are not there are zeros.
#if defined(PBB_TENSOR_OPS_HALF_PANELS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PBB_TENSOR_OPS_HALF_PANELS_INL_H_
#undef PBB_TENSOR_OPS_HALF_PANELS_INL_H_
#else
#define PBB_TENSOR_OPS_HALF_PANELS_INL_H_
#endif

#include <hwy/highway.h>

#include <cstring>

#include "tensor/ops/half_tiles.h"
#include "tensor/ops/product_blocks-inl.h"
#include "tensor/ops/turn-inl.h"
#include "tensor/ops/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pbb::HWY_NAMESPACE {

using cpu::half_block_pairs;
using cpu::HalfPair;
constexpr std::size_t half_block_steps = 2 * half_block_pairs;

using Bits = hn::Vec<BitsTag>;

// Elements as bf16 in the upper halves of 32 bits; f32 is rounded to nearest, ties to even (weights are
// finite, or the loss is not).
template <class Extent>
HWY_INLINE Bits upper_halves(const BFloat16* from, Extent extent) {
  return hn::BitCast(BitsTag(), load(from, extent));
}
template <class Extent>
HWY_INLINE Bits upper_halves(const float* from, Extent extent) {
  const BitsTag tag;
  const Bits bits = hn::BitCast(tag, load(from, extent));
  const Bits odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(tag, 1));
  const Bits rounded = hn::Add(bits, hn::Add(odd, hn::Set(tag, 0x7FFF)));
  return hn::And(rounded, hn::Set(tag, 0xFFFF0000U));
}

HWY_INLINE void store_pairs(Bits pairs, HalfPair* to, Whole) {
  hn::StoreU(pairs, BitsTag(), to);
}
HWY_INLINE void store_pairs(Bits pairs, HalfPair* to, First part) {
  HWY_ALIGN HalfPair buffer[hn::MaxLanes(BitsTag())];
  hn::Store(pairs, BitsTag(), buffer);
  std::copy_n(buffer, part.count, to);
}

// Steps [0, steps) of one line, whose elements lie side by side, as one block's pairs.
inline void pair_line(const BFloat16* line, std::size_t steps, HalfPair* to) {
  std::memcpy(to, line, steps * sizeof(BFloat16));
  auto* end = reinterpret_cast<std::byte*>(to);
  std::fill(end + steps * sizeof(BFloat16), end + half_block_pairs * sizeof(HalfPair), std::byte{0});
}
inline void pair_line(const float* line, std::size_t steps, HalfPair* to) {
  BFloat16 values[half_block_steps] = {};
  for_each_vector(
      steps, [&](std::size_t i, auto extent) HWY_ATTR { store(load(line + i, extent), values + i, extent); });
  std::memcpy(to, values, sizeof(values));
}

// One pair of each of `count` lines that lie side by side; `late` is null past the last step.
template <typename T>
void pair_lines(const T* early, const T* late, std::size_t count, HalfPair* to) {
  for_each_vector(count, [&](std::size_t i, auto extent) HWY_ATTR {
    const Bits lower = hn::ShiftRight<16>(upper_halves(early + i, extent));
    store_pairs(late == nullptr ? lower : hn::Or(lower, upper_halves(late + i, extent)), to + i, extent);
  });
}

// (rows, columns) becomes (columns, rows); rows are half_block_pairs or a multiple, columns a multiple of 4.
template <std::size_t rows, std::size_t columns>
void turn_block(const HalfPair* from, HalfPair* to) {
  constexpr hn::CappedTag<float, half_block_pairs> tag;
  constexpr hn::RebindToUnsigned<decltype(tag)> pair_tag;
  constexpr std::size_t together = hn::MaxLanes(tag);
  for (std::size_t r = 0; r < rows; r += together) {
    for (std::size_t c = 0; c < columns; c += 4) {
      const auto turned = turn(tag, from + r * columns + c, columns);
      for (std::size_t i = 0; i < 4; ++i) {
        hn::StoreU(hn::BitCast(pair_tag, turned.steps[i]), pair_tag, to + (c + i) * rows + r);
      }
    }
  }
}

// One block of steps. As (width, half_block_pairs), lines that lie one after the other:
template <typename T, std::size_t width>
void pack_block_by_lines(const Lines& lines, std::size_t first_step, HalfPair* to) {
  const std::size_t steps = std::min(half_block_steps, lines.steps - first_step);
  const T* from = lines.elements<T>() + first_step;
  for (std::size_t i = 0; i < lines.count; ++i, from += lines.line_stride, to += half_block_pairs) {
    pair_line(from, steps, to);
  }
  std::fill_n(to, (width - lines.count) * half_block_pairs, HalfPair{0});
}
// As (half_block_pairs, width), lines that lie side by side:
template <typename T, std::size_t width>
void pack_block_by_pairs(const Lines& lines, std::size_t first_step, HalfPair* to) {
  const T* from = lines.elements<T>() + first_step * lines.step_stride;
  for (std::size_t p = 0; p < half_block_pairs; ++p, to += width, from += 2 * lines.step_stride) {
    const std::size_t step = first_step + 2 * p;
    const std::size_t count = step < lines.steps ? lines.count : 0;
    pair_lines(from, step + 1 < lines.steps ? from + lines.step_stride : nullptr, count, to);
    std::fill(to + count, to + width, HalfPair{0});
  }
}

template <typename T, std::size_t width>
void pack_left_blocks(const Lines& lines, HalfPair* to) {
  HWY_ALIGN HalfPair block[half_block_pairs * width];
  for (std::size_t step = 0; step < lines.steps; step += half_block_steps, to += half_block_pairs * width) {
    if (lines.step_stride == 1) {
      pack_block_by_lines<T, width>(lines, step, to);
    } else {
      pack_block_by_pairs<T, width>(lines, step, block);
      turn_block<half_block_pairs, width>(block, to);
    }
  }
}

template <typename T, std::size_t width>
void pack_right_blocks(const Lines& lines, HalfPair* to) {
  HWY_ALIGN HalfPair block[width * half_block_pairs];
  for (std::size_t step = 0; step < lines.steps; step += half_block_steps, to += half_block_pairs * width) {
    if (lines.step_stride == 1) {
      pack_block_by_lines<T, width>(lines, step, block);
      turn_block<width, half_block_pairs>(block, to);
    } else {
      pack_block_by_pairs<T, width>(lines, step, to);
    }
  }
}

}  // namespace pbb::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // PBB_TENSOR_OPS_HALF_PANELS_INL_H_

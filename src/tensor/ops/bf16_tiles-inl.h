// Tiles of bf16 products for processors without an instruction for them: pairs are widened to f32.
#if defined(PBB_TENSOR_OPS_BF16_TILES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PBB_TENSOR_OPS_BF16_TILES_INL_H_
#undef PBB_TENSOR_OPS_BF16_TILES_INL_H_
#else
#define PBB_TENSOR_OPS_BF16_TILES_INL_H_
#endif

#include <hwy/highway.h>

#include <cstring>
#include <utility>

#include "tensor/ops/bf16_panels-inl.h"
#include "tensor/ops/product_lines-inl.h"
#include "tensor/ops/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pbb::HWY_NAMESPACE {

constexpr std::size_t portable_rows = cpu::narrow_tile_rows;
// Rows whose sums for two vectors of columns fill 32 or 16 registers, beside those of a pair and a factor.
constexpr std::size_t portable_group = HWY_TARGET <= HWY_AVX3 ? 12 : 4;

using Bits = hn::Vec<BitsTag>;

HWY_INLINE Vector early_of(Bits pairs) {
  return hn::BitCast(float_tag, hn::ShiftLeft<16>(pairs));
}
HWY_INLINE Vector late_of(Bits pairs) {
  return hn::BitCast(float_tag, hn::And(pairs, hn::Set(BitsTag(), 0xFFFF0000U)));
}

// One block of the left panel in f32: the early and the late values of its pairs.
struct WidenedBlock {
  HWY_ALIGN float early[portable_rows * bf16_block_pairs];
  HWY_ALIGN float late[portable_rows * bf16_block_pairs];

  void widen(const cpu::Bf16Left& left, std::size_t rows) {
    for (std::size_t r = 0; r < rows; ++r) {
      HWY_ALIGN Bf16Pair row[bf16_block_pairs];
      std::memcpy(row, left.data + r * left.row_stride, sizeof(row));
      for (std::size_t i = 0; i < bf16_block_pairs; i += lanes()) {
        const Bits pairs = hn::Load(BitsTag(), row + i);
        hn::Store(early_of(pairs), float_tag, early + r * bf16_block_pairs + i);
        hn::Store(late_of(pairs), float_tag, late + r * bf16_block_pairs + i);
      }
    }
  }
};

// A block's part of the sums of `rows` rows from `first` on, and of two vectors of columns.
template <std::size_t rows>
HWY_NOINLINE void add_block(const WidenedBlock& left, std::size_t first, const Bf16Pair* right, float* to) {
  constexpr std::size_t width = cpu::bf16_tile_columns;
  Vector sums[rows][2];
#pragma GCC unroll 12
  for (std::size_t r = 0; r < rows; ++r) {
    sums[r][0] = hn::Load(float_tag, to + r * width);
    sums[r][1] = hn::Load(float_tag, to + r * width + lanes());
  }
  for (std::size_t p = 0; p < bf16_block_pairs; ++p, right += width) {
    const Bits low = hn::LoadU(BitsTag(), right);
    const Bits high = hn::LoadU(BitsTag(), right + lanes());
    const auto add = [&](const float* factors, Vector low_values, Vector high_values) HWY_ATTR {
#pragma GCC unroll 12
      for (std::size_t r = 0; r < rows; ++r) {
        const Vector factor = hn::Set(float_tag, factors[(first + r) * bf16_block_pairs + p]);
        sums[r][0] = hn::MulAdd(factor, low_values, sums[r][0]);
        sums[r][1] = hn::MulAdd(factor, high_values, sums[r][1]);
      }
    };
    add(left.early, early_of(low), early_of(high));
    add(left.late, late_of(low), late_of(high));
  }
#pragma GCC unroll 12
  for (std::size_t r = 0; r < rows; ++r) {
    hn::Store(sums[r][0], float_tag, to + r * width);
    hn::Store(sums[r][1], float_tag, to + r * width + lanes());
  }
}

template <std::size_t... rows>
auto add_block_of(std::size_t count, std::index_sequence<rows...>) {
  constexpr decltype(&add_block<1>) all[] = {add_block<rows + 1>...};
  return all[count - 1];
}

inline void multiply_portably(cpu::Bf16Left left, const Bf16Pair* right, std::size_t pairs, std::size_t rows,
                              const Place& place, bool add) {
  constexpr std::size_t width = cpu::bf16_tile_columns;
  HWY_ALIGN float sums[portable_rows * width] = {};
  WidenedBlock block;
  for (std::size_t pair = 0; pair < pairs; pair += bf16_block_pairs) {
    block.widen(left, rows);
    for (std::size_t first = 0; first < rows; first += portable_group) {
      const auto add_rows =
          add_block_of(std::min(portable_group, rows - first), std::make_index_sequence<portable_group>());
      for (std::size_t c = 0; c < width; c += 2 * lanes()) {
        add_rows(block, first, right + c, sums + first * width + c);
      }
    }
    left.data += left.block_stride;
    right += width * bf16_block_pairs;
  }
  store_tile(sums, width, rows, width, {place.data, DataType::f32, place.stride, add}, place.data);
}

}  // namespace pbb::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // PBB_TENSOR_OPS_BF16_TILES_INL_H_

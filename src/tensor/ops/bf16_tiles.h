// Tiles of bf16 products by instructions of the processor: which there are, and the fastest that this one
// has.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/tensor.h"

namespace pbb::cpu {

// Two bf16 values that are multiplied in one step, the earlier of the sum in the lower half.
using Bf16Pair = std::uint32_t;

// Columns of a tile and of a right panel, and the rows that tiles have: sums of 12 · 32 columns fill
// AVX-512's registers, of 32 · 32 half of AMX's.
inline constexpr std::size_t bf16_tile_columns = 32;
inline constexpr std::size_t narrow_tile_rows = 12;
inline constexpr std::size_t wide_tile_rows = 32;
// Sums go in blocks of so many pairs; panels are padded with zeros to whole blocks.
inline constexpr std::size_t bf16_block_pairs = 16;

// A left operand's rows: step s of block b of row r is at data[r · row_stride + b · block_stride + s].
struct Bf16Left {
  const BFloat16* data;
  std::size_t row_stride, block_stride;
};

// A packed left panel is (blocks, rows of a tile, steps of a block); a right one is (pairs, columns).
struct Bf16Tiles {
  const char* name;
  std::size_t rows;  // of a tile, narrow or wide
  // result (rows, bf16_tile_columns) f32, of that stride, = or += left · right over `pairs` pairs, whole
  // blocks; of nothing but these rows. Null: the portable tiles of bf16_product_cpu.cc.
  void (*multiply)(const Bf16Left& left, const Bf16Pair* right, std::size_t pairs, std::size_t rows,
                   float* result, std::size_t stride, bool add) = nullptr;
  // What a thread calls before its first tile and after its last one, or null.
  void (*begin)() = nullptr;
  void (*end)() = nullptr;
};

inline constexpr Bf16Tiles portable_bf16_tiles{.name = "portable", .rows = narrow_tile_rows};

// Of AVX-512 BF16's dot products, and of AMX's tiles: null where the processor or the system has none.
const Bf16Tiles* avx512_bf16_tiles();
const Bf16Tiles* amx_bf16_tiles();
// AMX, or AVX-512 BF16, or the portable ones.
const Bf16Tiles& fastest_bf16_tiles();

}  // namespace pbb::cpu

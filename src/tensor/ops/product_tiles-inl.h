// The inner loops of product_cpu.cc: sums in registers, over packed panels or over lines that are transposed
// on the way.
#if defined(PBB_TENSOR_OPS_PRODUCT_TILES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PBB_TENSOR_OPS_PRODUCT_TILES_INL_H_
#undef PBB_TENSOR_OPS_PRODUCT_TILES_INL_H_
#else
#define PBB_TENSOR_OPS_PRODUCT_TILES_INL_H_
#endif

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <utility>

#include "tensor/ops/product_lines-inl.h"
#include "tensor/ops/product_panels-inl.h"
#include "tensor/ops/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pbb::HWY_NAMESPACE {

// A tile's sums, two vectors of the right operand and a broadcast of the left fill the registers: 32 or 16.
constexpr std::size_t tile_vectors = 3;
constexpr std::size_t tile_rows = HWY_TARGET <= HWY_AVX3 ? 8 : 4;

HWY_INLINE std::size_t tile_columns() {
  return tile_vectors * lanes();
}

// result = or += left · right, of `depth` steps. With fewer vectors than a panel has, the others of it are
// passed over: the sums are the same to the bit.
//   left    (depth, tile_rows), of which `rows` are used
//   right   (depth, tile_vectors · lanes), of which `vectors` are used
//   result  (rows, vectors · lanes), its rows `stride` apart
template <std::size_t rows, std::size_t vectors>
HWY_NOINLINE void tile(const float* left, const float* right, std::size_t depth, Place result, bool add,
                       const Ahead& ahead) {
  Vector sums[rows][vectors];
#pragma GCC unroll 8
  for (std::size_t r = 0; r < rows; ++r) {
#pragma GCC unroll 8
    for (std::size_t v = 0; v < vectors; ++v) {
      sums[r][v] = hn::Zero(float_tag);
      hwy::Prefetch(result.data + r * result.stride + v * lanes());
    }
  }
  for (std::size_t k = 0; k < depth; ++k) {
    if (k < ahead.lines) hwy::Prefetch(ahead.from + k * Ahead::line_bytes);
    Vector values[vectors];
#pragma GCC unroll 8
    for (std::size_t v = 0; v < vectors; ++v) {
      values[v] = hn::Load(float_tag, right + v * lanes());
    }
#pragma GCC unroll 8
    for (std::size_t r = 0; r < rows; ++r) {
      const Vector factor = hn::Set(float_tag, left[r]);
#pragma GCC unroll 8
      for (std::size_t v = 0; v < vectors; ++v) sums[r][v] = hn::MulAdd(factor, values[v], sums[r][v]);
    }
    left += tile_rows;
    right += tile_vectors * lanes();
  }
#pragma GCC unroll 8
  for (std::size_t r = 0; r < rows; ++r) {
#pragma GCC unroll 8
    for (std::size_t v = 0; v < vectors; ++v) {
      float* to = result.data + r * result.stride + v * lanes();
      store(add ? hn::Add(load(to, Whole{}), sums[r][v]) : sums[r][v], to, Whole{});
    }
  }
}

using Tile = decltype(&tile<1, 1>);

// The tile of `count` rows of at least so many columns.
template <std::size_t... rows>
Tile tile_of(std::size_t count, std::size_t columns, std::index_sequence<rows...>) {
  constexpr Tile all[][tile_vectors] = {{tile<rows + 1, 1>, tile<rows + 1, 2>, tile<rows + 1, 3>}...};
  static_assert(tile_vectors == 3);
  return all[count - 1][(columns - 1) / lanes()];
}

// For one row panel packing the right operand does not pay: as many of its columns as a vector has lanes are
// transposed in registers, and memory is the limit. Sums as `tile` does, to the bit.
//   left    (steps, tile_rows), of which `rows` are used
//   right   (lanes, steps), its rows `stride` apart
//   result  (rows, lanes)
template <std::size_t rows>
HWY_NOINLINE void transposed_columns(const float* left, const float* right, std::size_t stride,
                                     std::size_t steps, Place result, bool add) {
  Vector sums[rows];
#pragma GCC unroll 8
  for (std::size_t r = 0; r < rows; ++r) sums[r] = hn::Zero(float_tag);
  const auto add_step = [&](const float* factors, Vector values) HWY_ATTR {
#pragma GCC unroll 8
    for (std::size_t r = 0; r < rows; ++r) {
      sums[r] = hn::MulAdd(hn::Set(float_tag, factors[r]), values, sums[r]);
    }
  };
  std::size_t k = 0;
  for (; k + 4 <= steps; k += 4) {
    if (k % 16 == 0) {
      for (std::size_t i = 0; i < lanes(); ++i) hwy::Prefetch(right + (lanes() + i) * stride + k);
    }
    const Transposed<FloatTag> transposed = transpose(float_tag, right + k, stride);
#pragma GCC unroll 4
    for (std::size_t i = 0; i < 4; ++i) add_step(left + (k + i) * tile_rows, transposed.steps[i]);
  }
  for (; k < steps; ++k) {
    add_step(left + k * tile_rows, gather_step(float_tag, right + k, stride));
  }
  for (std::size_t r = 0; r < rows; ++r) {
    float* to = result.data + r * result.stride;
    store(add ? hn::Add(load(to, Whole{}), sums[r]) : sums[r], to, Whole{});
  }
}

template <std::size_t... rows>
auto transposed_columns_of(std::size_t count, std::index_sequence<rows...>) {
  constexpr decltype(&transposed_columns<1>) all[] = {transposed_columns<rows + 1>...};
  return all[count - 1];
}

}  // namespace pbb::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // PBB_TENSOR_OPS_PRODUCT_TILES_INL_H_

// Products of small f32 matrices that lie in cache: the inner loops of attention.
#if defined(PBB_TENSOR_OPS_SMALL_PRODUCT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PBB_TENSOR_OPS_SMALL_PRODUCT_INL_H_
#undef PBB_TENSOR_OPS_SMALL_PRODUCT_INL_H_
#else
#define PBB_TENSOR_OPS_SMALL_PRODUCT_INL_H_
#endif

#include "tensor/ops/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pbb::HWY_NAMESPACE {

// Element (r, k) of a left operand is data[r · row + k · step]: either way round.
struct Left {
  const float* data;
  std::size_t row;
  std::size_t step;
};
// Rows of whole vectors, `stride` apart.
struct Right {
  const float* data;
  std::size_t stride;
};
struct Result {
  float* data;
  std::size_t stride;
};

// A tile of `rows` × `vectors` sums is kept in registers.
constexpr std::size_t tile_rows = 6;
constexpr std::size_t tile_vectors = HWY_TARGET <= HWY_AVX3 ? 4 : 2;  // of 32 and of 16 registers

template <std::size_t rows, std::size_t vectors>
HWY_NOINLINE void tile(Left left, Right right, std::size_t depth, Result result, bool add) {
  Vector sums[rows][vectors];
#pragma GCC unroll 8
  for (std::size_t r = 0; r < rows; ++r) {
#pragma GCC unroll 8
    for (std::size_t v = 0; v < vectors; ++v) {
      const float* start = result.data + r * result.stride + v * lanes();
      sums[r][v] = add ? load(start, Whole{}) : hn::Zero(float_tag);
    }
  }
  for (std::size_t k = 0; k < depth; ++k) {
    Vector values[vectors];
#pragma GCC unroll 8
    for (std::size_t v = 0; v < vectors; ++v) {
      values[v] = load(right.data + k * right.stride + v * lanes(), Whole{});
    }
#pragma GCC unroll 8
    for (std::size_t r = 0; r < rows; ++r) {
      const Vector factor = hn::Set(float_tag, left.data[r * left.row + k * left.step]);
#pragma GCC unroll 8
      for (std::size_t v = 0; v < vectors; ++v) sums[r][v] = hn::MulAdd(factor, values[v], sums[r][v]);
    }
  }
#pragma GCC unroll 8
  for (std::size_t r = 0; r < rows; ++r) {
#pragma GCC unroll 8
    for (std::size_t v = 0; v < vectors; ++v) {
      store(sums[r][v], result.data + r * result.stride + v * lanes(), Whole{});
    }
  }
}

template <std::size_t vectors>
void tile_column(Left left, Right right, std::size_t rows, std::size_t depth, Result result, bool add) {
  for (; rows >= tile_rows; rows -= tile_rows) {
    tile<tile_rows, vectors>(left, right, depth, result, add);
    left.data += tile_rows * left.row;
    result.data += tile_rows * result.stride;
  }
  constexpr decltype(&tile<1, vectors>) rest[] = {tile<1, vectors>, tile<2, vectors>, tile<3, vectors>,
                                                  tile<4, vectors>, tile<5, vectors>};
  if (rows > 0) rest[rows - 1](left, right, depth, result, add);
}

// result (rows, columns) = or += left (rows, depth) · right (depth, columns); columns: whole vectors.
inline void multiply(Left left, Right right, std::size_t rows, std::size_t columns, std::size_t depth,
                     Result result, bool add = false) {
  std::size_t c = 0;
  const auto advance = [&](std::size_t vectors) {
    c += vectors * lanes();
    right.data += vectors * lanes();
    result.data += vectors * lanes();
  };
  for (; c + tile_vectors * lanes() <= columns; advance(tile_vectors)) {
    tile_column<tile_vectors>(left, right, rows, depth, result, add);
  }
  for (; c < columns; advance(1)) tile_column<1>(left, right, rows, depth, result, add);
}

}  // namespace pbb::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // PBB_TENSOR_OPS_SMALL_PRODUCT_INL_H_

// Left operands are packed in panels of tile_rows rows, right ones in panels of tile_columns columns, both
// step after step of the sum: a tile of the result stays in registers while two panels stream past it.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tensor/ops/product_cpu.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// After highway.h, which it needs.
#include <hwy/aligned_allocator.h>
#include <hwy/cache_control.h>

#include "tensor/ops/product_cpu.h"
#include "tensor/ops/product_panels-inl.h"
#include "tensor/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace pbb::HWY_NAMESPACE {

// A tile's sums, two vectors of the right operand and a broadcast of the left fill the registers: 32 or 16.
constexpr std::size_t tile_vectors = 3;
constexpr std::size_t tile_rows = HWY_TARGET <= HWY_AVX3 ? 8 : 4;
constexpr std::size_t most_steps = 2048;         // of the sum, packed at once
constexpr std::size_t most_rows = 2048;          // of the left operand, packed at once
constexpr std::size_t cached_bytes = 400 << 10;  // of right panels that one thread goes over again and again

HWY_INLINE std::size_t tile_columns() {
  return tile_vectors * lanes();
}

struct Place {
  float* data;
  std::size_t stride;
};

// result (rows, tile_columns) = or += left · right, of `depth` steps.
template <std::size_t rows>
HWY_NOINLINE void tile(const float* left, const float* right, std::size_t depth, Place result, bool add) {
  Vector sums[rows][tile_vectors];
#pragma GCC unroll 8
  for (std::size_t r = 0; r < rows; ++r) {
#pragma GCC unroll 8
    for (std::size_t v = 0; v < tile_vectors; ++v) {
      sums[r][v] = hn::Zero(float_tag);
      hwy::Prefetch(result.data + r * result.stride + v * lanes());
    }
  }
  for (std::size_t k = 0; k < depth; ++k) {
    Vector values[tile_vectors];
#pragma GCC unroll 8
    for (std::size_t v = 0; v < tile_vectors; ++v) {
      values[v] = hn::Load(float_tag, right + v * lanes());
    }
#pragma GCC unroll 8
    for (std::size_t r = 0; r < rows; ++r) {
      const Vector factor = hn::Set(float_tag, left[r]);
#pragma GCC unroll 8
      for (std::size_t v = 0; v < tile_vectors; ++v) sums[r][v] = hn::MulAdd(factor, values[v], sums[r][v]);
    }
    left += tile_rows;
    right += tile_vectors * lanes();
  }
#pragma GCC unroll 8
  for (std::size_t r = 0; r < rows; ++r) {
#pragma GCC unroll 8
    for (std::size_t v = 0; v < tile_vectors; ++v) {
      float* to = result.data + r * result.stride + v * lanes();
      store(add ? hn::Add(load(to, Whole{}), sums[r][v]) : sums[r][v], to, Whole{});
    }
  }
}

using Tile = decltype(&tile<1>);

template <std::size_t... rows>
Tile tile_of(std::size_t count, std::index_sequence<rows...>) {
  constexpr Tile all[] = {tile<rows + 1>...};
  return all[count - 1];
}

// The same for a tile that may be cut at the right or lower edge of the result.
void edge_tile(const float* left, const float* right, std::size_t depth, std::size_t rows,
               std::size_t columns, Place result, bool add) {
  const Tile product = tile_of(rows, std::make_index_sequence<tile_rows>());
  if (columns == tile_columns()) return product(left, right, depth, result, add);
  HWY_ALIGN float whole[tile_rows * tile_vectors * hn::MaxLanes(float_tag)];
  product(left, right, depth, {whole, tile_columns()}, false);
  for (std::size_t r = 0; r < rows; ++r) {
    const float* from = whole + r * tile_columns();
    float* to = result.data + r * result.stride;
    for (std::size_t c = 0; c < columns; ++c) to[c] = add ? to[c] + from[c] : from[c];
  }
}

// How the panels of the result's columns and rows are shared out: the least work for the busiest thread,
// and of equals the largest blocks.
struct Jobs {
  std::size_t block_panels;  // column panels of one job
  std::size_t row_parts;     // into how many parts the row panels are cut
};

Jobs share_out(std::size_t column_panels, std::size_t row_panels, std::size_t most_panels,
               std::size_t threads) {
  Jobs best{1, 1};
  std::size_t least = ~std::size_t{0};
  for (std::size_t panels = std::min(most_panels, column_panels); panels > 0; --panels) {
    const std::size_t jobs = (column_panels + panels - 1) / panels;
    const std::size_t busiest = (jobs + threads - 1) / threads * panels;
    if (busiest < least) {
      least = busiest;
      best.block_panels = panels;
    }
  }
  const std::size_t jobs = (column_panels + best.block_panels - 1) / best.block_panels;
  best.row_parts = std::min(row_panels, jobs >= threads ? 1 : (threads + jobs - 1) / jobs);
  return best;
}

// What remains of a product once the left operand is packed: `rows` rows in panels of all its `steps` steps,
// which are those of the right operand from first_step on.
struct PackedProduct {
  const float* left_panels;
  std::size_t rows;
  const cpu::MatrixView& right;
  std::size_t first_step, steps;
  Place result;
  bool add;

  std::size_t columns() const { return static_cast<std::size_t>(right.columns); }
  std::size_t row_panels() const { return (rows + tile_rows - 1) / tile_rows; }
};

// One job: packs the columns [first, last), whole panels but for the last, and goes with all row panels of
// [first_row_panel, last_row_panel) over them.
void multiply_block(const PackedProduct& product, std::size_t first, std::size_t last,
                    std::size_t first_row_panel, std::size_t last_row_panel) {
  const std::size_t panel_size = product.steps * tile_columns();
  const auto panels = hwy::AllocateAligned<float>(round_up(last - first, tile_columns()) * product.steps);
  for (std::size_t c = first; c < last; c += tile_columns()) {
    pack_right_panel(
        float_tag, product.right,
        {c, std::min(tile_columns(), last - c), tile_columns(), product.first_step, product.steps},
        panels.get() + (c - first) * product.steps);
  }
  const Place& result = product.result;
  for (std::size_t r = first_row_panel; r < last_row_panel; ++r) {
    const std::size_t row = r * tile_rows;
    const float* right = panels.get();
    for (std::size_t c = first; c < last; c += tile_columns(), right += panel_size) {
      edge_tile(product.left_panels + row * product.steps, right, product.steps,
                std::min(tile_rows, product.rows - row), std::min(tile_columns(), last - c),
                {result.data + row * result.stride + c, result.stride}, product.add);
    }
  }
}

void multiply_blocks(const PackedProduct& product) {
  const std::size_t column_panels = (product.columns() + tile_columns() - 1) / tile_columns();
  const std::size_t panel_bytes = product.steps * tile_columns() * sizeof(float);
  const Jobs jobs =
      share_out(column_panels, product.row_panels(), std::max<std::size_t>(1, cached_bytes / panel_bytes),
                static_cast<std::size_t>(omp_get_max_threads()));
  const std::size_t block = jobs.block_panels * tile_columns();
  const std::size_t blocks = (product.columns() + block - 1) / block;
  parallel_items(static_cast<std::int64_t>(blocks * jobs.row_parts), [&](std::int64_t item) {
    const std::size_t first = static_cast<std::size_t>(item) / jobs.row_parts * block;
    const std::size_t part = static_cast<std::size_t>(item) % jobs.row_parts;
    multiply_block(product, first, std::min(first + block, product.columns()),
                   product.row_panels() * part / jobs.row_parts,
                   product.row_panels() * (part + 1) / jobs.row_parts);
  });
}

// For one row panel packing the right operand does not pay: as many of its columns as a vector has lanes are
// turned about in registers, and memory is the limit. Sums as `tile` does, to the bit.
template <std::size_t rows, typename Reader>
HWY_NOINLINE void turned_columns(Reader reader, const float* left, const typename Reader::Element* right,
                                 std::size_t stride, std::size_t steps, Place result, bool add) {
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
    const Turned<FloatTag> turned = turn(float_tag, reader, right + k, stride);
#pragma GCC unroll 4
    for (std::size_t i = 0; i < 4; ++i) add_step(left + (k + i) * tile_rows, turned.steps[i]);
  }
  for (; k < steps; ++k) {
    add_step(left + k * tile_rows, gather_step(float_tag, reader, right + k, stride));
  }
  for (std::size_t r = 0; r < rows; ++r) {
    float* to = result.data + r * result.stride;
    store(add ? hn::Add(load(to, Whole{}), sums[r]) : sums[r], to, Whole{});
  }
}

template <typename Reader, std::size_t... rows>
auto turned_columns_of(std::size_t count, std::index_sequence<rows...>) {
  constexpr decltype(&turned_columns<1, Reader>) all[] = {turned_columns<rows + 1, Reader>...};
  return all[count - 1];
}

void multiply_few_rows(const PackedProduct& product) {
  const std::size_t whole = product.columns() / lanes() * lanes();
  const auto stride = static_cast<std::size_t>(product.right.column_stride);
  visit_reader(product.right, [&](auto reader) {
    using Reader = decltype(reader);
    const auto kernel = turned_columns_of<Reader>(product.rows, std::make_index_sequence<tile_rows>());
    const auto* right = static_cast<const typename Reader::Element*>(product.right.data) + product.first_step;
    const auto grain = static_cast<std::int64_t>(lanes());
    parallel_ranges(static_cast<std::int64_t>(whole), grain, [&](std::int64_t begin, std::int64_t end) {
      for (auto c = static_cast<std::size_t>(begin); c < static_cast<std::size_t>(end); c += lanes()) {
        kernel(reader, product.left_panels, right + c * stride, stride, product.steps,
               {product.result.data + c, product.result.stride}, product.add);
      }
    });
  });
  for (std::size_t c = whole; c < product.columns(); c += tile_columns()) {
    multiply_block(product, c, product.columns(), 0, 1);
  }
}

void matrix_product(const cpu::MatrixView& left, const cpu::MatrixView& right, float* result,
                    bool accumulate) {
  const auto depth = static_cast<std::size_t>(left.columns);
  const auto rows = static_cast<std::size_t>(left.rows);
  const auto columns = static_cast<std::size_t>(right.columns);
  const std::size_t parts = (depth + most_steps - 1) / most_steps;
  const std::size_t row_capacity = std::min(most_rows, round_up(rows, tile_rows));
  const auto panels = hwy::AllocateAligned<float>(row_capacity * ((depth + parts - 1) / parts));
  for (std::size_t first_row = 0; first_row < rows; first_row += most_rows) {
    const std::size_t block_rows = std::min(most_rows, rows - first_row);
    for (std::size_t part = 0; part < parts; ++part) {
      const std::size_t first_step = depth * part / parts;
      const std::size_t steps = depth * (part + 1) / parts - first_step;
      parallel_ranges(
          static_cast<std::int64_t>((block_rows + tile_rows - 1) / tile_rows), 8,
          [&](std::int64_t begin, std::int64_t end) {
            for (auto p = static_cast<std::size_t>(begin); p < static_cast<std::size_t>(end); ++p) {
              const std::size_t row = p * tile_rows;
              pack_left_panel(
                  hn::CappedTag<float, tile_rows>(), left,
                  {first_row + row, std::min(tile_rows, block_rows - row), tile_rows, first_step, steps},
                  panels.get() + row * steps);
            }
          });
      const PackedProduct product{panels.get(),
                                  block_rows,
                                  right,
                                  first_step,
                                  steps,
                                  {result + first_row * columns, columns},
                                  accumulate || part > 0};
      if (block_rows <= tile_rows && right.row_stride == 1) {
        multiply_few_rows(product);
      } else {
        multiply_blocks(product);
      }
    }
  }
}

}  // namespace pbb::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pbb::cpu {

MatrixView as_it_lies(const Tensor& matrix) {
  return {matrix.raw(), matrix.type(), matrix.rows(), matrix.columns(), matrix.columns(), 1};
}

HWY_EXPORT(matrix_product);
void matrix_product(const MatrixView& left, const MatrixView& right, Tensor& result, bool accumulate) {
  if (result.type() == DataType::f32) {
    HWY_DYNAMIC_DISPATCH(matrix_product)(left, right, result.span<float>().data(), accumulate);
    return;
  }
  Tensor sums(result.shape(), DataType::f32);  // bf16 is too coarse to sum in
  if (accumulate) convert(result, sums);
  HWY_DYNAMIC_DISPATCH(matrix_product)(left, right, sums.span<float>().data(), accumulate);
  convert(sums, result);
}

}  // namespace pbb::cpu
#endif

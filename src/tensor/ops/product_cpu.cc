// Left operands are packed in panels of tile_rows rows, right ones in panels of tile_columns columns, both
// step after step of the sum: a tile of the result stays in registers while two panels stream past it.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tensor/ops/product_cpu.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// After highway.h, which it needs.
#include <hwy/aligned_allocator.h>

#include "tensor/ops/product_cpu.h"
#include "tensor/ops/product_panels-inl.h"
#include "tensor/ops/product_tiles-inl.h"
#include "tensor/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace pbb::HWY_NAMESPACE {

constexpr std::size_t most_steps = 2048;         // of the sum, packed at once
constexpr std::size_t most_rows = 2048;          // of the left operand, packed at once
constexpr std::size_t cached_bytes = 400 << 10;  // of right panels that one thread goes over again and again

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

// Part of a sum: steps [first, first + count).
struct Steps {
  std::size_t first, count;
};

std::size_t part_count(std::size_t depth) {
  return (depth + most_steps - 1) / most_steps;
}
Steps part_of(std::size_t depth, std::size_t part) {
  const std::size_t first = depth * part / part_count(depth);
  return {first, depth * (part + 1) / part_count(depth) - first};
}

// The panels of the columns [first, last) of the right operand, whole panels but for the last.
void pack_right(const cpu::MatrixView& right, const Steps& steps, std::size_t first, std::size_t last,
                float* to) {
  for (std::size_t c = first; c < last; c += tile_columns()) {
    pack_right_panel(float_tag, right,
                     {c, std::min(tile_columns(), last - c), tile_columns(), steps.first, steps.count},
                     to + (c - first) * steps.count);
  }
}

// The right operand of a product: as it lies, or packed in whole.
struct Right {
  cpu::MatrixView view;
  const float* panels = nullptr;

  std::size_t depth() const { return static_cast<std::size_t>(view.rows); }
  std::size_t columns() const { return static_cast<std::size_t>(view.columns); }
  const float* panels_of(const Steps& steps, std::size_t column) const {
    return panels + steps.first * round_up(columns(), tile_columns()) + column * steps.count;
  }
};

// What remains of a product once the left operand is packed: `rows` rows in panels of all of `steps`.
struct PackedProduct {
  const float* left_panels;
  std::size_t rows;
  const Right& right;
  Steps steps;
  Place result;
  bool add;

  std::size_t columns() const { return right.columns(); }
  std::size_t row_panels() const { return (rows + tile_rows - 1) / tile_rows; }
};

// One job: takes or packs the columns [first, last), and goes with all row panels of [first_row_panel,
// last_row_panel) over them.
void multiply_block(const PackedProduct& product, std::size_t first, std::size_t last,
                    std::size_t first_row_panel, std::size_t last_row_panel) {
  const std::size_t steps = product.steps.count;
  const std::size_t panel_size = steps * tile_columns();
  hwy::AlignedFreeUniquePtr<float[]> own;
  if (product.right.panels == nullptr) {
    own = hwy::AllocateAligned<float>(round_up(last - first, tile_columns()) * steps);
    pack_right(product.right.view, product.steps, first, last, own.get());
  }
  const float* panels = own ? own.get() : product.right.panels_of(product.steps, first);
  const Place& result = product.result;
  const auto multiply_tile = [&](std::size_t r, std::size_t c, Ahead ahead) {
    const std::size_t row = r * tile_rows;
    edge_tile(product.left_panels + row * steps, panels + (c - first) * steps, steps,
              std::min(tile_rows, product.rows - row), std::min(tile_columns(), last - c),
              {result.data + row * result.stride + c, result.stride}, product.add, ahead);
  };
  if (own) {  // the right panels are in the cache: the left ones pass once
    for (std::size_t r = first_row_panel; r < last_row_panel; ++r) {
      for (std::size_t c = first; c < last; c += tile_columns()) multiply_tile(r, c, {});
    }
    return;
  }
  // The right panels come from memory: each passes once, and the next is asked for meanwhile.
  const std::size_t lines = panel_size / Ahead::line / (last_row_panel - first_row_panel);
  for (std::size_t c = first; c < last; c += tile_columns()) {
    const float* next = panels + (c - first) * steps + panel_size;
    for (std::size_t r = first_row_panel; r < last_row_panel; ++r, next += lines * Ahead::line) {
      multiply_tile(r, c, {next, lines});
    }
  }
}

void multiply_blocks(const PackedProduct& product) {
  const std::size_t column_panels = (product.columns() + tile_columns() - 1) / tile_columns();
  const std::size_t panel_bytes = product.steps.count * tile_columns() * sizeof(float);
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

void multiply_few_rows(const PackedProduct& product) {
  const std::size_t whole = product.columns() / lanes() * lanes();
  const cpu::MatrixView& view = product.right.view;
  const auto stride = static_cast<std::size_t>(view.column_stride);
  visit_reader(view, [&](auto reader) {
    using Reader = decltype(reader);
    const auto kernel = turned_columns_of<Reader>(product.rows, std::make_index_sequence<tile_rows>());
    const auto* right = static_cast<const typename Reader::Element*>(view.data) + product.steps.first;
    const auto grain = static_cast<std::int64_t>(lanes());
    parallel_ranges(static_cast<std::int64_t>(whole), grain, [&](std::int64_t begin, std::int64_t end) {
      for (auto c = static_cast<std::size_t>(begin); c < static_cast<std::size_t>(end); c += lanes()) {
        kernel(reader, product.left_panels, right + c * stride, stride, product.steps.count,
               {product.result.data + c, product.result.stride}, product.add);
      }
    });
  });
  for (std::size_t c = whole; c < product.columns(); c += tile_columns()) {
    multiply_block(product, c, product.columns(), 0, 1);
  }
}

// Rows [first_row, first_row + rows) of the left operand as panels.
void pack_left(const cpu::MatrixView& left, std::size_t first_row, std::size_t rows, const Steps& steps,
               float* to) {
  constexpr std::int64_t grain = 8;
  const std::size_t panels = (rows + tile_rows - 1) / tile_rows;
  parallel_ranges(static_cast<std::int64_t>(panels), grain, [&](std::int64_t begin, std::int64_t end) {
    for (auto p = static_cast<std::size_t>(begin); p < static_cast<std::size_t>(end); ++p) {
      const std::size_t row = p * tile_rows;
      pack_left_panel(hn::CappedTag<float, tile_rows>(), left,
                      {first_row + row, std::min(tile_rows, rows - row), tile_rows, steps.first, steps.count},
                      to + row * steps.count);
    }
  });
}

void multiply(const cpu::MatrixView& left, const Right& right, float* result, bool accumulate) {
  const auto rows = static_cast<std::size_t>(left.rows);
  const std::size_t columns = right.columns();
  const std::size_t parts = part_count(right.depth());
  const std::size_t row_capacity = std::min(most_rows, round_up(rows, tile_rows));
  const auto panels = hwy::AllocateAligned<float>(row_capacity * ((right.depth() + parts - 1) / parts));
  for (std::size_t first_row = 0; first_row < rows; first_row += most_rows) {
    const std::size_t block_rows = std::min(most_rows, rows - first_row);
    for (std::size_t part = 0; part < parts; ++part) {
      const Steps steps = part_of(right.depth(), part);
      pack_left(left, first_row, block_rows, steps, panels.get());
      const Place place{result + first_row * columns, columns};
      const PackedProduct product{panels.get(), block_rows, right, steps, place, accumulate || part > 0};
      const bool lines_are_columns = right.view.row_stride == 1;
      if (block_rows <= tile_rows && lines_are_columns && right.panels == nullptr) {
        multiply_few_rows(product);
      } else {
        multiply_blocks(product);
      }
    }
  }
}

void matrix_product(const cpu::MatrixView& left, const cpu::MatrixView& right, float* result,
                    bool accumulate) {
  multiply(left, {right}, result, accumulate);
}

void packed_product(const cpu::MatrixView& left, const cpu::PackedRight& right, float* result) {
  const cpu::MatrixView view{.rows = right.rows(), .columns = right.columns()};
  multiply(left, {view, right.panels().span<float>().data()}, result, false);
}

// How many elements the panels of a right operand of `columns` columns have for each step.
std::size_t packed_columns(std::size_t columns) {
  return round_up(columns, tile_columns());
}

void pack_whole_right(const cpu::MatrixView& view, float* panels) {
  const Right right{view, panels};
  const std::size_t column_panels = packed_columns(right.columns()) / tile_columns();
  for (std::size_t part = 0; part < part_count(right.depth()); ++part) {
    const Steps steps = part_of(right.depth(), part);
    parallel_ranges(static_cast<std::int64_t>(column_panels), 1, [&](std::int64_t begin, std::int64_t end) {
      const std::size_t first = static_cast<std::size_t>(begin) * tile_columns();
      const std::size_t last = std::min(static_cast<std::size_t>(end) * tile_columns(), right.columns());
      pack_right(view, steps, first, last, panels + (right.panels_of(steps, first) - right.panels));
    });
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

HWY_EXPORT(packed_columns);
HWY_EXPORT(pack_whole_right);
PackedRight::PackedRight(const MatrixView& right)
    : rows_(right.rows),
      columns_(right.columns),
      panels_({right.rows, static_cast<std::int64_t>(HWY_DYNAMIC_DISPATCH(packed_columns)(
                               static_cast<std::size_t>(right.columns)))},
              DataType::f32) {
  HWY_DYNAMIC_DISPATCH(pack_whole_right)(right, panels_.span<float>().data());
}

HWY_EXPORT(packed_product);
void matrix_product(const MatrixView& left, const PackedRight& right, Tensor& result) {
  if (result.type() == DataType::f32) {
    HWY_DYNAMIC_DISPATCH(packed_product)(left, right, result.span<float>().data());
    return;
  }
  Tensor sums(result.shape(), DataType::f32);
  HWY_DYNAMIC_DISPATCH(packed_product)(left, right, sums.span<float>().data());
  convert(sums, result);
}

}  // namespace pbb::cpu
#endif

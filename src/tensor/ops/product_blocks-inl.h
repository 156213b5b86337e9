// How a product is cut up for caches and threads, whatever the format of its panels. Left operands are packed
// in panels of some rows, right ones in panels of some columns, both step after step of the sum: a tile of
// the result stays in registers while two panels stream past it.
#if defined(PBB_TENSOR_OPS_PRODUCT_BLOCKS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PBB_TENSOR_OPS_PRODUCT_BLOCKS_INL_H_
#undef PBB_TENSOR_OPS_PRODUCT_BLOCKS_INL_H_
#else
#define PBB_TENSOR_OPS_PRODUCT_BLOCKS_INL_H_
#endif

#include <hwy/highway.h>
// After highway.h, which it needs.
#include <hwy/aligned_allocator.h>

#include <algorithm>

#include "tensor/bfloat16.h"
#include "tensor/ops/product_cpu.h"
#include "tensor/ops/product_lines-inl.h"
#include "tensor/ops/vector-inl.h"
#include "tensor/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace pbb::HWY_NAMESPACE {

constexpr std::size_t cached_bytes = 400 << 10;  // of panels that one thread goes over again and again

// A format of panels has
//   Element                            of panels
//   Left                               what a tile is told of the left operand
//   Session                            that lives while a thread multiplies tiles
//   most_steps                         of a sum in one part
//   most_tile_elements
//   most_rows(steps)                   of the left operand that are packed at once
//   reads_in_place(left)               needs no left panels
//   left_panel(panel, lines)           a packed panel, or lines in place where it is null
//   tile_rows(), tile_columns()
//   depth(steps)                       elements of a panel for each of its lines
//   pack_left(lines, to)               panels of tile_rows() lines each
//   pack_right(lines, to)              one panel of at most tile_columns() lines
//   multiply(left, right, depth, rows, columns, place, add, ahead)   a tile's first `rows` rows, and at least
//                                      its first `columns` columns
//
// What remains of a product once the left operand is packed or need not be: `rows` rows and all of `steps`.
template <class Format>
struct PackedProduct {
  using Element = typename Format::Element;

  const Format& format;
  const cpu::MatrixView& left;
  const Element* left_panels;   // of these rows and steps; or null: they are read in place
  std::size_t first_row, rows;  // of the result
  const cpu::MatrixView& right;
  const Element* right_panels;  // of all columns and these steps; or null: they are packed on the way
  Steps steps;
  Output result;

  std::size_t depth() const { return format.depth(steps.count); }
  std::size_t columns() const { return static_cast<std::size_t>(right.columns); }
  std::size_t row_panels() const { return (rows + format.tile_rows() - 1) / format.tile_rows(); }
  std::size_t column_panels() const {
    return (columns() + format.tile_columns() - 1) / format.tile_columns();
  }
};

// The panels of the right operand's columns [first, last), whole panels but for the last.
template <class Format>
void pack_right(const Format& format, const cpu::MatrixView& right, const Steps& steps, std::size_t first,
                std::size_t last, typename Format::Element* to) {
  for (std::size_t c = first; c < last; c += format.tile_columns()) {
    const std::size_t count = std::min(format.tile_columns(), last - c);
    format.pack_right(columns_of(right, c, count, steps), to + (c - first) * format.depth(steps.count));
  }
}

// One thread's share: takes or packs some column panels, and goes over them with some row panels.
template <class Format>
class Block {
 public:
  using Element = typename Format::Element;

  // Columns [first, last): whole panels, but for the last one of the result.
  Block(const PackedProduct<Format>& product, std::size_t first, std::size_t last)
      : product_(product), format_(product.format), first_(first), last_(last) {
    if (product.right_panels == nullptr) {
      own_ = hwy::AllocateAligned<Element>(round_up(last - first, format_.tile_columns()) * product.depth());
      pack_right(format_, product.right, product.steps, first, last, own_.get());
    }
    panels_ = own_ ? own_.get() : product.right_panels + first * product.depth();
  }

  // Row panels [first, last).
  void multiply(std::size_t first, std::size_t last) const {
    const typename Format::Session session(format_);
    const std::size_t width = format_.tile_columns();
    const std::size_t left_bytes = (last - first) * format_.tile_rows() * product_.depth() * sizeof(Element);
    if (own_ || left_bytes > cached_bytes) {  // the right panels stay in the cache: the left ones pass once
      for (std::size_t r = first; r < last; ++r) {
        for (std::size_t c = first_; c < last_; c += width) multiply_tile(r, c, {});
      }
      return;
    }
    // The left panels stay: each right one comes from memory once, and the next is asked for meanwhile.
    const std::size_t panel_size = width * product_.depth();
    const std::size_t lines = panel_size * sizeof(Element) / Ahead::line_bytes / (last - first);
    for (std::size_t c = first_; c < last_; c += width) {
      const auto* next = reinterpret_cast<const std::byte*>(right_panel(c) + panel_size);
      for (std::size_t r = first; r < last; ++r, next += lines * Ahead::line_bytes) {
        multiply_tile(r, c, {next, lines});
      }
    }
  }

 private:
  const Element* right_panel(std::size_t column) const {
    return panels_ + (column - first_) * product_.depth();
  }

  void multiply_tile(std::size_t row_panel, std::size_t column, const Ahead& ahead) const {
    const std::size_t row = row_panel * format_.tile_rows();
    const std::size_t rows = std::min(format_.tile_rows(), product_.rows - row);
    const std::size_t columns = std::min(format_.tile_columns(), last_ - column);
    const Output& result = product_.result;
    const std::size_t result_row = product_.first_row + row;
    const Element* panels = product_.left_panels;
    const auto left = format_.left_panel(panels == nullptr ? panels : panels + row * product_.depth(),
                                         rows_of(product_.left, result_row, rows, product_.steps));
    const auto multiply = [&](Place place, bool add) {
      format_.multiply(left, right_panel(column), product_.depth(), rows, columns, place, add, ahead);
    };
    if (columns == format_.tile_columns() && result.type == DataType::f32) {
      return multiply({result.at<float>(result_row, column), result.columns}, result.add);
    }
    HWY_ALIGN float sums[Format::most_tile_elements];
    multiply({sums, format_.tile_columns()}, false);
    if (result.type == DataType::f32) {
      store_tile(sums, format_.tile_columns(), rows, columns, result, result.at<float>(result_row, column));
    } else {
      store_tile(sums, format_.tile_columns(), rows, columns, result,
                 result.at<BFloat16>(result_row, column));
    }
  }

  const PackedProduct<Format>& product_;
  const Format& format_;
  std::size_t first_, last_;  // columns
  hwy::AlignedFreeUniquePtr<Element[]> own_;
  const Element* panels_ = nullptr;
};

// How the panels of the result's columns and rows are shared out: the least work for the busiest thread,
// and of equals the largest blocks.
struct Jobs {
  std::size_t block_panels;  // column panels of one job
  std::size_t row_parts;     // into how many parts the row panels are cut
};

inline Jobs share_out(std::size_t column_panels, std::size_t row_panels, std::size_t most_panels,
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

template <class Format>
void multiply_blocks(const PackedProduct<Format>& product) {
  const std::size_t width = product.format.tile_columns();
  const std::size_t panel_bytes = product.depth() * width * sizeof(typename Format::Element);
  const Jobs jobs = share_out(product.column_panels(), product.row_panels(),
                              std::max<std::size_t>(1, cached_bytes / panel_bytes),
                              static_cast<std::size_t>(omp_get_max_threads()));
  const std::size_t blocks = (product.column_panels() + jobs.block_panels - 1) / jobs.block_panels;
  parallel_items(static_cast<std::int64_t>(blocks * jobs.row_parts), [&](std::int64_t item) {
    const std::size_t first = static_cast<std::size_t>(item) / jobs.row_parts * jobs.block_panels;
    const std::size_t part = static_cast<std::size_t>(item) % jobs.row_parts;
    const std::size_t last = first + jobs.block_panels;
    const Block block(product, first * width, std::min(last * width, product.columns()));
    block.multiply(product.row_panels() * part / jobs.row_parts,
                   product.row_panels() * (part + 1) / jobs.row_parts);
  });
}

template <class Format>
std::size_t part_count(std::size_t depth) {
  return (depth + Format::most_steps - 1) / Format::most_steps;
}
template <class Format>
Steps part_of(std::size_t depth, std::size_t part) {
  const std::size_t first = depth * part / part_count<Format>(depth);
  return {first, depth * (part + 1) / part_count<Format>(depth) - first};
}

// Rows [first_row, first_row + rows) of the left operand as panels; a format gets several at a time, which
// may lie in the same cache lines.
template <class Format>
void pack_left(const Format& format, const cpu::MatrixView& left, std::size_t first_row, std::size_t rows,
               const Steps& steps, typename Format::Element* to) {
  const std::size_t together = 8 * format.tile_rows();
  parallel_ranges(static_cast<std::int64_t>(rows), static_cast<std::int64_t>(together),
                  [&](std::int64_t begin, std::int64_t end) {
                    const auto last = static_cast<std::size_t>(end);
                    for (auto row = static_cast<std::size_t>(begin); row < last; row += together) {
                      const std::size_t count = std::min(together, last - row);
                      format.pack_left(rows_of(left, first_row + row, count, steps),
                                       to + row * format.depth(steps.count));
                    }
                  });
}

// Elements of the panels of a whole right operand: parts of the sum one after the other, in each all panels
// of columns.
template <class Format>
std::size_t right_panel_elements(const Format& format, std::size_t depth, std::size_t columns) {
  std::size_t steps = 0;
  for (std::size_t part = 0; part < part_count<Format>(depth); ++part) {
    steps += format.depth(part_of<Format>(depth, part).count);
  }
  return steps * round_up(columns, format.tile_columns());
}

template <class Format>
void pack_whole_right(const Format& format, const cpu::MatrixView& right, typename Format::Element* panels) {
  const auto columns = static_cast<std::size_t>(right.columns);
  const auto depth = static_cast<std::size_t>(right.rows);
  const std::size_t width = format.tile_columns();
  const std::size_t column_panels = (columns + width - 1) / width;
  for (std::size_t part = 0; part < part_count<Format>(depth); ++part) {
    const Steps steps = part_of<Format>(depth, part);
    parallel_ranges(static_cast<std::int64_t>(column_panels), 1, [&](std::int64_t begin, std::int64_t end) {
      const std::size_t first = static_cast<std::size_t>(begin) * width;
      const std::size_t last = std::min(static_cast<std::size_t>(end) * width, columns);
      pack_right(format, right, steps, first, last, panels + first * format.depth(steps.count));
    });
    panels += column_panels * width * format.depth(steps.count);
  }
}

// result = or += left · right, for each part of the sum and so many rows of the left operand in two passes:
//   1. these rows are packed, unless the format reads them in place;
//   2. threads take blocks of the result: Block packs its columns of the right operand where they are not yet,
//      and multiplies tile by tile.
//
//   left          (rows, depth)
//   right         (depth, columns)
//   right_panels  those of pack_whole_right, or null
//   result        (rows, columns)
template <class Format>
void multiply(const Format& format, const cpu::MatrixView& left, const cpu::MatrixView& right,
              const typename Format::Element* right_panels, Output result) {
  const auto rows = static_cast<std::size_t>(left.rows);
  const auto depth = static_cast<std::size_t>(right.rows);
  const std::size_t width = round_up(result.columns, format.tile_columns());
  const std::size_t parts = part_count<Format>(depth);
  const std::size_t most_steps = (depth + parts - 1) / parts;
  const bool in_place = format.reads_in_place(left);
  const std::size_t most_rows =
      in_place ? rows : round_up(std::min(format.most_rows(most_steps), rows), format.tile_rows());
  hwy::AlignedFreeUniquePtr<typename Format::Element[]> left_panels;
  if (!in_place) {
    left_panels = hwy::AllocateAligned<typename Format::Element>(most_rows * format.depth(most_steps));
  }
  for (std::size_t part = 0; part < parts; ++part) {
    const Steps steps = part_of<Format>(depth, part);
    for (std::size_t first_row = 0; first_row < rows; first_row += most_rows) {
      const std::size_t block_rows = std::min(most_rows, rows - first_row);
      if (!in_place) pack_left(format, left, first_row, block_rows, steps, left_panels.get());
      multiply_blocks(PackedProduct<Format>{format, left, left_panels.get(), first_row, block_rows, right,
                                            right_panels, steps, result});
    }
    result.add = true;
    if (right_panels != nullptr) right_panels += width * format.depth(steps.count);
  }
}

}  // namespace pbb::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // PBB_TENSOR_OPS_PRODUCT_BLOCKS_INL_H_

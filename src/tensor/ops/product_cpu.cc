// f32 products: left panels of tile_rows rows, right ones of tile_columns columns.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tensor/ops/product_cpu.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "tensor/ops/product_blocks-inl.h"
#include "tensor/ops/product_cpu.h"
#include "tensor/ops/product_panels-inl.h"
#include "tensor/ops/product_tiles-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pbb::HWY_NAMESPACE {

struct FloatFormat {
  using Element = float;
  using Left = const float*;
  struct Session {
    explicit Session(const FloatFormat&) {}
  };
  static constexpr std::size_t most_steps = 2048;
  static constexpr std::size_t most_tile_elements =
      HWY_NAMESPACE::tile_rows * tile_vectors * hn::MaxLanes(float_tag);

  static std::size_t tile_rows() { return HWY_NAMESPACE::tile_rows; }
  static std::size_t tile_columns() { return HWY_NAMESPACE::tile_columns(); }
  static std::size_t depth(std::size_t steps) { return steps; }
  static std::size_t most_rows(std::size_t) { return 2048; }
  static bool reads_in_place(const cpu::MatrixView&) { return false; }
  static Left left_panel(const float* panel, const Lines&) { return panel; }
  static void pack_left(const Lines& lines, float* to) {
    for (std::size_t first = 0; first < lines.count; first += tile_rows()) {
      pack_panel(hn::CappedTag<float, HWY_NAMESPACE::tile_rows>(), lines.part(first, tile_rows()),
                 tile_rows(), to + first * depth(lines.steps));
    }
  }
  static void pack_right(const Lines& lines, float* to) { pack_panel(float_tag, lines, tile_columns(), to); }
  static void multiply(const float* left, const float* right, std::size_t depth, std::size_t rows,
                       std::size_t columns, Place place, bool add, const Ahead& ahead) {
    constexpr std::make_index_sequence<HWY_NAMESPACE::tile_rows> all_rows;
    tile_of(rows, columns, all_rows)(left, right, depth, place, add, ahead);
  }
};

// At most one row panel, and the right operand's columns lie one after the other.
void multiply_few_rows(const PackedProduct<FloatFormat>& product) {
  const std::size_t whole = product.columns() / lanes() * lanes();
  const Lines columns = columns_of(product.right, 0, whole, product.steps);
  const auto kernel = transposed_columns_of(product.rows, std::make_index_sequence<tile_rows>());
  const auto grain = static_cast<std::int64_t>(lanes());
  parallel_ranges(static_cast<std::int64_t>(whole), grain, [&](std::int64_t begin, std::int64_t end) {
    for (auto c = static_cast<std::size_t>(begin); c < static_cast<std::size_t>(end); c += lanes()) {
      kernel(product.left_panels, columns.elements<float>() + c * columns.line_stride, columns.line_stride,
             columns.steps, {product.result.at<float>(0, c), product.result.columns}, product.result.add);
    }
  });
  if (whole < product.columns()) Block(product, whole, product.columns()).multiply(0, 1);
}

Output output_of(Tensor& result, bool add) {
  return {result.raw(), DataType::f32, static_cast<std::size_t>(result.columns()), add};
}

void float_product(const cpu::MatrixView& left, const cpu::MatrixView& right, Tensor& result,
                   bool accumulate) {
  constexpr FloatFormat format;
  const auto rows = static_cast<std::size_t>(left.rows);
  if (rows > tile_rows || right.row_stride != 1) {
    return multiply(format, left, right, nullptr, output_of(result, accumulate));
  }
  const auto depth = static_cast<std::size_t>(right.rows);
  const std::size_t parts = part_count<FloatFormat>(depth);
  const auto panel = hwy::AllocateAligned<float>(tile_rows * std::min(depth, FloatFormat::most_steps));
  for (std::size_t part = 0; part < parts; ++part) {
    const Steps steps = part_of<FloatFormat>(depth, part);
    pack_left(format, left, 0, rows, steps, panel.get());
    multiply_few_rows({format, left, panel.get(), 0, rows, right, nullptr, steps,
                       output_of(result, accumulate || part > 0)});
  }
}

void packed_float_product(const cpu::MatrixView& left, const cpu::PackedRight& right, Tensor& result) {
  const cpu::MatrixView view{.rows = right.rows(), .columns = right.columns()};
  multiply(FloatFormat(), left, view, right.panels<float>(), output_of(result, false));
}

std::size_t float_panel_elements(std::size_t depth, std::size_t columns) {
  return right_panel_elements(FloatFormat(), depth, columns);
}

void pack_float_panels(const cpu::MatrixView& right, float* panels) {
  pack_whole_right(FloatFormat(), right, panels);
}

}  // namespace pbb::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pbb::cpu {

HWY_EXPORT(float_product);
void float_product(const MatrixView& left, const MatrixView& right, Tensor& result, bool accumulate) {
  HWY_DYNAMIC_DISPATCH(float_product)(left, right, result, accumulate);
}

HWY_EXPORT(packed_float_product);
void float_product(const MatrixView& left, const PackedRight& right, Tensor& result) {
  HWY_DYNAMIC_DISPATCH(packed_float_product)(left, right, result);
}

HWY_EXPORT(float_panel_elements);
std::int64_t float_panel_elements(std::int64_t rows, std::int64_t columns) {
  return static_cast<std::int64_t>(HWY_DYNAMIC_DISPATCH(float_panel_elements)(
      static_cast<std::size_t>(rows), static_cast<std::size_t>(columns)));
}

HWY_EXPORT(pack_float_panels);
void pack_float_panels(const MatrixView& right, float* panels) {
  HWY_DYNAMIC_DISPATCH(pack_float_panels)(right, panels);
}

}  // namespace pbb::cpu
#endif

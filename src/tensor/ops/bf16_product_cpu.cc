// bf16 products: the panels of bf16_tiles.h, and tiles by the processor's own instructions where it has any.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tensor/ops/bf16_product_cpu.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "tensor/ops/bf16_panels-inl.h"
#include "tensor/ops/bf16_tiles-inl.h"
#include "tensor/ops/product_blocks-inl.h"
#include "tensor/ops/product_cpu.h"

HWY_BEFORE_NAMESPACE();
namespace pbb::HWY_NAMESPACE {

struct Bf16Format {
  using Element = Bf16Pair;
  using Left = cpu::Bf16Left;
  static constexpr std::size_t most_steps = ~std::size_t{0} >> 1;  // a bf16 result is rounded once
  static constexpr std::size_t most_tile_elements = cpu::wide_tile_rows * cpu::bf16_tile_columns;

  class Session {
   public:
    explicit Session(const Bf16Format& format) : tiles_(*format.tiles) {
      if (tiles_.begin != nullptr) tiles_.begin();
    }
    ~Session() {
      if (tiles_.end != nullptr) tiles_.end();
    }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

   private:
    const cpu::Bf16Tiles& tiles_;
  };

  const cpu::Bf16Tiles* tiles;

  std::size_t tile_rows() const { return tiles->rows; }
  static std::size_t tile_columns() { return cpu::bf16_tile_columns; }
  static std::size_t depth(std::size_t steps) { return bf16_depth(steps); }

  // Left panels are made for one product, and should still be in the cache when they are multiplied.
  static std::size_t most_rows(std::size_t steps) {
    constexpr std::size_t panel_bytes = 1 << 20;
    return std::max(panel_bytes / (depth(steps) * sizeof(Bf16Pair)), cpu::wide_tile_rows);
  }
  static bool reads_in_place(const cpu::MatrixView& left) {
    return left.column_stride == 1 && static_cast<std::size_t>(left.columns) % bf16_block_steps == 0;
  }
  Left left_panel(const Bf16Pair* panel, const Lines& lines) const {
    if (panel == nullptr) return {lines.elements<BFloat16>(), lines.line_stride, bf16_block_steps};
    return {reinterpret_cast<const BFloat16*>(panel), bf16_block_steps, tile_rows() * bf16_block_steps};
  }
  void pack_left(const Lines& lines, Bf16Pair* to) const {
    const auto pack = tile_rows() == cpu::wide_tile_rows ? pack_left_panels<cpu::wide_tile_rows>
                                                         : pack_left_panels<cpu::narrow_tile_rows>;
    pack(lines, to);
  }
  static void pack_right(const Lines& lines, Bf16Pair* to) {
    const auto pack = lines.type == DataType::f32 ? pack_right_panel<float, cpu::bf16_tile_columns>
                                                  : pack_right_panel<BFloat16, cpu::bf16_tile_columns>;
    pack(lines, to);
  }
  void multiply(const Left& left, const Bf16Pair* right, std::size_t depth, std::size_t rows, std::size_t,
                Place place, bool add, const Ahead&) const {
    if (tiles->multiply != nullptr) {
      tiles->multiply(left, right, depth, rows, place.data, place.stride, add);
    } else {
      multiply_portably(left, right, depth, rows, place, add);
    }
  }
};

void multiply_packed(const cpu::MatrixView& left, const cpu::MatrixView& right, const Bf16Pair* right_panels,
                     Tensor& result, bool accumulate, const cpu::Bf16Tiles& tiles) {
  const auto columns = static_cast<std::size_t>(result.columns());
  multiply(Bf16Format{&tiles}, left, right, right_panels, {result.raw(), result.type(), columns, accumulate});
}

void packed_bf16_product(const cpu::MatrixView& left, const cpu::PackedRight& right, Tensor& result,
                         bool accumulate, const cpu::Bf16Tiles& tiles) {
  const cpu::MatrixView view{.rows = right.rows(), .columns = right.columns()};
  multiply_packed(left, view, right.panels<Bf16Pair>(), result, accumulate, tiles);
}

std::size_t bf16_panel_elements(std::size_t depth, std::size_t columns) {
  return right_panel_elements(Bf16Format{nullptr}, depth, columns);
}

void pack_bf16_panels(const cpu::MatrixView& right, Bf16Pair* panels) {
  pack_whole_right(Bf16Format{nullptr}, right, panels);
}

// All of the right operand is packed before any of the left one: every thread wants all of it.
void bf16_product(const cpu::MatrixView& left, const cpu::MatrixView& right, Tensor& result, bool accumulate,
                  const cpu::Bf16Tiles& tiles) {
  const auto panels = hwy::AllocateAligned<Bf16Pair>(
      bf16_panel_elements(static_cast<std::size_t>(right.rows), static_cast<std::size_t>(right.columns)));
  pack_whole_right(Bf16Format{&tiles}, right, panels.get());
  multiply_packed(left, right, panels.get(), result, accumulate, tiles);
}

}  // namespace pbb::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pbb::cpu {

HWY_EXPORT(packed_bf16_product);
void bf16_product(const MatrixView& left, const PackedRight& right, Tensor& result, bool accumulate,
                  const Bf16Tiles& tiles) {
  HWY_DYNAMIC_DISPATCH(packed_bf16_product)(left, right, result, accumulate, tiles);
}
HWY_EXPORT(bf16_product);
void bf16_product(const MatrixView& left, const MatrixView& right, Tensor& result, bool accumulate,
                  const Bf16Tiles& tiles) {
  HWY_DYNAMIC_DISPATCH(bf16_product)(left, right, result, accumulate, tiles);
}

HWY_EXPORT(bf16_panel_elements);
std::int64_t bf16_panel_elements(std::int64_t rows, std::int64_t columns) {
  return static_cast<std::int64_t>(HWY_DYNAMIC_DISPATCH(bf16_panel_elements)(
      static_cast<std::size_t>(rows), static_cast<std::size_t>(columns)));
}

HWY_EXPORT(pack_bf16_panels);
void pack_bf16_panels(const MatrixView& right, Bf16Pair* panels) {
  HWY_DYNAMIC_DISPATCH(pack_bf16_panels)(right, panels);
}

}  // namespace pbb::cpu
#endif

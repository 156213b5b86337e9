// The two kinds of tiles are compiled for their instructions whatever the build is for, and run only where
// cpuid has them.
#include "tensor/ops/bf16_tiles.h"

#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace pbb::cpu {
namespace {

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512bf16")

__m512bh pairs_at(const Bf16Pair* from) {
  return reinterpret_cast<__m512bh>(_mm512_loadu_si512(from));
}

__m512bh broadcast_pair(const BFloat16* from) {
  int pair = 0;
  std::memcpy(&pair, from, sizeof(pair));
  return reinterpret_cast<__m512bh>(_mm512_set1_epi32(pair));
}

// VDPBF16PS: each lane of the sum gets a pair's two products, the later one first.
template <std::size_t rows>
void multiply_dots(const Bf16Left& left, const Bf16Pair* right, std::size_t pairs, float* result,
                   std::size_t stride, bool add) {
  __m512 sums[rows][2];
#pragma GCC unroll 12
  for (std::size_t r = 0; r < rows; ++r) {
    sums[r][0] = sums[r][1] = _mm512_setzero_ps();
    _mm_prefetch(reinterpret_cast<const char*>(result + r * stride), _MM_HINT_T0);
    _mm_prefetch(reinterpret_cast<const char*>(result + r * stride + 16), _MM_HINT_T0);
  }
  // Three rows share a pointer: an address can add a stride, or two, to it.
  constexpr std::size_t pointers = (rows + 2) / 3;
  const BFloat16* starts[pointers];
#pragma GCC unroll 4
  for (std::size_t i = 0; i < pointers; ++i) starts[i] = left.data + 3 * i * left.row_stride;
  for (std::size_t block = 0; block < pairs; block += bf16_block_pairs) {
    for (std::size_t p = 0; p < bf16_block_pairs; ++p) {
      const __m512bh low = pairs_at(right);
      const __m512bh high = pairs_at(right + 16);
      right += bf16_tile_columns;
#pragma GCC unroll 12
      for (std::size_t r = 0; r < rows; ++r) {
        const __m512bh factor = broadcast_pair(starts[r / 3] + r % 3 * left.row_stride + 2 * p);
        sums[r][0] = _mm512_dpbf16_ps(sums[r][0], low, factor);
        sums[r][1] = _mm512_dpbf16_ps(sums[r][1], high, factor);
      }
    }
#pragma GCC unroll 4
    for (std::size_t i = 0; i < pointers; ++i) starts[i] += left.block_stride;
  }
#pragma GCC unroll 12
  for (std::size_t r = 0; r < rows; ++r) {
#pragma GCC unroll 2
    for (std::size_t v = 0; v < 2; ++v) {
      float* to = result + r * stride + v * 16;
      _mm512_storeu_ps(to, add ? _mm512_add_ps(_mm512_loadu_ps(to), sums[r][v]) : sums[r][v]);
    }
  }
}

template <std::size_t... rows>
auto dots_of(std::size_t count, std::index_sequence<rows...>) {
  constexpr decltype(&multiply_dots<1>) all[] = {multiply_dots<rows + 1>...};
  return all[count - 1];
}

void multiply_dots_of(const Bf16Left& left, const Bf16Pair* right, std::size_t pairs, std::size_t rows,
                      float* result, std::size_t stride, bool add) {
  dots_of(rows, std::make_index_sequence<narrow_tile_rows>())(left, right, pairs, result, stride, add);
}

#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx512f,amx-tile,amx-bf16")

constexpr std::size_t tile_rows = 16;  // of one register: 16 rows of 64 bytes
constexpr std::size_t right_bytes = bf16_tile_columns * sizeof(Bf16Pair);  // of a panel's step

// Registers 0 to 3 hold the sums of 32 rows and 32 columns, 4 and 5 left operands, 6 and 7 right ones.
// LDTILECFG's operand: palette 1, eight registers of 64 bytes a row.
struct alignas(64) TileConfiguration {
  std::uint8_t palette = 1;
  std::uint8_t start_row = 0;
  std::uint8_t reserved[14] = {};
  std::uint16_t bytes_per_row[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {};
};

// By the number of rows of the result; a register cannot have none.
constexpr auto configurations = [] {
  std::array<TileConfiguration, wide_tile_rows + 1> all;
  for (std::size_t count = 0; count < all.size(); ++count) {
    const auto upper = static_cast<std::uint8_t>(std::clamp<std::size_t>(count, 1, tile_rows));
    const auto lower = static_cast<std::uint8_t>(std::max<std::size_t>(count, tile_rows + 1) - tile_rows);
    all[count] = {.rows = {upper, upper, lower, lower, upper, lower, tile_rows, tile_rows}};
  }
  return all;
}();

void configure_rows(std::size_t count) {
  _tile_loadconfig(&configurations[count]);
}

void configure_tiles() {
  configure_rows(wide_tile_rows);
}

void release_tiles() {
  _tile_release();
}

void multiply_two_tile_rows(const Bf16Left& left, const Bf16Pair* right, std::size_t pairs, float* result,
                            std::size_t stride, bool add) {
  const std::size_t left_bytes = left.row_stride * sizeof(BFloat16);
  const std::size_t result_bytes = stride * sizeof(float);
  const BFloat16* upper_left = left.data;
  const BFloat16* lower_left = left.data + tile_rows * left.row_stride;
  float* lower = result + tile_rows * stride;
  if (add) {
    _tile_loadd(0, result, result_bytes);
    _tile_loadd(1, result + 16, result_bytes);
    _tile_loadd(2, lower, result_bytes);
    _tile_loadd(3, lower + 16, result_bytes);
  } else {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  }
  for (std::size_t block = 0; block < pairs; block += bf16_block_pairs) {
    _tile_loadd(6, right, right_bytes);
    _tile_loadd(4, upper_left, left_bytes);
    _tile_dpbf16ps(0, 4, 6);
    _tile_loadd(7, right + 16, right_bytes);
    _tile_dpbf16ps(1, 4, 7);
    _tile_loadd(5, lower_left, left_bytes);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
    upper_left += left.block_stride;
    lower_left += left.block_stride;
    right += bf16_tile_columns * bf16_block_pairs;
  }
  _tile_stored(0, result, result_bytes);
  _tile_stored(1, result + 16, result_bytes);
  _tile_stored(2, lower, result_bytes);
  _tile_stored(3, lower + 16, result_bytes);
}

void multiply_one_tile_row(const Bf16Left& left, const Bf16Pair* right, std::size_t pairs, float* result,
                           std::size_t stride, bool add) {
  const std::size_t left_bytes = left.row_stride * sizeof(BFloat16);
  const std::size_t result_bytes = stride * sizeof(float);
  const BFloat16* rows = left.data;
  if (add) {
    _tile_loadd(0, result, result_bytes);
    _tile_loadd(1, result + 16, result_bytes);
  } else {
    _tile_zero(0);
    _tile_zero(1);
  }
  for (std::size_t block = 0; block < pairs; block += bf16_block_pairs) {
    _tile_loadd(4, rows, left_bytes);
    _tile_loadd(6, right, right_bytes);
    _tile_loadd(7, right + 16, right_bytes);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    rows += left.block_stride;
    right += bf16_tile_columns * bf16_block_pairs;
  }
  _tile_stored(0, result, result_bytes);
  _tile_stored(1, result + 16, result_bytes);
}

void multiply_tiles(const Bf16Left& left, const Bf16Pair* right, std::size_t pairs, std::size_t rows,
                    float* result, std::size_t stride, bool add) {
  const auto multiply = rows <= tile_rows ? multiply_one_tile_row : multiply_two_tile_rows;
  if (rows < wide_tile_rows) configure_rows(rows);
  multiply(left, right, pairs, result, stride, add);
  if (rows < wide_tile_rows) configure_rows(wide_tile_rows);
}

#pragma GCC pop_options

// Linux saves the tiles' registers only for a process that has asked for it (arch/x86/kernel/fpu/xstate.c).
bool may_use_tiles() {
  constexpr unsigned long tile_data = 18;      // of XSAVE's components
  constexpr long request_permission = 0x1023;  // ARCH_REQ_XCOMP_PERM; not yet in Debian 12's headers
  return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
}

bool has_amx_bf16() {
  constexpr unsigned int bf16 = 1U << 22, tile = 1U << 24;
  unsigned int a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return false;
  return (d & bf16) != 0 && (d & tile) != 0;
}

}  // namespace

const Bf16Tiles* avx512_bf16_tiles() {
  static constexpr Bf16Tiles tiles{
      .name = "AVX-512 BF16", .rows = narrow_tile_rows, .multiply = multiply_dots_of};
  return __builtin_cpu_supports("avx512bf16") != 0 ? &tiles : nullptr;
}

const Bf16Tiles* amx_bf16_tiles() {
  static constexpr Bf16Tiles tiles{.name = "AMX",
                                   .rows = wide_tile_rows,
                                   .multiply = multiply_tiles,
                                   .begin = configure_tiles,
                                   .end = release_tiles};
  static const bool available = has_amx_bf16() && __builtin_cpu_supports("avx512f") != 0 && may_use_tiles();
  return available ? &tiles : nullptr;
}

const Bf16Tiles& fastest_bf16_tiles() {
  if (const Bf16Tiles* tiles = amx_bf16_tiles()) return *tiles;
  if (const Bf16Tiles* tiles = avx512_bf16_tiles()) return *tiles;
  return portable_bf16_tiles;
}

}  // namespace pbb::cpu

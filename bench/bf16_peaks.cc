// The roofs of bf16 instructions: compiled for them whatever the build is for, run where bf16_tiles.h has
// them.
#include <immintrin.h>
#include <omp.h>

#include "peaks.h"
#include "tensor/ops/bf16_tiles.h"

namespace pbb::bench {
namespace {

constexpr std::int64_t rounds = 1'000'000;

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bf16")
double multiply_add_dots() {
  constexpr std::size_t chains = 12;
  __m512 sums[chains];
  // Unlike each other, or the compiler makes one chain of several.
#pragma GCC unroll 16
  for (std::size_t c = 0; c < chains; ++c) sums[c] = _mm512_set1_ps(static_cast<float>(c));
  const auto factor = reinterpret_cast<__m512bh>(_mm512_set1_epi32(0x3F003F00));  // two halves of 0.5
  for (std::int64_t i = 0; i < rounds; ++i) {
#pragma GCC unroll 16
    for (std::size_t c = 0; c < chains; ++c) sums[c] = _mm512_dpbf16_ps(sums[c], factor, factor);
  }
  __m512 total = _mm512_setzero_ps();
#pragma GCC unroll 16
  for (std::size_t c = 0; c < chains; ++c) total = _mm512_add_ps(total, sums[c]);
  const double kept = _mm512_cvtss_f32(total) < 0 ? 0 : 1;  // the sums are used
  return kept * 2 * 32 * static_cast<double>(rounds * static_cast<std::int64_t>(chains));
}
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("amx-tile,amx-bf16")
double multiply_add_tiles() {
  for (std::int64_t i = 0; i < rounds; ++i) {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  return 4.0 * 2 * 16 * 16 * 32 * static_cast<double>(rounds);
}
#pragma GCC pop_options

}  // namespace

double multiply_add_bf16_registers() {
  double operations = 0;
  if (const cpu::Bf16Tiles* tiles = cpu::amx_bf16_tiles()) {
#pragma omp parallel reduction(+ : operations)
    {
      tiles->begin();
      operations += multiply_add_tiles();
      tiles->end();
    }
  } else if (cpu::avx512_bf16_tiles() != nullptr) {
#pragma omp parallel reduction(+ : operations)
    operations += multiply_add_dots();
  }
  return operations;
}

}  // namespace pbb::bench

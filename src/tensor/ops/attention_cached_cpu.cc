// Attention over a key/value cache, in two passes:
//   1. each row's key and value go into the cache;
//   2. a thread takes one row and one key head, with the query heads that share it.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tensor/ops/attention_cached_cpu.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "tensor/bfloat16.h"
#include "tensor/ops/attention-inl.h"
#include "tensor/ops/cpu.h"
#include "tensor/ops/small_product-inl.h"
#include "tensor/ops/transpose-inl.h"
#include "tensor/ops/vector-inl.h"
#include "tensor/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace pbb::HWY_NAMESPACE {

struct CacheLayout {
  CacheLayout(const AttentionShape& shape, const KeyValueCache& cache)
      : row(static_cast<std::size_t>(shape.row())),
        size(static_cast<std::size_t>(shape.head_size)),
        heads(static_cast<std::size_t>(shape.heads)),
        kv_heads(static_cast<std::size_t>(shape.kv_heads)),
        group(heads / kv_heads),
        capacity(static_cast<std::size_t>(cache.keys.dimension(2))) {}
  std::size_t place(std::int32_t slot, std::size_t kv_head, std::int32_t position) const {
    return ((static_cast<std::size_t>(slot) * kv_heads + kv_head) * capacity +
            static_cast<std::size_t>(position)) *
           size;
  }
  std::size_t row, size, heads, kv_heads, group, capacity;
};

template <typename From, typename To>
void copy_elements(const From* from, std::size_t count, To* to) {
  for_each_vector(count, [&](std::size_t i, auto extent) { store(load(from + i, extent), to + i, extent); });
}

// What a thread needs for one row, made once a call.
struct Scratch {
  Scratch(const CacheLayout& at, std::size_t longest)
      : padded(round_up(at.size, lanes())),
        stride(round_up(longest, lanes())),
        scaled(allocate(at.group * padded)),      // (group, padded)
        scores(allocate(at.group * stride)),      // (group, stride)
        rows(allocate(cpu::key_block * padded)),  // (key_block, padded)
        sums(allocate(at.group * padded)) {}      // (group, padded)
  std::size_t padded, stride;                     // floats of a head, and of its scores
  Buffer scaled, scores, rows, sums;
};

// Scores of as many keys as a vector has lanes, from key `first` on, for `heads` heads from `head` on: the
// keys are transposed, so that each lane sums one score.
//   keys  (length, size)
template <std::size_t heads, typename Cached>
void score_keys(const Cached* keys, std::size_t first, std::size_t head, const CacheLayout& at,
                Scratch& scratch) {
  const float* queries = scratch.scaled.get() + head * scratch.padded;
  Vector sums[heads];
#pragma GCC unroll 4
  for (std::size_t h = 0; h < heads; ++h) sums[h] = hn::Zero(float_tag);
  for (std::size_t k = 0; k < at.size; k += 4) {
    const Transposed<FloatTag> transposed = transpose(float_tag, keys + first * at.size + k, at.size);
#pragma GCC unroll 4
    for (std::size_t h = 0; h < heads; ++h) {
#pragma GCC unroll 4
      for (std::size_t i = 0; i < 4; ++i) {
        const Vector query = hn::Set(float_tag, queries[h * scratch.padded + k + i]);
        sums[h] = hn::MulAdd(query, transposed.steps[i], sums[h]);
      }
    }
  }
  for (std::size_t h = 0; h < heads; ++h) {
    store(sums[h], scratch.scores.get() + (head + h) * scratch.stride + first, Whole{});
  }
}

template <typename Cached>
void score_keys_for_group(const Cached* keys, std::size_t first, const CacheLayout& at, Scratch& scratch) {
  constexpr decltype(&score_keys<1, Cached>) by_heads[] = {score_keys<1, Cached>, score_keys<2, Cached>,
                                                           score_keys<3, Cached>, score_keys<4, Cached>};
  for (std::size_t head = 0; head < at.group; head += std::size(by_heads)) {
    by_heads[HWY_MIN(std::size(by_heads), at.group - head) - 1](keys, first, head, at, scratch);
  }
}

// Pass 2, for one row and one key head:
//   queries, out  (group, size), of the query heads that share the key head
//   keys, values  (length, size)
template <typename T, typename Cached>
void attend(const T* queries, const Cached* keys, const Cached* values, std::size_t length,
            const CacheLayout& at, Scratch& scratch, T* out) {
  using cpu::key_block;
  const std::size_t padded = scratch.padded, stride = scratch.stride;
  const float scale = 1 / std::sqrt(static_cast<float>(at.size));
  for (std::size_t h = 0; h < at.group; ++h) {
    gather_row(queries + h * at.size, at.size, scale, scratch.scaled.get() + h * padded);
  }
  std::size_t first = 0;
  if (at.size % 4 == 0) {
    for (; first + lanes() <= length; first += lanes()) score_keys_for_group(keys, first, at, scratch);
  }
  for (std::size_t j = first; j < length; ++j) {
    for (std::size_t h = 0; h < at.group; ++h) {
      scratch.scores[h * stride + j] = sum_of_vectors(at.size, [&](std::size_t i, auto extent) {
        return hn::Mul(load(keys + j * at.size + i, extent),
                       load(scratch.scaled.get() + h * padded + i, Whole{}));
      });
    }
  }
  for (std::size_t h = 0; h < at.group; ++h) {
    float* row = scratch.scores.get() + h * stride;
    float largest = 0;
    const Vector inverse = hn::Set(float_tag, 1 / softmax_row(row, length, length, largest));
    for (std::size_t i = 0; i < length; i += lanes())
      store(hn::Mul(load(row + i, Whole{}), inverse), row + i, Whole{});
  }
  for (std::size_t k = 0; k < length; k += key_block) {
    const std::size_t count = HWY_MIN(key_block, length - k);
    for (std::size_t j = 0; j < count; ++j) {
      gather_row(values + (k + j) * at.size, at.size, 1, scratch.rows.get() + j * padded);
    }
    multiply({scratch.scores.get() + k, stride, 1}, {scratch.rows.get(), padded}, at.group, padded, count,
             {scratch.sums.get(), padded}, k > 0);
  }
  for (std::size_t h = 0; h < at.group; ++h)
    copy_elements(scratch.sums.get() + h * padded, at.size, out + h * at.size);
}

//   qkv           (R, row)
//   keys, values  (slots, kv_heads, capacity, size)
//   out           (R, heads · size)
template <typename T, typename Cached>
void decode(const T* qkv, std::span<const std::int32_t> slots, std::span<const std::int32_t> positions,
            const CacheLayout& at, Cached* keys, Cached* values, T* out) {
  const std::int32_t* slot = slots.data();
  const std::int32_t* position = positions.data();
  const auto rows = static_cast<std::int64_t>(slots.size());
  if (rows == 0) return;
  // 1. Keys and values into the cache.
  parallel_ranges(rows, 16, [=, &at](std::int64_t begin, std::int64_t end) {
    for (auto r = static_cast<std::size_t>(begin); r < static_cast<std::size_t>(end); ++r) {
      for (std::size_t g = 0; g < at.kv_heads; ++g) {
        const std::size_t place = at.place(slot[r], g, position[r]);
        const T* key = qkv + r * at.row + (at.heads + g) * at.size;
        copy_elements(key, at.size, keys + place);
        copy_elements(key + at.kv_heads * at.size, at.size, values + place);
      }
    }
  });
  // 2. Scores, probabilities, sums.
  const auto longest = static_cast<std::size_t>(*std::ranges::max_element(positions)) + 1;
  std::vector<Scratch> scratch;
  for (int t = 0; t < omp_get_max_threads(); ++t) scratch.emplace_back(at, longest);
  Scratch* of_threads = scratch.data();
  parallel_items(rows * static_cast<std::int64_t>(at.kv_heads), [=, &at](std::int64_t item) {
    const std::size_t r = static_cast<std::size_t>(item) / at.kv_heads;
    const std::size_t g = static_cast<std::size_t>(item) % at.kv_heads;
    const std::size_t start = at.place(slot[r], g, 0);
    const std::size_t head = g * at.group;
    attend(qkv + r * at.row + head * at.size, keys + start, values + start,
           static_cast<std::size_t>(position[r]) + 1, at, of_threads[omp_get_thread_num()],
           out + (r * at.heads + head) * at.size);
  });
}

void attention_cached(const Tensor& qkv, std::span<const std::int32_t> slots,
                      std::span<const std::int32_t> positions, const AttentionShape& shape,
                      KeyValueCache& cache, Tensor& out) {
  const CacheLayout at(shape, cache);
  visit_elements(out, [&](auto* result) {
    using T = std::remove_pointer_t<decltype(result)>;
    visit_elements(cache.keys, [&](auto* keys) {
      using Cached = std::remove_pointer_t<decltype(keys)>;
      decode(qkv.span<T>().data(), slots, positions, at, keys, cache.values.span<Cached>().data(), result);
    });
  });
}

}  // namespace pbb::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pbb::cpu {

HWY_EXPORT(attention_cached);
void attention_cached(const Tensor& qkv, std::span<const std::int32_t> slots,
                      std::span<const std::int32_t> positions, const AttentionShape& shape,
                      KeyValueCache& cache, Tensor& out) {
  HWY_DYNAMIC_DISPATCH(attention_cached)(qkv, slots, positions, shape, cache, out);
}

}  // namespace pbb::cpu
#endif

// Attention over a key/value cache: a thread takes one row and one key head, with the query heads that share
// it.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tensor/ops/attention_cached_cpu.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <cmath>

#include "tensor/bfloat16.h"
#include "tensor/ops/attention-inl.h"
#include "tensor/ops/cpu.h"
#include "tensor/ops/small_product-inl.h"
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

// queries: the group's heads of one row; keys and values: `length` rows; out: the group's heads.
template <typename T, typename Cached>
void attend(const T* queries, const Cached* keys, const Cached* values, std::size_t length,
            const CacheLayout& at, T* out) {
  using cpu::key_block;
  const std::size_t padded = round_up(at.size, lanes());
  const std::size_t stride = round_up(length, lanes());
  const Buffer scaled = allocate(at.group * padded);
  const Buffer scores = allocate(at.group * stride);
  const Buffer rows = allocate(key_block * padded);
  const Buffer sums = allocate(at.group * padded);
  const float scale = 1 / std::sqrt(static_cast<float>(at.size));
  for (std::size_t h = 0; h < at.group; ++h) {
    gather_row(queries + h * at.size, at.size, scale, scaled.get() + h * padded);
  }
  for (std::size_t j = 0; j < length; ++j) {
    for (std::size_t h = 0; h < at.group; ++h) {
      scores[h * stride + j] = sum_of_vectors(at.size, [&](std::size_t i, auto extent) {
        return hn::Mul(load(keys + j * at.size + i, extent), load(scaled.get() + h * padded + i, Whole{}));
      });
    }
  }
  for (std::size_t h = 0; h < at.group; ++h) {
    float* row = scores.get() + h * stride;
    float largest = 0;
    const Vector inverse = hn::Set(float_tag, 1 / softmax_row(row, length, length, largest));
    for (std::size_t i = 0; i < length; i += lanes())
      store(hn::Mul(load(row + i, Whole{}), inverse), row + i, Whole{});
  }
  for (std::size_t k = 0; k < length; k += key_block) {
    const std::size_t count = HWY_MIN(key_block, length - k);
    for (std::size_t j = 0; j < count; ++j) {
      gather_row(values + (k + j) * at.size, at.size, 1, rows.get() + j * padded);
    }
    multiply({scores.get() + k, stride, 1}, {rows.get(), padded}, at.group, padded, count,
             {sums.get(), padded}, k > 0);
  }
  for (std::size_t h = 0; h < at.group; ++h)
    copy_elements(sums.get() + h * padded, at.size, out + h * at.size);
}

template <typename T, typename Cached>
void decode(const T* qkv, std::span<const std::int32_t> slots, std::span<const std::int32_t> positions,
            const CacheLayout& at, Cached* keys, Cached* values, T* out) {
  const std::int32_t* slot = slots.data();
  const std::int32_t* position = positions.data();
  const auto rows = static_cast<std::int64_t>(slots.size());
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
  parallel_items(rows * static_cast<std::int64_t>(at.kv_heads), [=, &at](std::int64_t item) {
    const std::size_t r = static_cast<std::size_t>(item) / at.kv_heads;
    const std::size_t g = static_cast<std::size_t>(item) % at.kv_heads;
    const std::size_t start = at.place(slot[r], g, 0);
    const std::size_t head = g * at.group;
    attend(qkv + r * at.row + head * at.size, keys + start, values + start,
           static_cast<std::size_t>(position[r]) + 1, at, out + (r * at.heads + head) * at.size);
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

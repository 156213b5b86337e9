#include "tensor/ops/attention.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "tensor/bfloat16.h"
#include "tensor/ops/check.h"
#include "tensor/parallel.h"

namespace pbb {
namespace {

template <typename T>
float dot(const T* a, const T* b, std::size_t count) {
  float sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += to_float(a[i]) * to_float(b[i]);
  return sum;
}

struct Heads {
  explicit Heads(const AttentionShape& shape)
      : row(static_cast<std::size_t>(shape.row())),
        size(static_cast<std::size_t>(shape.head_size)),
        heads(static_cast<std::size_t>(shape.heads)),
        kv_heads(static_cast<std::size_t>(shape.kv_heads)),
        group(heads / kv_heads),
        scale(1 / std::sqrt(static_cast<float>(shape.head_size))) {}
  std::size_t query(std::size_t t, std::size_t h) const { return t * row + h * size; }
  std::size_t key(std::size_t t, std::size_t g) const { return t * row + (heads + g) * size; }
  std::size_t value(std::size_t t, std::size_t g) const { return t * row + (heads + kv_heads + g) * size; }
  std::size_t row, size, heads, kv_heads, group;
  float scale;
};

template <typename T>
void forward(const Tensor& qkv, std::span<const std::int32_t> offsets, const Heads& at, Tensor& out,
             Tensor& log_sum) {
  const T* in = qkv.span<T>().data();
  T* result = out.span<T>().data();
  const auto tokens = static_cast<std::size_t>(qkv.rows());
  const auto sequences = offsets.size() - 1;
  parallel_items(static_cast<std::int64_t>(sequences * at.heads), [&](std::int64_t item) {
    const std::size_t s = static_cast<std::size_t>(item) / at.heads;
    const std::size_t h = static_cast<std::size_t>(item) % at.heads;
    const auto begin = static_cast<std::size_t>(offsets[s]);
    const auto end = static_cast<std::size_t>(offsets[s + 1]);
    std::vector<float> scores(end - begin);
    std::vector<float> sums(at.size);
    for (std::size_t t = begin; t < end; ++t) {
      float largest = -INFINITY;
      for (std::size_t j = begin; j <= t; ++j) {
        scores[j - begin] = at.scale * dot(in + at.query(t, h), in + at.key(j, h / at.group), at.size);
        largest = std::max(largest, scores[j - begin]);
      }
      float total = 0;
      std::ranges::fill(sums, 0.0F);
      for (std::size_t j = begin; j <= t; ++j) {
        const float p = std::exp(scores[j - begin] - largest);
        total += p;
        const T* value = in + at.value(j, h / at.group);
        for (std::size_t i = 0; i < at.size; ++i) sums[i] += p * to_float(value[i]);
      }
      T* target = result + t * at.heads * at.size + h * at.size;
      for (std::size_t i = 0; i < at.size; ++i) target[i] = from_float<T>(sums[i] / total);
      log_sum.span<float>()[h * tokens + t] = largest + std::log(total);
    }
  });
}

template <typename T>
void backward(const Tensor& d_out, const Tensor& qkv, const Tensor& out, const Tensor& log_sum,
              std::span<const std::int32_t> offsets, const Heads& at, Tensor& d_qkv) {
  const T* in = qkv.span<T>().data();
  const T* result = out.span<T>().data();
  const T* gradient = d_out.span<T>().data();
  T* d_in = d_qkv.span<T>().data();
  const auto tokens = static_cast<std::size_t>(qkv.rows());
  const auto sequences = offsets.size() - 1;
  parallel_items(static_cast<std::int64_t>(sequences * at.kv_heads), [&](std::int64_t item) {
    const std::size_t s = static_cast<std::size_t>(item) / at.kv_heads;
    const std::size_t g = static_cast<std::size_t>(item) % at.kv_heads;
    const auto begin = static_cast<std::size_t>(offsets[s]);
    const auto end = static_cast<std::size_t>(offsets[s + 1]);
    std::vector<float> d_keys((end - begin) * at.size);
    std::vector<float> d_values((end - begin) * at.size);
    std::vector<float> d_query(at.size);
    for (std::size_t h = g * at.group; h < (g + 1) * at.group; ++h) {
      for (std::size_t t = begin; t < end; ++t) {
        const std::size_t place = t * at.heads * at.size + h * at.size;
        const float delta = dot(gradient + place, result + place, at.size);
        std::ranges::fill(d_query, 0.0F);
        for (std::size_t j = begin; j <= t; ++j) {
          const float score = at.scale * dot(in + at.query(t, h), in + at.key(j, g), at.size);
          const float p = std::exp(score - log_sum.span<float>()[h * tokens + t]);
          const float d_score = at.scale * p * (dot(gradient + place, in + at.value(j, g), at.size) - delta);
          for (std::size_t i = 0; i < at.size; ++i) {
            d_values[(j - begin) * at.size + i] += p * to_float(gradient[place + i]);
            d_keys[(j - begin) * at.size + i] += d_score * to_float(in[at.query(t, h) + i]);
            d_query[i] += d_score * to_float(in[at.key(j, g) + i]);
          }
        }
        for (std::size_t i = 0; i < at.size; ++i) d_in[at.query(t, h) + i] = from_float<T>(d_query[i]);
      }
    }
    for (std::size_t t = begin; t < end; ++t) {
      for (std::size_t i = 0; i < at.size; ++i) {
        d_in[at.key(t, g) + i] = from_float<T>(d_keys[(t - begin) * at.size + i]);
        d_in[at.value(t, g) + i] = from_float<T>(d_values[(t - begin) * at.size + i]);
      }
    }
  });
}

template <typename T, typename C>
void cached(const Tensor& qkv, std::span<const std::int32_t> slots, std::span<const std::int32_t> positions,
            const Heads& at, KeyValueCache& cache, Tensor& out) {
  const T* in = qkv.span<T>().data();
  T* result = out.span<T>().data();
  C* keys = cache.keys.span<C>().data();
  C* values = cache.values.span<C>().data();
  const auto capacity = static_cast<std::size_t>(cache.keys.dimension(2));
  const auto cell = [&](std::size_t slot, std::size_t g, std::size_t position) {
    return ((slot * at.kv_heads + g) * capacity + position) * at.size;
  };
  for (std::size_t r = 0; r < slots.size(); ++r) {
    for (std::size_t g = 0; g < at.kv_heads; ++g) {
      const auto place = cell(static_cast<std::size_t>(slots[r]), g, static_cast<std::size_t>(positions[r]));
      for (std::size_t i = 0; i < at.size; ++i) {
        keys[place + i] = from_float<C>(to_float(in[at.key(r, g) + i]));
        values[place + i] = from_float<C>(to_float(in[at.value(r, g) + i]));
      }
    }
  }
  parallel_items(static_cast<std::int64_t>(slots.size() * at.heads), [&](std::int64_t item) {
    const std::size_t r = static_cast<std::size_t>(item) / at.heads;
    const std::size_t h = static_cast<std::size_t>(item) % at.heads;
    const auto length = static_cast<std::size_t>(positions[r]) + 1;
    const std::size_t first = cell(static_cast<std::size_t>(slots[r]), h / at.group, 0);
    std::vector<float> scores(length);
    for (std::size_t j = 0; j < length; ++j) {
      float sum = 0;
      for (std::size_t i = 0; i < at.size; ++i) {
        sum += to_float(in[at.query(r, h) + i]) * to_float(keys[first + j * at.size + i]);
      }
      scores[j] = sum * at.scale;
    }
    const float largest = *std::ranges::max_element(scores);
    std::vector<float> sums(at.size);
    float total = 0;
    for (std::size_t j = 0; j < length; ++j) {
      const float p = std::exp(scores[j] - largest);
      total += p;
      for (std::size_t i = 0; i < at.size; ++i) sums[i] += p * to_float(values[first + j * at.size + i]);
    }
    for (std::size_t i = 0; i < at.size; ++i) {
      result[r * at.heads * at.size + h * at.size + i] = from_float<T>(sums[i] / total);
    }
  });
}

bool is_shape(const AttentionShape& shape) {
  return shape.kv_heads > 0 && shape.head_size > 0 && shape.heads > 0 && shape.heads % shape.kv_heads == 0;
}

void check_packed(std::string_view op, const Tensor& qkv, std::span<const std::int32_t> offsets,
                  const AttentionShape& shape, const Tensor& out, const Tensor& log_sum) {
  check_operands(
      is_shape(shape) && is_matrix(qkv) && is_float(qkv) && out.type() == qkv.type() &&
          qkv.columns() == shape.row() && has_shape(out, {qkv.rows(), shape.heads * shape.head_size}) &&
          log_sum.type() == DataType::f32 && has_shape(log_sum, {shape.heads, qkv.rows()}),
      op, "needs qkv (T, row), out (T, heads * head_size), log_sum f32 (heads, T)", {&qkv, &out, &log_sum});
  check_operands(!offsets.empty() && offsets.front() == 0 && offsets.back() == qkv.rows() &&
                     std::ranges::is_sorted(offsets),
                 op, "offsets must ascend from 0 to T", {&qkv});
}

}  // namespace

void attention_forward(const Tensor& qkv, std::span<const std::int32_t> offsets, const AttentionShape& shape,
                       Tensor& out, Tensor& log_sum) {
  check_packed("attention_forward", qkv, offsets, shape, out, log_sum);
  if (qkv.type() == DataType::f32) {
    forward<float>(qkv, offsets, Heads(shape), out, log_sum);
  } else {
    forward<BFloat16>(qkv, offsets, Heads(shape), out, log_sum);
  }
}

void attention_backward(const Tensor& d_out, const Tensor& qkv, const Tensor& out, const Tensor& log_sum,
                        std::span<const std::int32_t> offsets, const AttentionShape& shape, Tensor& d_qkv) {
  check_packed("attention_backward", qkv, offsets, shape, out, log_sum);
  check_packed("attention_backward", d_qkv, offsets, shape, d_out, log_sum);
  check_operands(d_qkv.type() == qkv.type(), "attention_backward", "d_qkv must be as qkv", {&qkv, &d_qkv});
  if (qkv.type() == DataType::f32) {
    backward<float>(d_out, qkv, out, log_sum, offsets, Heads(shape), d_qkv);
  } else {
    backward<BFloat16>(d_out, qkv, out, log_sum, offsets, Heads(shape), d_qkv);
  }
}

void attention_cached(const Tensor& qkv, std::span<const std::int32_t> slots,
                      std::span<const std::int32_t> positions, const AttentionShape& shape,
                      KeyValueCache& cache, Tensor& out) {
  constexpr std::string_view op = "attention_cached";
  check_operands(
      is_shape(shape) && is_matrix(qkv) && is_float(qkv) && out.type() == qkv.type() &&
          has_shape(qkv, {static_cast<std::int64_t>(slots.size()), shape.row()}) &&
          slots.size() == positions.size() && has_shape(out, {qkv.rows(), shape.heads * shape.head_size}) &&
          is_float(cache.keys) && cache.keys.type() == cache.values.type() &&
          cache.keys.shape() == cache.values.shape() && cache.keys.shape().size() == 4 &&
          cache.keys.dimension(1) == shape.kv_heads && cache.keys.dimension(3) == shape.head_size,
      op, "needs qkv (R, row), out (R, heads * head_size), cache (slots, kv_heads, capacity, head_size)",
      {&qkv, &out, &cache.keys, &cache.values});
  for (std::size_t r = 0; r < slots.size(); ++r) {
    check_operands(slots[r] >= 0 && slots[r] < cache.keys.rows() && positions[r] >= 0 &&
                       positions[r] < cache.keys.dimension(2),
                   op, "every slot and position must lie in the cache", {&cache.keys});
  }
  const bool wide_cache = cache.keys.type() == DataType::f32;
  if (qkv.type() == DataType::f32) {
    wide_cache ? cached<float, float>(qkv, slots, positions, Heads(shape), cache, out)
               : cached<float, BFloat16>(qkv, slots, positions, Heads(shape), cache, out);
  } else {
    wide_cache ? cached<BFloat16, float>(qkv, slots, positions, Heads(shape), cache, out)
               : cached<BFloat16, BFloat16>(qkv, slots, positions, Heads(shape), cache, out);
  }
}

}  // namespace pbb

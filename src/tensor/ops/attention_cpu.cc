// Attention over packed sequences. Keys and values are gathered once as f32 in blocks of key_block tokens,
// the keys (and for the backward pass the values) also transposed; then a thread takes one head of one
// sequence and goes through it in blocks of queries, with scores for one such block at a time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tensor/ops/attention_cpu.cc"
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

using cpu::AttentionSequence;
using cpu::key_block;
constexpr std::size_t query_block = 24;  // whole tiles

struct Layout {
  Layout(const AttentionShape& shape, std::span<const AttentionSequence> sequences)
      : row(static_cast<std::size_t>(shape.row())),
        size(static_cast<std::size_t>(shape.head_size)),
        heads(static_cast<std::size_t>(shape.heads)),
        kv_heads(static_cast<std::size_t>(shape.kv_heads)),
        padded(round_up(size, lanes())),
        scale(1 / std::sqrt(static_cast<float>(size))) {
    for (const AttentionSequence& sequence : sequences)
      blocks += round_up(sequence.length(), key_block) / key_block;
  }
  std::size_t group() const { return heads / kv_heads; }
  std::size_t query(std::size_t t, std::size_t head) const { return t * row + head * size; }
  std::size_t key(std::size_t t, std::size_t kv_head) const { return t * row + (heads + kv_head) * size; }
  std::size_t value(std::size_t t, std::size_t kv_head) const { return key(t, kv_heads + kv_head); }
  std::size_t out(std::size_t t, std::size_t head) const { return (t * heads + head) * size; }
  // Where a block of a head starts among blocks of key_block · padded elements.
  std::size_t block(std::size_t head, std::size_t index) const {
    return (head * blocks + index) * key_block * padded;
  }

  std::size_t row, size, heads, kv_heads;
  std::size_t padded;  // head size in whole vectors
  float scale;
  std::size_t blocks = 0;  // of keys, of all sequences
};

// Tokens [0, count) of one head as rows, zeros up to key_block.
template <typename T>
void gather_rows(const T* from, const Layout& at, std::size_t count, float* to) {
  for (std::size_t j = 0; j < count; ++j) gather_row(from + j * at.row, at.size, 1, to + j * at.padded);
  for (std::size_t i = count * at.padded; i < key_block * at.padded; i += lanes()) {
    store(hn::Zero(float_tag), to + i, Whole{});
  }
}

// The same as columns: element i of token j goes to to[i · key_block + j].
template <typename T>
void gather_columns(const T* from, const Layout& at, std::size_t count, float* to) {
  for (std::size_t i = 0; i < at.size; ++i) {
    for (std::size_t j = 0; j < count; ++j) to[i * key_block + j] = to_float(from[j * at.row + i]);
    for (std::size_t j = count; j < key_block; ++j) to[i * key_block + j] = 0;
  }
}

// Calls body(kv head, first token, tokens, block) for every block of keys, on all threads.
template <typename Body>
void for_each_key_block(std::span<const AttentionSequence> sequences, const Layout& at, const Body& body) {
  const AttentionSequence* all = sequences.data();
  parallel_items(static_cast<std::int64_t>(sequences.size() * at.kv_heads), [&, all](std::int64_t item) {
    const AttentionSequence& sequence = all[static_cast<std::size_t>(item) / at.kv_heads];
    const std::size_t kv_head = static_cast<std::size_t>(item) % at.kv_heads;
    for (std::size_t start = 0; start < sequence.length(); start += key_block) {
      body(kv_head, sequence.begin + start, HWY_MIN(key_block, sequence.length() - start),
           sequence.first_block + start / key_block);
    }
  });
}

// One head of one sequence. keys: transposed blocks; values: rows.
template <typename T>
void forward_head(const T* qkv, const AttentionSequence& sequence, std::size_t head, const Layout& at,
                  const float* keys, const float* values, T* out, float* log_sum) {
  const std::size_t stride = round_up(sequence.length(), key_block);
  const Buffer queries = allocate(query_block * at.padded);
  const Buffer scores = allocate(query_block * stride);
  const Buffer sums = allocate(query_block * at.padded);
  for (std::size_t start = 0; start < sequence.length(); start += query_block) {
    const std::size_t rows = HWY_MIN(query_block, sequence.length() - start);
    const std::size_t visible = start + rows;  // keys that any of these queries sees
    for (std::size_t r = 0; r < rows; ++r) {
      gather_row(qkv + at.query(sequence.begin + start + r, head), at.size, at.scale,
                 queries.get() + r * at.padded);
    }
    for (std::size_t k = 0; k < visible; k += key_block) {
      const std::size_t columns = round_up(HWY_MIN(key_block, visible - k), lanes());
      multiply({queries.get(), at.padded, 1}, {keys + k * at.padded, key_block}, rows, columns, at.size,
               {scores.get() + k, stride});
    }
    float inverse[query_block];
    for (std::size_t r = 0; r < rows; ++r) {
      float largest = 0;
      const float sum =
          softmax_row(scores.get() + r * stride, start + r + 1, round_up(visible, lanes()), largest);
      inverse[r] = 1 / sum;
      log_sum[sequence.begin + start + r] = largest + std::log(sum);
    }
    multiply({scores.get(), stride, 1}, {values, at.padded}, rows, at.padded, visible,
             {sums.get(), at.padded});
    for (std::size_t r = 0; r < rows; ++r) {
      const Vector factor = hn::Set(float_tag, inverse[r]);
      const float* from = sums.get() + r * at.padded;
      T* to = out + at.out(sequence.begin + start + r, head);
      for_each_vector(at.size, [&](std::size_t i, auto extent) {
        store(hn::Mul(load(from + i, Whole{}), factor), to + i, extent);
      });
    }
  }
}

template <typename T>
void forward(const T* qkv, std::span<const AttentionSequence> sequences, const Layout& at, T* out,
             float* log_sum, std::size_t tokens) {
  const Buffer key_columns = allocate(at.block(at.kv_heads, 0));
  const Buffer value_rows = allocate(at.block(at.kv_heads, 0));
  for_each_key_block(
      sequences, at, [&](std::size_t g, std::size_t first, std::size_t count, std::size_t block) {
        gather_columns(qkv + at.key(first, g), at, count, key_columns.get() + at.block(g, block));
        gather_rows(qkv + at.value(first, g), at, count, value_rows.get() + at.block(g, block));
      });
  const AttentionSequence* all = sequences.data();
  parallel_items(static_cast<std::int64_t>(sequences.size() * at.heads), [&, all](std::int64_t item) {
    const AttentionSequence& sequence = all[static_cast<std::size_t>(item) / at.heads];
    const std::size_t head = static_cast<std::size_t>(item) % at.heads;
    const std::size_t start = at.block(head / at.group(), sequence.first_block);
    forward_head(qkv, sequence, head, at, key_columns.get() + start, value_rows.get() + start, out,
                 log_sum + head * tokens);
  });
}

void attention_forward(const Tensor& qkv, std::span<const AttentionSequence> sequences,
                       const AttentionShape& shape, Tensor& out, Tensor& log_sum) {
  const Layout at(shape, sequences);
  visit_elements(out, [&](auto* result) {
    using T = std::remove_pointer_t<decltype(result)>;
    forward(qkv.span<T>().data(), sequences, at, result, log_sum.span<float>().data(),
            static_cast<std::size_t>(qkv.rows()));
  });
}

// What the backward pass of one head works on: its blocks of keys and values, and the sums of their
// gradients.
struct Gathered {
  const float* key_columns;
  const float* key_rows;
  const float* value_columns;
  float* d_keys;
  float* d_values;
};

// probabilities and d_scores: (query_block, key_block), zero where a key is hidden from a query. On entry
// they hold the scores and the gradients of the probabilities.
void softmax_gradient(float* probabilities, float* d_scores, std::size_t rows, std::size_t columns,
                      std::ptrdiff_t first_visible, const float* log_sum, const float* delta) {
  for (std::size_t r = 0; r < rows; ++r) {
    const std::ptrdiff_t seen = first_visible + static_cast<std::ptrdiff_t>(r);
    const std::size_t visible = seen > 0 ? static_cast<std::size_t>(seen) : 0;
    const Vector shift = hn::Set(float_tag, log_sum[r]);
    const Vector mean = hn::Set(float_tag, delta[r]);
    for (std::size_t i = 0; i < columns; i += lanes()) {
      float* probability = probabilities + r * key_block + i;
      float* d_score = d_scores + r * key_block + i;
      const auto mask = hn::FirstN(float_tag, visible > i ? visible - i : 0);
      const Vector p =
          hn::IfThenElseZero(mask, hn::Exp(float_tag, hn::Sub(load(probability, Whole{}), shift)));
      store(p, probability, Whole{});
      store(hn::Mul(p, hn::Sub(load(d_score, Whole{}), mean)), d_score, Whole{});
    }
  }
}

template <typename T>
void backward_head(const T* d_out, const T* qkv, const T* out, const float* log_sum,
                   const AttentionSequence& sequence, std::size_t head, const Layout& at,
                   const Gathered& gathered, T* d_qkv) {
  const std::size_t block_size = query_block * at.padded;
  const Buffer memory = allocate(3 * block_size + 2 * query_block * key_block);
  float* queries = memory.get();
  float* d_outs = queries + block_size;
  float* d_queries = d_outs + block_size;
  float* probabilities = d_queries + block_size;
  float* d_scores = probabilities + query_block * key_block;
  for (std::size_t i = 0; i < round_up(sequence.length(), key_block) * at.padded; i += lanes()) {
    store(hn::Zero(float_tag), gathered.d_keys + i, Whole{});
    store(hn::Zero(float_tag), gathered.d_values + i, Whole{});
  }
  for (std::size_t start = 0; start < sequence.length(); start += query_block) {
    const std::size_t rows = HWY_MIN(query_block, sequence.length() - start);
    const std::size_t visible = start + rows;
    float delta[query_block];  // Σ out · d_out, which is Σ probability · its gradient
    for (std::size_t r = 0; r < rows; ++r) {
      const std::size_t t = sequence.begin + start + r;
      gather_row(qkv + at.query(t, head), at.size, at.scale, queries + r * at.padded);
      gather_row(d_out + at.out(t, head), at.size, 1, d_outs + r * at.padded);
      delta[r] = sum_of_vectors(at.size, [&](std::size_t i, auto extent) {
        return hn::Mul(load(out + at.out(t, head) + i, extent), load(d_outs + r * at.padded + i, Whole{}));
      });
    }
    for (std::size_t k = 0; k < visible; k += key_block) {
      const std::size_t keys = HWY_MIN(key_block, visible - k);
      const std::size_t columns = round_up(keys, lanes());
      const std::size_t place = k * at.padded;
      multiply({queries, at.padded, 1}, {gathered.key_columns + place, key_block}, rows, columns, at.size,
               {probabilities, key_block});
      multiply({d_outs, at.padded, 1}, {gathered.value_columns + place, key_block}, rows, columns, at.size,
               {d_scores, key_block});
      softmax_gradient(probabilities, d_scores, rows, columns,
                       static_cast<std::ptrdiff_t>(start + 1) - static_cast<std::ptrdiff_t>(k),
                       log_sum + sequence.begin + start, delta);
      multiply({probabilities, 1, key_block}, {d_outs, at.padded}, keys, at.padded, rows,
               {gathered.d_values + place, at.padded}, true);
      multiply({d_scores, 1, key_block}, {queries, at.padded}, keys, at.padded, rows,
               {gathered.d_keys + place, at.padded}, true);
      multiply({d_scores, key_block, 1}, {gathered.key_rows + place, at.padded}, rows, at.padded, keys,
               {d_queries, at.padded}, k > 0);
    }
    const Vector factor = hn::Set(float_tag, at.scale);
    for (std::size_t r = 0; r < rows; ++r) {
      T* to = d_qkv + at.query(sequence.begin + start + r, head);
      for_each_vector(at.size, [&](std::size_t i, auto extent) {
        store(hn::Mul(load(d_queries + r * at.padded + i, Whole{}), factor), to + i, extent);
      });
    }
  }
}

// The gradient of one key or value: the sum over the query heads that share it, in their order.
template <typename T>
void store_group_sum(const float* first, std::size_t next_head, const Layout& at, T* to) {
  for_each_vector(at.size, [&](std::size_t i, auto extent) {
    Vector sum = load(first + i, Whole{});
    for (std::size_t h = 1; h < at.group(); ++h) sum = hn::Add(sum, load(first + h * next_head + i, Whole{}));
    store(sum, to + i, extent);
  });
}

template <typename T>
void backward(const T* d_out, const T* qkv, const T* out, const float* log_sum,
              std::span<const AttentionSequence> sequences, const Layout& at, T* d_qkv, std::size_t tokens) {
  const Buffer key_columns = allocate(at.block(at.kv_heads, 0));
  const Buffer key_rows = allocate(at.block(at.kv_heads, 0));
  const Buffer value_columns = allocate(at.block(at.kv_heads, 0));
  const Buffer d_keys = allocate(at.block(at.heads, 0));
  const Buffer d_values = allocate(at.block(at.heads, 0));
  for_each_key_block(
      sequences, at, [&](std::size_t g, std::size_t first, std::size_t count, std::size_t block) {
        gather_columns(qkv + at.key(first, g), at, count, key_columns.get() + at.block(g, block));
        gather_rows(qkv + at.key(first, g), at, count, key_rows.get() + at.block(g, block));
        gather_columns(qkv + at.value(first, g), at, count, value_columns.get() + at.block(g, block));
      });
  const AttentionSequence* all = sequences.data();
  parallel_items(static_cast<std::int64_t>(sequences.size() * at.heads), [&, all](std::int64_t item) {
    const AttentionSequence& sequence = all[static_cast<std::size_t>(item) / at.heads];
    const std::size_t head = static_cast<std::size_t>(item) % at.heads;
    const std::size_t shared = at.block(head / at.group(), sequence.first_block);
    const std::size_t own = at.block(head, sequence.first_block);
    backward_head(d_out, qkv, out, log_sum + head * tokens, sequence, head, at,
                  {key_columns.get() + shared, key_rows.get() + shared, value_columns.get() + shared,
                   d_keys.get() + own, d_values.get() + own},
                  d_qkv);
  });
  const std::size_t next_head = at.block(1, 0);
  for_each_key_block(
      sequences, at, [&](std::size_t g, std::size_t first, std::size_t count, std::size_t block) {
        const std::size_t start = at.block(g * at.group(), block);
        for (std::size_t j = 0; j < count; ++j) {
          store_group_sum(d_keys.get() + start + j * at.padded, next_head, at, d_qkv + at.key(first + j, g));
          store_group_sum(d_values.get() + start + j * at.padded, next_head, at,
                          d_qkv + at.value(first + j, g));
        }
      });
}

void attention_backward(const Tensor& d_out, const Tensor& qkv, const Tensor& out, const Tensor& log_sum,
                        std::span<const AttentionSequence> sequences, const AttentionShape& shape,
                        Tensor& d_qkv) {
  const Layout at(shape, sequences);
  visit_elements(d_qkv, [&](auto* result) {
    using T = std::remove_pointer_t<decltype(result)>;
    backward(d_out.span<T>().data(), qkv.span<T>().data(), out.span<T>().data(), log_sum.span<float>().data(),
             sequences, at, result, static_cast<std::size_t>(qkv.rows()));
  });
}

}  // namespace pbb::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pbb::cpu {

HWY_EXPORT(attention_forward);
void attention_forward(const Tensor& qkv, std::span<const AttentionSequence> sequences,
                       const AttentionShape& shape, Tensor& out, Tensor& log_sum) {
  HWY_DYNAMIC_DISPATCH(attention_forward)(qkv, sequences, shape, out, log_sum);
}

HWY_EXPORT(attention_backward);
void attention_backward(const Tensor& d_out, const Tensor& qkv, const Tensor& out, const Tensor& log_sum,
                        std::span<const AttentionSequence> sequences, const AttentionShape& shape,
                        Tensor& d_qkv) {
  HWY_DYNAMIC_DISPATCH(attention_backward)(d_out, qkv, out, log_sum, sequences, shape, d_qkv);
}

}  // namespace pbb::cpu
#endif

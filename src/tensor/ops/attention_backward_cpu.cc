// The gradients of attention over packed sequences, in three passes over the sequences:
//   1. keys and values are gathered as f32 in blocks of key_block tokens, as rows and transposed;
//   2. a thread takes one head of one sequence and goes through it in blocks of query_block queries, computing
//      the probabilities anew from log_sum; the gradients of keys and values stay apart for each query head;
//   3. those of the query heads that share a key head are added up, in their order.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tensor/ops/attention_backward_cpu.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "tensor/bfloat16.h"
#include "tensor/ops/attention_blocks-inl.h"
#include "tensor/ops/cpu.h"

HWY_BEFORE_NAMESPACE();
namespace pbb::HWY_NAMESPACE {

// What the backward pass of one head works on: its blocks of keys and values, and the sums of their
// gradients.
struct Gathered {
  const float* key_columns;    // (blocks, size, key_block)
  const float* key_rows;       // (blocks · key_block, padded)
  const float* value_columns;  // (blocks, size, key_block)
  float* d_keys;               // (blocks · key_block, padded)
  float* d_values;             // (blocks · key_block, padded)
};

// From scores and gradients of probabilities to probabilities and gradients of scores, zero where a key is
// hidden from a query.
//   probabilities, d_scores  (query_block, key_block), overwritten
//   log_sum, delta           (rows)
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

// Pass 2, for one head of one sequence:
//   d_out, out  (T, heads · size)
//   qkv, d_qkv  (T, row); of d_qkv the queries of this head are written
//   log_sum     (T), of this head
template <typename T>
void backward_head(const T* d_out, const T* qkv, const T* out, const float* log_sum,
                   const AttentionSequence& sequence, std::size_t head, const Layout& at,
                   const Gathered& gathered, T* d_qkv) {
  const std::size_t block_size = query_block * at.padded;
  const Buffer memory = allocate(3 * block_size + 2 * query_block * key_block);
  float* queries = memory.get();  // (query_block, padded), as the next two
  float* d_outs = queries + block_size;
  float* d_queries = d_outs + block_size;
  float* probabilities = d_queries + block_size;              // (query_block, key_block)
  float* d_scores = probabilities + query_block * key_block;  // (query_block, key_block)
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

// Pass 3, the gradient of one key or value: the sum over the query heads that share it, in their order.
//   first  (padded), of the first of these heads; those of the next are next_head floats further
//   to     (size)
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
  const Buffer key_columns = allocate(at.block(at.kv_heads, 0));    // (kv_heads, blocks, size, key_block)
  const Buffer key_rows = allocate(at.block(at.kv_heads, 0));       // (kv_heads, blocks, key_block, padded)
  const Buffer value_columns = allocate(at.block(at.kv_heads, 0));  // (kv_heads, blocks, size, key_block)
  const Buffer d_keys = allocate(at.block(at.heads, 0));            // (heads, blocks, key_block, padded)
  const Buffer d_values = allocate(at.block(at.heads, 0));          // (heads, blocks, key_block, padded)
  // 1. Keys and values as f32.
  for_each_key_block(
      sequences, at, [&](std::size_t g, std::size_t first, std::size_t count, std::size_t block) {
        gather_columns(qkv + at.key(first, g), at, count, key_columns.get() + at.block(g, block));
        gather_rows(qkv + at.key(first, g), at, count, key_rows.get() + at.block(g, block));
        gather_columns(qkv + at.value(first, g), at, count, value_columns.get() + at.block(g, block));
      });
  // 2. Gradients, those of keys and values for each query head.
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
  // 3. Their sums over the query heads that share a key head.
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

HWY_EXPORT(attention_backward);
void attention_backward(const Tensor& d_out, const Tensor& qkv, const Tensor& out, const Tensor& log_sum,
                        std::span<const AttentionSequence> sequences, const AttentionShape& shape,
                        Tensor& d_qkv) {
  HWY_DYNAMIC_DISPATCH(attention_backward)(d_out, qkv, out, log_sum, sequences, shape, d_qkv);
}

}  // namespace pbb::cpu
#endif

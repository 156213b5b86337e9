// Attention over packed sequences, forward, in two passes over the sequences:
//   1. keys and values are gathered as f32 in blocks of key_block tokens, the keys transposed;
//   2. a thread takes one head of one sequence and goes through it in blocks of query_block queries, with the
//      scores of one such block at a time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tensor/ops/attention_cpu.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "tensor/bfloat16.h"
#include "tensor/ops/attention_blocks-inl.h"
#include "tensor/ops/cpu.h"

HWY_BEFORE_NAMESPACE();
namespace pbb::HWY_NAMESPACE {

// Pass 2, for one head of one sequence, of `blocks` blocks of keys:
//   qkv      (T, row), of all sequences
//   keys     (blocks, size, key_block): each block transposed
//   values   (blocks · key_block, padded)
//   out      (T, heads · size)
//   log_sum  (T), of this head
template <typename T>
void forward_head(const T* qkv, const AttentionSequence& sequence, std::size_t head, const Layout& at,
                  const float* keys, const float* values, T* out, float* log_sum) {
  const std::size_t stride = round_up(sequence.length(), key_block);
  const Buffer queries = allocate(query_block * at.padded);  // (query_block, padded)
  const Buffer scores = allocate(query_block * stride);      // (query_block, stride)
  const Buffer sums = allocate(query_block * at.padded);     // (query_block, padded)
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
  const Buffer key_columns = allocate(at.block(at.kv_heads, 0));  // (kv_heads, blocks, size, key_block)
  const Buffer value_rows = allocate(at.block(at.kv_heads, 0));   // (kv_heads, blocks, key_block, padded)
  // 1. Keys and values as f32.
  for_each_key_block(
      sequences, at, [&](std::size_t g, std::size_t first, std::size_t count, std::size_t block) {
        gather_columns(qkv + at.key(first, g), at, count, key_columns.get() + at.block(g, block));
        gather_rows(qkv + at.value(first, g), at, count, value_rows.get() + at.block(g, block));
      });
  // 2. Scores, probabilities, sums.
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

}  // namespace pbb::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pbb::cpu {

HWY_EXPORT(attention_forward);
void attention_forward(const Tensor& qkv, std::span<const AttentionSequence> sequences,
                       const AttentionShape& shape, Tensor& out, Tensor& log_sum) {
  HWY_DYNAMIC_DISPATCH(attention_forward)(qkv, sequences, shape, out, log_sum);
}

}  // namespace pbb::cpu
#endif

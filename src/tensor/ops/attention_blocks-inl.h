// What the passes of attention over packed sequences have in common: where a head's rows lie, and keys and values
// gathered in blocks of key_block tokens.
#if defined(PBB_TENSOR_OPS_ATTENTION_BLOCKS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PBB_TENSOR_OPS_ATTENTION_BLOCKS_INL_H_
#undef PBB_TENSOR_OPS_ATTENTION_BLOCKS_INL_H_
#else
#define PBB_TENSOR_OPS_ATTENTION_BLOCKS_INL_H_
#endif

#include <hwy/highway.h>

#include <cmath>

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
//   from  (count, size), rows of qkv: at.row apart
//   to    (key_block, padded)
template <typename T>
void gather_rows(const T* from, const Layout& at, std::size_t count, float* to) {
  for (std::size_t j = 0; j < count; ++j) gather_row(from + j * at.row, at.size, 1, to + j * at.padded);
  for (std::size_t i = count * at.padded; i < key_block * at.padded; i += lanes()) {
    store(hn::Zero(float_tag), to + i, Whole{});
  }
}

// The same as columns.
//   from  (count, size), rows of qkv: at.row apart
//   to    (size, key_block)
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

}  // namespace pbb::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // PBB_TENSOR_OPS_ATTENTION_BLOCKS_INL_H_

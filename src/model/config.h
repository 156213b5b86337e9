// The shape of a decoder: everything that tells one family from another is a value here, not a subclass.
#pragma once

#include <cstdint>
#include <string>

#include "tensor/ops/rope.h"

namespace pbb {

struct DecoderConfig {
  std::string family = "llama";   // llama | qwen2 | qwen3, as model_type in Hugging Face's config.json
  std::int64_t vocabulary = 0;    // V
  std::int64_t width = 0;         // C, hidden_size
  std::int64_t feed_forward = 0;  // F, intermediate_size
  std::int64_t layers = 0;
  int heads = 0;
  int kv_heads = 0;
  int head_size = 0;
  int context = 0;  // longest sequence
  float rope_base = 10000.0F;
  float norm_epsilon = 1e-5F;
  bool tied_embeddings = true;
  bool attention_bias = false;  // Qwen2: biases on q, k, v
  bool query_key_norm = false;  // Qwen3: RMSNorm on each query and key head

  AttentionShape attention() const { return {heads, kv_heads, head_size}; }
  void check() const;  // InputError naming the first field that cannot be
};

}  // namespace pbb

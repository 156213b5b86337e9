// A decoder of a few thousand random weights that speaks the tokens of examples/byte_tokenizer.h.
#pragma once

#include "model/decoder.h"

namespace pbb {

// `vocabulary`: more than those have, for tokens that a test adds to them.
inline Decoder byte_decoder(int context, std::uint64_t seed, DataType compute = DataType::f32,
                            int vocabulary = 257) {
  DecoderConfig config;
  config.vocabulary = vocabulary;
  config.width = 16;
  config.feed_forward = 32;
  config.layers = 2;
  config.heads = 2;
  config.kv_heads = 1;
  config.head_size = 8;
  config.context = context;
  Decoder decoder(config, compute);
  decoder.initialize(seed);
  return decoder;
}

}  // namespace pbb

// Having a model write texts of its own accord (examples/own_texts.h).
#pragma once

#include <cstdint>
#include <vector>

#include "model/decoder.h"
#include "text/tokenizer.h"

namespace pbb {

struct OwnTextOptions {
  std::uint64_t seed = 1;
  int texts = 320;
  int most_tokens = 128;  // of one, its opening too
};

// Drawn at temperature 1 from the likeliest 95 % (nucleus); whole where they end before `most_tokens`. Texts of fewer
// than 16 tokens are left out.
std::vector<std::vector<std::int32_t>> draw_own_texts(Decoder& decoder, const Tokenizer& tokenizer,
                                                      const OwnTextOptions& options);

}  // namespace pbb

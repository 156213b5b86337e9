// A tokeniser small enough to reason about: every byte is a token, 256 is <|endoftext|>. Ids of text are its
// bytes.
#pragma once

#include <string>

#include "text/byte_characters.h"
#include "text/tokenizer.h"

namespace pbb {

inline Tokenizer byte_tokenizer() {
  TokenizerData data;
  for (int byte = 0; byte < 256; ++byte)
    data.tokens.push_back(spell_bytes(std::string(1, static_cast<char>(byte))));
  data.tokens.push_back("<|endoftext|>");
  data.control = {256};
  data.end = 256;
  return Tokenizer(std::move(data));
}

}  // namespace pbb

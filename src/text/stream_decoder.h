// Text from tokens as they come: bytes wait until their character is complete.
#pragma once

#include <cstdint>
#include <string>

#include "text/tokenizer.h"

namespace pbb {

// What it gives is always valid UTF-8: bytes that can be part of no character become U+FFFD. Control tokens
// are left out.
class StreamDecoder {
 public:
  explicit StreamDecoder(const Tokenizer& tokenizer) : tokenizer_(&tokenizer) {}
  std::string push(std::int32_t token);                  // the text that this token completes; may be empty
  std::string finish();                                  // what was still waiting, as U+FFFD
  bool is_waiting() const { return !waiting_.empty(); }  // for the rest of a character

 private:
  const Tokenizer* tokenizer_;
  std::string waiting_;
};

}  // namespace pbb

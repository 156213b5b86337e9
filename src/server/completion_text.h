// The text of a completion as it may be sent: whole characters, and nothing that could still turn out to be
// the beginning of a text that ends it.
#pragma once

#include <deque>
#include <span>
#include <string>
#include <vector>

#include "text/stream_decoder.h"

namespace pbb {

class CompletionText {
 public:
  CompletionText(const Tokenizer& tokenizer, std::vector<std::string> stops);

  // What is certain with these tokens. Tokens after a stop are not looked at.
  std::string push(std::span<const std::int32_t> tokens);
  std::string finish();  // what was held back, when no more tokens come

  // Of the tokens whose text has begun to be given, and that were not told of before: where each begins in the whole
  // text, in characters.
  std::vector<std::size_t> take_begun();

  bool stopped() const { return stopped_; }       // one of the stops came up: it and all after it are no part
  std::size_t tokens() const { return tokens_; }  // that were looked at

 private:
  struct Place {
    std::size_t bytes = 0, characters = 0;
  };
  std::string release();
  std::string given(std::string text);

  StreamDecoder decoder_;
  std::vector<std::string> stops_;
  std::string held_;
  std::deque<Place> begins_;  // of tokens, in what was decoded
  Place decoded_;             // all of it
  std::size_t given_ = 0;     // bytes of it
  bool stopped_ = false, finished_ = false;
  std::size_t tokens_ = 0;
};

}  // namespace pbb

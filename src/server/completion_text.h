// The text of a completion as it may be sent: whole characters, and nothing that could still turn out to be
// the beginning of a text that ends it.
#pragma once

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

  bool stopped() const { return stopped_; }       // one of the stops came up: it and all after it are no part
  std::size_t tokens() const { return tokens_; }  // that were looked at

 private:
  std::string release();

  StreamDecoder decoder_;
  std::vector<std::string> stops_;
  std::string held_;
  bool stopped_ = false;
  std::size_t tokens_ = 0;
};

}  // namespace pbb

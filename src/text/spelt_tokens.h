// Text as other tools tokenise it: Hugging Face's tokenisers take a control or added token that is spelt in a
// text for that token, where Tokenizer::encode takes it for letters.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/tokenizer.h"

namespace pbb {

class SpeltTokens {
 public:
  explicit SpeltTokens(const Tokenizer& tokenizer);  // which must outlive it

  // Ids of a piece of text: nothing is put before it. InputError as Tokenizer::encode.
  std::vector<std::int32_t> encode(std::string_view text) const;

 private:
  const Tokenizer* tokenizer_;
  std::vector<std::pair<std::string, std::int32_t>> spellings_;  // the longest first
};

}  // namespace pbb

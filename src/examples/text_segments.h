// A training example as text for other tools: pieces which they tokenise one by one, each trained on or not.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "examples/example.h"
#include "text/spelt_tokens.h"

namespace pbb {

struct TextSegment {
  std::string text;  // control tokens are spelt
  bool trained = false;
  bool operator==(const TextSegment&) const = default;
};

// Joined, their texts are the example's; tokenised one by one (`spelt` must be of `tokenizer`) and joined, they
// give its tokens, and their marks its mask. A text that spells a control token is cut within the spelling, so
// that nobody takes it for the token. What an example reads in place of its tokens (Example::inputs) no text
// can tell. Nothing where there are no such pieces: a mask or a token that cuts a character in two.
//
// The mark of the first token means nothing where each example is a sequence of its own: nothing comes before
// it to predict it from. It is kept where the text can be cut behind it, else it is as the next token's.
std::optional<std::vector<TextSegment>> text_segments(const Tokenizer& tokenizer, const SpeltTokens& spelt,
                                                      const Example& example);

}  // namespace pbb

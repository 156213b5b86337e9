// How likely a completion's tokens were, in OpenAI's two forms.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

#include "generation/sample.h"
#include "text/tokenizer.h"

namespace pbb {

struct ToldToken {
  TokenChoice choice;
  std::size_t begin = 0;  // in the completion's text, in characters
};

// {"content": [{"token", "logprob", "bytes", "top_logprobs"}, …]} of a chat, {"tokens", "token_logprobs",
// "top_logprobs", "text_offset"} else.
nlohmann::ordered_json log_probabilities_json(std::span<const ToldToken> tokens, const Tokenizer& tokenizer,
                                              bool is_chat);

}  // namespace pbb

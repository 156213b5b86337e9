// Conversations as the tokens that a model's chat template makes of them. Templates are recognised by their
// text, never executed.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "text/tokenizer.h"

namespace pbb {

struct ChatMessage {
  std::string role;  // "system", "user" or "assistant"
  std::string content;
};

// The prompt for the assistant's next message. Only the template makes control tokens: content that spells
// one is text. InputError for another role, or a template that is not known.
std::vector<std::int32_t> chat_prompt(const Tokenizer& tokenizer, std::span<const ChatMessage> messages);
// What stands before the words of a user who begins a conversation: a model goes on from it with a question
// of its own making, which ends in "<|im_end|>". InputError as above.
std::vector<std::int32_t> chat_opening(const Tokenizer& tokenizer);
// Whether the model has a template that is known.
bool has_known_chat_template(const Tokenizer& tokenizer);

}  // namespace pbb

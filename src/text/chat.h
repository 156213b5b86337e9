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

}  // namespace pbb

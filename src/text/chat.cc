#include "text/chat.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/error.h"

namespace pbb {
namespace {

// ChatML as SmolLM2 and Qwen2 spell it: these two texts with, between them, the system message that is used
// where the conversation does not begin with one.
constexpr std::string_view before_system =
    R"({% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system
)";
constexpr std::string_view after_system =
    R"(<|im_end|>
' }}{% endif %}{{'<|im_start|>' + message['role'] + '
' + message['content'] + '<|im_end|>' + '
'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant
' }}{% endif %})";

// Qwen2.5's template is ChatML with tools. Without tools it comes to this system message, in its own branch.
constexpr std::string_view qwen25_system =
    "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.";
constexpr std::string_view qwen25_start = "{%- if tools %}\n    {{- '<|im_start|>system\\n' }}\n";
constexpr std::string_view qwen25_branch =
    "{{- '<|im_start|>system\\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant."
    "<|im_end|>\\n' }}";

// A template may spell a line's end as itself or as the two characters \n.
std::string unescape_newlines(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escaped = text.substr(i, 2) == "\\n";
    result += escaped ? '\n' : text[i];
    i += escaped;
  }
  return result;
}

// The system message that the template puts first where there is none; nothing where the template is not
// known.
std::optional<std::string> find_system_message(const std::string& chat_template) {
  if (chat_template.starts_with(qwen25_start) && chat_template.find(qwen25_branch) != std::string::npos) {
    return std::string(qwen25_system);
  }
  const std::string text = unescape_newlines(chat_template);
  if (text.size() >= before_system.size() + after_system.size() && text.starts_with(before_system) &&
      text.ends_with(after_system)) {
    const std::string system =
        text.substr(before_system.size(), text.size() - before_system.size() - after_system.size());
    if (system.find_first_of("'\\{}") == std::string::npos) return system;  // one plain string, nothing else
  }
  return std::nullopt;
}

std::string default_system_message(const std::string& chat_template) {
  if (auto system = find_system_message(chat_template)) return *std::move(system);
  throw InputError(chat_template.empty()
                       ? "the model's files have no chat template"
                       : fmt::format("the model's chat template is not one of those built in: {:?}",
                                     chat_template.substr(0, 120)),
                   "built in are the templates of SmolLM2, Qwen2 and Qwen2.5; ask in plain text instead");
}

void append_message(const Tokenizer& tokenizer, const std::string& role, const std::string& content,
                    std::vector<std::int32_t>& prompt) {
  const auto append = [&](const std::string& text) {
    const std::vector<std::int32_t> ids = tokenizer.encode(text);
    prompt.insert(prompt.end(), ids.begin(), ids.end());
  };
  prompt.push_back(tokenizer.control("<|im_start|>"));
  append(role + "\n" + content);
  prompt.push_back(tokenizer.control("<|im_end|>"));
  append("\n");
}

}  // namespace

bool has_known_chat_template(const Tokenizer& tokenizer) {
  return find_system_message(tokenizer.data().chat_template).has_value();
}

std::vector<std::int32_t> chat_opening(const Tokenizer& tokenizer) {
  std::vector<std::int32_t> prompt;
  append_message(tokenizer, "system", default_system_message(tokenizer.data().chat_template), prompt);
  prompt.push_back(tokenizer.control("<|im_start|>"));
  for (const std::int32_t id : tokenizer.encode("user\n")) prompt.push_back(id);
  return prompt;
}

std::vector<std::int32_t> chat_prompt(const Tokenizer& tokenizer, std::span<const ChatMessage> messages) {
  const std::string system = default_system_message(tokenizer.data().chat_template);
  std::vector<std::int32_t> prompt;
  if (messages.empty()) throw InputError("a conversation of no messages");
  if (messages.front().role != "system") append_message(tokenizer, "system", system, prompt);
  for (const ChatMessage& message : messages) {
    constexpr std::array<std::string_view, 3> roles = {"system", "user", "assistant"};
    if (std::find(roles.begin(), roles.end(), message.role) == roles.end()) {
      throw InputError(fmt::format("a message's role is {:?}, not system, user or assistant", message.role));
    }
    append_message(tokenizer, message.role, message.content, prompt);
  }
  prompt.push_back(tokenizer.control("<|im_start|>"));
  for (const std::int32_t id : tokenizer.encode("assistant\n")) prompt.push_back(id);
  return prompt;
}

}  // namespace pbb

#include "server/log_probabilities.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "text/utf8.h"

namespace pbb {
namespace {

using nlohmann::ordered_json;

std::string bytes_of(std::int32_t token, const Tokenizer& tokenizer) {
  return tokenizer.decode(std::span(&token, 1), true);
}

// A part of a character is written as OpenAI does, so that no two tokens look alike.
std::string token_name(const std::string& bytes) {
  if (utf8_length(bytes) == bytes.size()) return bytes;
  std::string name = "bytes:";
  for (const char c : bytes) name += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  return name;
}

ordered_json chat_token(std::int32_t token, float log_probability, const Tokenizer& tokenizer) {
  const std::string bytes = bytes_of(token, tokenizer);
  ordered_json numbers = ordered_json::array();
  for (const char c : bytes) numbers.push_back(static_cast<unsigned char>(c));
  return {{"token", token_name(bytes)}, {"logprob", log_probability}, {"bytes", std::move(numbers)}};
}

ordered_json of_chat(std::span<const ToldToken> tokens, const Tokenizer& tokenizer) {
  ordered_json content = ordered_json::array();
  for (const auto& [choice, begin] : tokens) {
    ordered_json told = chat_token(choice.token, choice.log_probability, tokenizer);
    told["top_logprobs"] = ordered_json::array();
    for (const LikelyToken& one : choice.likeliest)
      told["top_logprobs"].push_back(chat_token(one.token, one.log_probability, tokenizer));
    content.push_back(std::move(told));
  }
  return {{"content", std::move(content)}, {"refusal", nullptr}};
}

ordered_json of_completion(std::span<const ToldToken> tokens, const Tokenizer& tokenizer) {
  ordered_json names = ordered_json::array(), values = ordered_json::array(), tops = ordered_json::array(),
               begins = ordered_json::array();
  for (const auto& [choice, begin] : tokens) {
    const std::string name = token_name(bytes_of(choice.token, tokenizer));
    ordered_json top = ordered_json::object();
    for (const LikelyToken& one : choice.likeliest)
      top[token_name(bytes_of(one.token, tokenizer))] = one.log_probability;
    top[name] = choice.log_probability;  // told in any case
    names.push_back(name);
    values.push_back(choice.log_probability);
    tops.push_back(std::move(top));
    begins.push_back(begin);
  }
  return {{"tokens", std::move(names)},
          {"token_logprobs", std::move(values)},
          {"top_logprobs", std::move(tops)},
          {"text_offset", std::move(begins)}};
}

}  // namespace

ordered_json log_probabilities_json(std::span<const ToldToken> tokens, const Tokenizer& tokenizer,
                                    bool is_chat) {
  return is_chat ? of_chat(tokens, tokenizer) : of_completion(tokens, tokenizer);
}

}  // namespace pbb

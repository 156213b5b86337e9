#include "server/text_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "base/error.h"
#include "programs/json_fields.h"
#include "server/api_error.h"
#include "text/chat.h"
#include "text/utf8.h"

namespace pbb {
namespace {

using nlohmann::json;

// They say nothing about the answer.
constexpr std::array<std::string_view, 8> harmless = {
    "user",      "metadata",           "store", "service_tier", "safety_identifier", "prompt_cache_key",
    "verbosity", "parallel_tool_calls"};
constexpr std::array<std::string_view, 14> read_here = {
    "model",          "messages", "prompt",   "max_tokens",  "max_completion_tokens",
    "temperature",    "top_p",    "seed",     "stop",        "stream",
    "stream_options", "n",        "logprobs", "top_logprobs"};
// Parameters with the one value by which they change nothing.
struct Neutral {
  const char* name;
  json value;
};
const std::vector<Neutral>& neutral_values() {
  static const std::vector<Neutral> table = {{"frequency_penalty", 0},
                                             {"presence_penalty", 0},
                                             {"logit_bias", json::object()},
                                             {"echo", false},
                                             {"best_of", 1},
                                             {"suffix", ""},
                                             {"tools", json::array()},
                                             {"tool_choice", "none"},
                                             {"functions", json::array()},
                                             {"function_call", "none"},
                                             {"response_format", {{"type", "text"}}}};
  return table;
}

void refuse_unknown(const json& body) {
  for (const auto& [key, value] : body.items()) {
    if (std::ranges::find(read_here, key) != read_here.end() ||
        std::ranges::find(harmless, key) != harmless.end() || value.is_null())
      continue;
    const auto neutral = std::ranges::find(neutral_values(), key, &Neutral::name);
    if (neutral == neutral_values().end())
      throw bad_request(fmt::format("There is no parameter '{}' here.", shortened(key)), key,
                        "unknown_parameter");
    if (value != neutral->value)
      throw bad_request(
          fmt::format("'{}' is not supported: leave it out, or give it as {}.", key, neutral->value.dump()),
          key, "unsupported_parameter");
  }
}

const json* given(const json& body, const char* key) {
  const auto found = body.find(key);
  return found == body.end() || found->is_null() ? nullptr : &*found;
}

double number_in(const json& body, const char* key, double low, double high, double default_value) {
  const json* value = given(body, key);
  if (value == nullptr) return default_value;
  const double number = value->is_number() ? value->get<double>() : std::nan("");
  if (!(number >= low && number <= high))
    throw bad_request(
        fmt::format("'{}' is {}, expected a number from {} to {}.", key, shown(*value), low, high), key);
  return number;
}

bool truth_in(const json& body, const char* key) {
  const json* value = given(body, key);
  if (value == nullptr) return false;
  if (!value->is_boolean())
    throw bad_request(fmt::format("'{}' is {}, expected true or false.", key, shown(*value)), key);
  return value->get<bool>();
}

// A whole number from `low`.
std::optional<std::int64_t> whole_in(const json& body, const char* key, std::int64_t low) {
  const json* value = given(body, key);
  if (value == nullptr) return std::nullopt;
  const bool fits = value->is_number_integer() &&
                    (!value->is_number_unsigned() || value->get<std::uint64_t>() <= INT64_MAX);
  if (!fits || value->get<std::int64_t>() < low)
    throw bad_request(fmt::format("'{}' is {}, expected a whole number from {}.", key, shown(*value), low),
                      key);
  return value->get<std::int64_t>();
}

std::vector<std::string> stops_in(const json& body) {
  const json* value = given(body, "stop");
  if (value == nullptr) return {};
  std::vector<std::string> stops;
  for (const json& stop : value->is_array() ? *value : json::array({*value})) {
    if (!stop.is_string() || stop.get<std::string>().empty())
      throw bad_request("'stop' is a text or a list of texts, none of them empty.", "stop");
    stops.push_back(stop.get<std::string>());
  }
  if (stops.size() > 16) throw bad_request("'stop' has more than 16 texts.", "stop");
  return stops;
}

std::string content_of(const json& message, const std::string& place) {
  const json* content = given(message, "content");
  if (content != nullptr && content->is_string()) return content->get<std::string>();
  if (content == nullptr || !content->is_array())
    throw bad_request(
        fmt::format("'{}.content' is missing: a text, or a list of parts of type 'text'.", place),
        "messages");
  std::string text;
  for (const json& part : *content) {
    if (!part.is_object() || part.value("type", json()) != "text" || !part.contains("text") ||
        !part["text"].is_string())
      throw bad_request(
          fmt::format("'{}.content' holds a part that is no text: this model reads text alone.", place),
          "messages");
    text += part["text"].get<std::string>();
  }
  return text;
}

std::vector<std::int32_t> chat_tokens(const json& body, const Tokenizer& tokenizer) {
  const json* messages = given(body, "messages");
  if (messages == nullptr || !messages->is_array() || messages->empty())
    throw bad_request("'messages' is a list of at least one message.", "messages");
  std::vector<ChatMessage> chat;
  for (const json& message : *messages) {
    const std::string place = fmt::format("messages[{}]", chat.size());
    if (!message.is_object() || !message.contains("role") || !message["role"].is_string())
      throw bad_request(fmt::format("'{}' has no role.", place), "messages");
    std::string role = message["role"].get<std::string>();
    if (role == "developer") role = "system";
    if (role != "system" && role != "user" && role != "assistant")
      throw bad_request(
          fmt::format("'{}.role' is '{}', expected system, user or assistant.", place, shortened(role)),
          "messages");
    chat.push_back({role, content_of(message, place)});
  }
  if (!has_known_chat_template(tokenizer))
    throw ApiError(501, "invalid_request_error",
                   "This model has no chat template that is known: use /v1/completions.", "no_chat_template");
  return chat_prompt(tokenizer, chat);
}

std::vector<std::int32_t> prompt_tokens(const json& body, const Tokenizer& tokenizer) {
  const json* prompt = given(body, "prompt");
  if (prompt != nullptr && prompt->is_array() && prompt->size() == 1) prompt = &prompt->front();
  if (prompt == nullptr || !prompt->is_string())
    throw bad_request("'prompt' is one text. Send a request for each of several.", "prompt");
  std::vector<std::int32_t> tokens = tokenizer.encode_sequence(prompt->get<std::string>());
  if (tokens.empty()) throw bad_request("'prompt' is empty.", "prompt");
  return tokens;
}

void check_model(const json& body, const ServedModel& served) {
  const json* model = given(body, "model");
  if (model == nullptr || *model == json(served.id)) return;
  throw ApiError(404, "invalid_request_error",
                 fmt::format("The model {} is not served here. There is: {}", shown(*model), served.id),
                 "model_not_found", "model");
}

// New tokens that there may be.
int length_of(const json& body, bool is_chat, std::size_t prompt, std::size_t context) {
  const char* key = given(body, "max_completion_tokens") != nullptr ? "max_completion_tokens" : "max_tokens";
  const auto wanted = whole_in(body, key, 1);
  const auto longest = static_cast<std::int64_t>(context);
  const auto taken = static_cast<std::int64_t>(prompt);
  if (taken >= longest || (wanted && *wanted > longest - taken)) {
    throw bad_request(
        wanted
            ? fmt::format("This model's maximum context length is {} tokens. However, you requested {} "
                          "tokens ({} in the "
                          "{}, {} in the completion).",
                          context, static_cast<std::int64_t>(prompt) + *wanted, prompt,
                          is_chat ? "messages" : "prompt", *wanted)
            : fmt::format(
                  "This model's maximum context length is {} tokens. However, your {} resulted in {} tokens.",
                  context, is_chat ? "messages" : "prompt", prompt),
        is_chat ? "messages" : "prompt", "context_length_exceeded");
  }
  const std::int64_t usual = is_chat ? longest : 16;  // as OpenAI has it
  return static_cast<int>(wanted.value_or(std::min(usual, longest - taken)));
}

// In a chat `logprobs` is whether, and `top_logprobs` of how many; else `logprobs` is of how many.
void read_log_probabilities(const json& body, bool is_chat, TextRequest& read) {
  const char* count = is_chat ? "top_logprobs" : "logprobs";
  const int most = is_chat ? 20 : 5;  // as OpenAI has it
  const json* value = given(body, "logprobs");
  const bool is_off = value == nullptr || *value == json(false);
  read.tells_log_probabilities = is_chat ? truth_in(body, "logprobs") : !is_off;
  if (!is_chat && whole_in(body, "top_logprobs", 0).value_or(0) != 0)
    throw bad_request("'top_logprobs' is of chats: here 'logprobs' is a number.", "top_logprobs");
  if (!is_chat && is_off) return;
  const std::int64_t wanted = whole_in(body, count, 0).value_or(0);
  if (wanted > most)
    throw bad_request(fmt::format("'{}' is {}, expected 0 to {}.", count, wanted, most), count);
  if (wanted > 0 && !read.tells_log_probabilities)
    throw bad_request("'top_logprobs' is there only where 'logprobs' is true.", "top_logprobs");
  read.request.likeliest = static_cast<int>(wanted);
}

}  // namespace

TextRequest read_text_request(const json& body, bool is_chat, const ServedModel& served) {
  if (!body.is_object()) throw bad_request("The body is no JSON object.");
  refuse_unknown(body);
  check_model(body, served);
  if (whole_in(body, "n", 1).value_or(1) != 1)
    throw bad_request("'n' above 1 is not supported: send as many requests; they are decoded side by side.",
                      "n", "unsupported_parameter");
  TextRequest read;
  read.stops = stops_in(body);
  read.is_stream = truth_in(body, "stream");
  if (const json* options = given(body, "stream_options")) {
    if (!options->is_object() || !read.is_stream)
      throw bad_request("'stream_options' is an object, and there only where 'stream' is true.",
                        "stream_options");
    read.tells_usage = truth_in(*options, "include_usage");
  }
  read_log_probabilities(body, is_chat, read);
  Request& request = read.request;
  request.temperature = static_cast<float>(number_in(body, "temperature", 0, 2, 1));
  request.top_p = static_cast<float>(number_in(body, "top_p", 0, 1, 1));
  if (request.top_p <= 0) request.top_p = 1e-6F;  // the likeliest token alone
  const auto seed = whole_in(body, "seed", INT64_MIN);
  request.seed = seed ? static_cast<std::uint64_t>(*seed)
                      : (std::uint64_t{std::random_device()()} << 32) | std::random_device()();
  const Tokenizer& tokenizer = *served.tokenizer;
  request.prompt = is_chat ? chat_tokens(body, tokenizer) : prompt_tokens(body, tokenizer);
  request.max_new_tokens = length_of(body, is_chat, request.prompt.size(), served.context);
  request.stop_tokens = tokenizer.end_tokens();
  if (const auto end_of_turn = tokenizer.find_control("<|im_end|>"))
    request.stop_tokens.push_back(*end_of_turn);
  return read;
}

}  // namespace pbb

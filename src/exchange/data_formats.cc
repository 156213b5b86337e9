#include "exchange/data_formats.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace pbb {
namespace {

using nlohmann::ordered_json;
using Ids = std::span<const std::int32_t>;

std::optional<ordered_json> tokens_line(const DataExample& data) {
  const Example& example = data.example;
  ordered_json labels = ordered_json::array();
  for (std::size_t i = 0; i < example.tokens.size(); ++i) {
    labels.push_back(example.trained[i] != 0 ? example.tokens[i] : -100);
  }
  return ordered_json{{"input_ids", example.inputs.empty() ? example.tokens : example.inputs},
                      {"attention_mask", std::vector<int>(example.tokens.size(), 1)},
                      {"labels", std::move(labels)}};
}

std::optional<ordered_json> segments_line(const DataExample& data) {
  if (!data.segments) return std::nullopt;
  ordered_json segments = ordered_json::array();
  for (const TextSegment& segment : *data.segments) {
    segments.push_back({{"label", segment.trained}, {"text", segment.text}});
  }
  return ordered_json{{"segments", std::move(segments)}};
}

// The tokens that are not trained on and those that are, where the one come before the other. The tokeniser's
// prefix is in neither: whoever tokenises a text puts it there.
struct TwoParts {
  Ids prompt, completion;
};
std::optional<TwoParts> two_parts(const DataExample& data) {
  const auto& trained = data.example.trained;
  const auto first = std::ranges::find(trained, 1);
  if (std::find(first, trained.end(), 0) != trained.end()) return std::nullopt;
  const std::size_t prefix = data.tokenizer.prefix().size();
  const auto prompt = std::max(prefix, static_cast<std::size_t>(first - trained.begin()));
  const Ids tokens = data.example.tokens;
  return TwoParts{tokens.subspan(prefix, prompt - prefix), tokens.subspan(prompt)};
}

std::string text_of(const DataExample& data, Ids tokens) {
  return data.tokenizer.decode(tokens, true);
}

std::optional<ordered_json> prompt_completion_line(const DataExample& data) {
  const auto parts = two_parts(data);
  if (!data.segments || !parts) return std::nullopt;
  // Where even the first token of all cannot stand alone it is no prompt (see text_segments).
  const bool splits = data.segments->front().trained == (data.example.trained.front() != 0);
  std::string prompt = text_of(data, parts->prompt), completion = text_of(data, parts->completion);
  if (!splits) completion = std::exchange(prompt, "") + completion;
  return ordered_json{{"prompt", std::move(prompt)}, {"completion", std::move(completion)}};
}

// Its parts alternate between what is said to the model and what the model says. What only begins or ends a
// text (the tokeniser's prefix, its end-of-text) is the chat template's affair, and the first token, which is
// never predicted, goes with the next.
std::optional<ordered_json> messages_line(const DataExample& data) {
  const Example& example = data.example;
  if (!data.segments) return std::nullopt;
  std::size_t begin = data.tokenizer.prefix().size(), end = example.tokens.size();
  if (end > begin && example.tokens[end - 1] == data.tokenizer.end_of_text()) --end;
  const Ids tokens = Ids(example.tokens).first(end);
  if (std::ranges::any_of(tokens.subspan(begin), [&](auto id) { return data.tokenizer.is_control(id); })) {
    return std::nullopt;
  }
  ordered_json messages = ordered_json::array();
  while (begin < end) {
    const std::size_t mark = begin == 0 && end > 1 ? 1 : begin;
    std::size_t to = mark;
    while (to < end && example.trained[to] == example.trained[mark]) ++to;
    ordered_json message = {{"role", example.trained[mark] != 0 ? "assistant" : "user"},
                            {"content", text_of(data, tokens.subspan(begin, to - begin))}};
    if (example.trained[mark] != 0) message["weight"] = 1;
    messages.push_back(std::move(message));
    begin = to;
  }
  return ordered_json{{"messages", std::move(messages)}};
}

constexpr DataFormat all_formats[] = {
    {"tokens", tokens_line, ""},
    {"segments", segments_line, "no text has these tokens and this mask"},
    {"prompt_completion", prompt_completion_line, "what is trained on is in several places"},
    {"messages", messages_line, "it is a chat of the model's own, in its template"},
};

}  // namespace

std::span<const DataFormat> data_formats() {
  return all_formats;
}

bool is_same_as_one_text(const DataExample& data) {
  const auto parts = two_parts(data);
  if (!parts || data.example.tokens.back() != data.tokenizer.end_of_text()) return false;
  const Ids whole = Ids(data.example.tokens).subspan(data.tokenizer.prefix().size());
  if (!data.example.inputs.empty() && data.example.inputs != data.example.tokens) return false;
  return std::ranges::equal(data.spelt.encode(text_of(data, whole)), whole);
}

}  // namespace pbb

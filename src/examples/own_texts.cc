#include "examples/own_texts.h"

#include <nlohmann/json.hpp>
#include <string_view>

#include "base/error.h"
#include "base/file.h"
#include "base/json_lines.h"
#include "base/json_text.h"
#include "examples/word_problems.h"
#include "text/chat.h"

namespace pbb {
namespace {

constexpr std::string_view openings[] = {
    "The",     "A",         "In",           "How",   "What",    "Why",     "This",  "When",    "Once",
    "There",   "For",       "If",           "I",     "We",      "You",     "He",    "She",     "They",
    "It",      "Many",      "One",          "Some",  "def",     "import",  "class", "#",       "##",
    "1.",      "Question:", "Answer:",      "Step",  "Let",     "To make", "Dear",  "Chapter", "Title",
    "Problem", "John",      "Introduction", "Write", "\"",      "Our",     "My",    "Here is", "On",
    "As",      "During",    "People",       "Today", "Example:"};

// What every text begins with.
std::vector<std::int32_t> beginning(const Tokenizer& tokenizer) {
  return tokenizer.prefix().empty() ? std::vector{tokenizer.end_of_text()} : tokenizer.prefix();
}

}  // namespace

std::vector<std::int32_t> opening_of_text(const Tokenizer& tokenizer, Random& random) {
  std::vector<std::int32_t> tokens = beginning(tokenizer);
  const auto opening = tokenizer.encode(random.choice(std::span<const std::string_view>(openings)));
  tokens.insert(tokens.end(), opening.begin(), opening.end());
  return tokens;
}

std::vector<std::int32_t> opening_of_problems(const Tokenizer& tokenizer, Random& random) {
  std::vector<std::int32_t> tokens = beginning(tokenizer);
  const auto opening = tokenizer.encode(solved_problems(random));
  tokens.insert(tokens.end(), opening.begin(), opening.end());
  return tokens;
}

Example make_own_text(std::vector<std::int32_t> tokens) {
  Example example;
  example.tokens = std::move(tokens);
  example.trained.assign(example.tokens.size(), 1);
  example.trained.front() = 0;  // nothing comes before it to predict it from
  example.kind = ExampleKind::text;
  example.keeps = true;
  return example;
}

Example own_text_at(std::span<const std::vector<std::int32_t>> texts, std::int64_t place) {
  return make_own_text(texts[static_cast<std::size_t>(place % std::ssize(texts))]);
}

std::vector<std::int32_t> own_text_tokens(const Tokenizer& tokenizer, const OwnText& text) {
  std::vector<std::int32_t> tokens = beginning(tokenizer);
  if (!text.user.empty()) {
    const ChatMessage message{"user", text.user};
    tokens = chat_prompt(tokenizer, {&message, 1});
  }
  const auto more = tokenizer.encode(text.text);
  tokens.insert(tokens.end(), more.begin(), more.end());
  return tokens;
}

std::uint32_t checksum_of_texts(std::span<const std::vector<std::int32_t>> texts) {
  std::uint32_t crc = 0;
  for (const auto& tokens : texts) crc = checksum(std::as_bytes(std::span(tokens)), crc);
  return crc;
}

std::vector<std::vector<std::int32_t>> read_own_texts(const Tokenizer& tokenizer,
                                                      const std::filesystem::path& file) {
  std::vector<std::vector<std::int32_t>> texts;
  read_json_lines(file, [&](const nlohmann::json& line, int) {
    const auto is_text = [&](const char* key) {
      return line.contains(key) && line[key].is_string() && !line[key].get_ref<const std::string&>().empty();
    };
    if (!line.is_object() || !is_text("text") || (line.contains("user") && !is_text("user"))) {
      throw InputError("a line without \"text\", or with an empty one",
                       "a line is {\"text\": \"…\"} or {\"user\": \"…\", \"text\": \"…\"}");
    }
    texts.push_back(own_text_tokens(tokenizer, {line.value("user", ""), line["text"].get<std::string>()}));
  });
  if (texts.empty()) throw InputError(file.string() + ": there is no text in it");
  return texts;
}

void write_own_texts(std::span<const OwnText> texts, const std::filesystem::path& file) {
  std::string lines;
  for (const OwnText& text : texts) {
    nlohmann::ordered_json line;
    if (!text.user.empty()) line["user"] = text.user;
    line["text"] = text.text;
    lines += json_text(line) + '\n';
  }
  write_file(file, lines);
}

}  // namespace pbb

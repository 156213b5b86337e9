// How likely tokens were, as OpenAI's clients are told it.
#include <cmath>

#include "server/completion_text.h"
#include "server/log_probabilities.h"
#include "server/served.h"

namespace pbb {
namespace {

using nlohmann::json;

class LogProbabilitiesTest : public Served {
 protected:
  static json completion(int count) {
    return {{"prompt", "hello"}, {"max_tokens", 60}, {"temperature", 1.2}, {"seed", 4}, {"logprobs", count}};
  }
  static json chat(int count) {
    return {{"messages", {{{"role", "user"}, {"content", "hello"}}}},
            {"max_tokens", 40},
            {"temperature", 0},
            {"logprobs", true},
            {"top_logprobs", count}};
  }
  Events stream(const std::string& path, json body) const {
    body["stream"] = true;
    const auto result = client().Post(path, body.dump(), "application/json");
    EXPECT_EQ(result->status, 200) << result->body;
    return events_of(result->body);
  }
};

std::string character_at(const std::string& text, std::size_t place) {
  std::size_t at = 0;
  const auto next = [&] {
    while (++at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) {
    }
  };
  for (; place > 0; --place) next();
  const std::size_t begin = at;
  next();
  return text.substr(begin, at - begin);
}

TEST_F(LogProbabilitiesTest, OfACompletionAreThoseOfItsTokensWithTheLikeliestBeside) {
  start();
  json body = completion(3);
  const json choice = post("/v1/completions", body).body.at("choices").at(0);
  const json& told = choice.at("logprobs");
  ASSERT_EQ(told.at("tokens").size(), 60U);
  for (const char* list : {"token_logprobs", "top_logprobs", "text_offset"})
    ASSERT_EQ(told.at(list).size(), 60U) << list;
  for (std::size_t i = 0; i < 60; ++i) {
    const std::string token = told.at("tokens")[i];
    const double likely = told.at("token_logprobs")[i];
    const json& top = told.at("top_logprobs")[i];
    EXPECT_LE(likely, 0);
    EXPECT_EQ(top.at(token), told.at("token_logprobs")[i]);
    EXPECT_GE(top.size(), 3U);
    EXPECT_LE(top.size(), 4U);
    double sum = 0;
    for (const auto& [name, value] : top.items()) sum += std::exp(value.get<double>());
    EXPECT_LE(sum, 1.0001);
    if (!token.starts_with("bytes:") && !token.starts_with("<|")) {
      EXPECT_EQ(character_at(choice.at("text"), told.at("text_offset")[i]), token) << i;
    }
  }
  body["logprobs"] = 0;
  const json none = post("/v1/completions", body).body.at("choices").at(0);
  EXPECT_EQ(none.at("text"), choice.at("text"));
  EXPECT_EQ(none.at("logprobs").at("token_logprobs"), told.at("token_logprobs"));
  EXPECT_EQ(none.at("logprobs").at("top_logprobs")[0].size(), 1U);
  body.erase("logprobs");
  EXPECT_TRUE(post("/v1/completions", body).body.at("choices").at(0).at("logprobs").is_null());
}

TEST_F(LogProbabilitiesTest, OfAChatHaveBytesAndTheGreedyChoiceFirst) {
  start();
  const json choice = post("/v1/chat/completions", chat(2)).body.at("choices").at(0);
  const json& content = choice.at("logprobs").at("content");
  ASSERT_EQ(content.size(), 40U);
  for (const json& token : content) {
    ASSERT_EQ(token.at("top_logprobs").size(), 2U);
    EXPECT_EQ(token.at("top_logprobs")[0].at("token"), token.at("token"));
    EXPECT_EQ(token.at("top_logprobs")[0].at("logprob"), token.at("logprob"));
    EXPECT_GE(token.at("top_logprobs")[0].at("logprob"), token.at("top_logprobs")[1].at("logprob"));
    EXPECT_EQ(token.at("bytes").size(), 1U);
  }
  const json plain = post("/v1/chat/completions", chat(0)).body.at("choices").at(0);
  EXPECT_EQ(plain.at("logprobs").at("content")[0].at("top_logprobs"), json::array());
  EXPECT_EQ(plain.at("message"), choice.at("message"));
}

TEST_F(LogProbabilitiesTest, OfAStreamAreThoseOfTheWholeAnswerInParts) {
  start();
  const json whole = post("/v1/completions", completion(2)).body.at("choices").at(0).at("logprobs");
  std::map<std::string, json> parts;
  for (const json& chunk : stream("/v1/completions", completion(2)).chunks) {
    const json& choice = chunk.at("choices").at(0);
    EXPECT_EQ(choice.at("logprobs").is_null(), !choice.at("finish_reason").is_null());
    if (choice.at("logprobs").is_null()) continue;
    for (const auto& [name, values] : choice.at("logprobs").items()) {
      json& list = parts.emplace(name, json::array()).first->second;
      list.insert(list.end(), values.begin(), values.end());
    }
  }
  for (const auto& [name, values] : whole.items()) EXPECT_EQ(parts[name], values) << name;
  const json chatted = post("/v1/chat/completions", chat(1)).body.at("choices").at(0).at("logprobs");
  json content = json::array();
  for (const json& chunk : stream("/v1/chat/completions", chat(1)).chunks) {
    const json& told = chunk.at("choices").at(0).at("logprobs");
    if (!told.is_null()) content.insert(content.end(), told.at("content").begin(), told.at("content").end());
  }
  EXPECT_EQ(content, chatted.at("content"));
}

TEST_F(LogProbabilitiesTest, WhatIsOutOfRangeOrOfTheOtherEndpointIsRefusedByName) {
  start();
  const auto param = [&](const std::string& path, json body, const char* name, const json& value) {
    body[name] = value;
    const Answer answer = post(path, body);
    EXPECT_EQ(answer.status, 400) << answer.body;
    return answer.body.at("error").at("param");
  };
  EXPECT_EQ(param("/v1/completions", completion(0), "logprobs", 6), "logprobs");
  EXPECT_EQ(param("/v1/completions", completion(0), "logprobs", true), "logprobs");
  EXPECT_EQ(param("/v1/completions", completion(0), "logprobs", -1), "logprobs");
  EXPECT_EQ(param("/v1/completions", completion(0), "top_logprobs", 2), "top_logprobs");
  EXPECT_EQ(param("/v1/chat/completions", chat(0), "top_logprobs", 21), "top_logprobs");
  EXPECT_EQ(param("/v1/chat/completions", chat(0), "logprobs", 5), "logprobs");
  EXPECT_EQ(param("/v1/chat/completions", chat(2), "logprobs", false), "top_logprobs");
}

TEST(CompletionText, TokensAreToldOfOnceTheirTextIsAndNeverThoseOfAStop) {
  const Tokenizer tokenizer = byte_tokenizer();
  CompletionText text(tokenizer, {"STOP"});
  const auto push = [&](std::string_view bytes) {
    std::vector<std::int32_t> tokens;
    for (const char byte : bytes) tokens.push_back(static_cast<unsigned char>(byte));
    return text.push(tokens);
  };
  using Places = std::vector<std::size_t>;
  EXPECT_EQ(push("aS"), "a");
  EXPECT_EQ(text.take_begun(), (Places{0}));
  EXPECT_EQ(push("x\xE9\x80"), "Sx");
  EXPECT_EQ(text.take_begun(), (Places{1, 2}));
  EXPECT_EQ(push("\x81y"), "\u9001y");
  EXPECT_EQ(text.take_begun(), (Places{3, 3, 3, 4}));  // a character of three tokens
  EXPECT_EQ(push("\xE9z"), "\uFFFDz");
  EXPECT_EQ(text.take_begun(), (Places{5, 6}));  // the first byte of a character that does not come
  EXPECT_EQ(push("zSTOPq"), "z");
  EXPECT_EQ(text.take_begun(), (Places{7}));
  EXPECT_EQ(text.finish(), "");
  EXPECT_EQ(text.take_begun(), Places());
}

TEST(LogProbabilitiesJson, PartsOfACharacterAreWrittenAsBytes) {
  const Tokenizer tokenizer = byte_tokenizer();
  const ToldToken tokens[] = {{{.token = 0xE9, .log_probability = -1, .likeliest = {}}, 0}};
  EXPECT_EQ(log_probabilities_json(tokens, tokenizer, false).at("tokens"), json({"bytes:\\xe9"}));
  const auto chat = log_probabilities_json(tokens, tokenizer, true);
  EXPECT_EQ(chat.at("content").at(0).at("bytes"), json({0xE9}));
}

}  // namespace
}  // namespace pbb

// What OpenAI's clients rely on.
#include <fmt/format.h>

#include "server/completion_text.h"
#include "server/served.h"
#include "text/utf8.h"

namespace pbb {
namespace {

using nlohmann::json;

class Text : public Served {
 protected:
  static json chat(const std::string& content, int tokens = 24) {
    return {{"model", "m"},
            {"messages", {{{"role", "user"}, {"content", content}}}},
            {"max_tokens", tokens},
            {"temperature", 0}};
  }
  static json completion(const std::string& prompt, int tokens = 24) {
    return {{"prompt", prompt}, {"max_tokens", tokens}, {"temperature", 0}};
  }
  Events stream(const std::string& path, json body) const {
    body["stream"] = true;
    const auto result = client().Post(path, body.dump(), "application/json");
    EXPECT_TRUE(result);
    EXPECT_EQ(result->status, 200) << result->body;
    EXPECT_EQ(result->get_header_value("Content-Type"), "text/event-stream");
    return events_of(result->body);
  }
};

TEST_F(Text, AnAnswerHasOpenAisFormAndSaysThatItIsUnchecked) {
  start();
  const Answer chatted = post("/v1/chat/completions", chat("hello"));
  ASSERT_EQ(chatted.status, 200) << chatted.body;
  EXPECT_EQ(chatted.body.at("object"), "chat.completion");
  EXPECT_EQ(chatted.body.at("model"), "m");
  EXPECT_EQ(chatted.body.at("choices").at(0).at("message").at("role"), "assistant");
  EXPECT_EQ(chatted.body.at("choices").at(0).at("finish_reason"), "length");
  EXPECT_EQ(chatted.body.at("usage").at("completion_tokens"), 24);
  EXPECT_EQ(chatted.body.at("pbb").at("checked"), false);
  const Answer completed = post("/v1/completions", completion("hello"));
  EXPECT_EQ(completed.body.at("object"), "text_completion");
  EXPECT_EQ(completed.body.at("usage").at("prompt_tokens"), 5);
  EXPECT_TRUE(completed.body.at("choices").at(0).at("text").is_string());
  EXPECT_EQ(post("/v1/completions", {{"prompt", {"hello"}}, {"temperature", 0}})
                .body.at("usage")
                .at("completion_tokens"),
            16);
  const json parts = {
      {"messages",
       {{{"role", "user"},
         {"content", {{{"type", "text"}, {"text", "hel"}}, {{"type", "text"}, {"text", "lo"}}}}}}},
      {"max_tokens", 24},
      {"temperature", 0}};
  EXPECT_EQ(post("/v1/chat/completions", parts).body.at("choices"), chatted.body.at("choices"));
}

TEST_F(Text, AStreamIsTheWholeAnswerInPartsWithTheRoleFirstAndTheUsageLast) {
  start();
  for (const bool is_chat : {true, false}) {
    const std::string path = is_chat ? "/v1/chat/completions" : "/v1/completions";
    json body = is_chat ? chat("hello") : completion("hello");
    const Answer whole = post(path, body);
    body["stream_options"] = {{"include_usage", true}};
    const Events events = stream(path, body);
    EXPECT_TRUE(events.done);
    ASSERT_GE(events.chunks.size(), 3U);
    std::string text;
    for (std::size_t i = 0; i + 1 < events.chunks.size(); ++i) {
      const json& choice = events.chunks[i].at("choices").at(0);
      EXPECT_TRUE(events.chunks[i].at("usage").is_null());
      EXPECT_EQ(events.chunks[i].at("id"), events.chunks[0].at("id"));
      EXPECT_EQ(choice.at("finish_reason").is_null(), i + 2 < events.chunks.size());
      if (is_chat) {
        EXPECT_EQ(choice.at("delta").contains("role"), i == 0);
        text += choice.at("delta").value("content", "");
      } else {
        text += choice.at("text").get<std::string>();
      }
    }
    EXPECT_EQ(events.chunks.back().at("choices"), json::array());
    EXPECT_EQ(events.chunks.back().at("usage"), whole.body.at("usage"));
    const json& choice = whole.body.at("choices").at(0);
    EXPECT_EQ(text, is_chat ? choice.at("message").at("content") : choice.at("text"));
    EXPECT_EQ(events.chunks[events.chunks.size() - 2].at("choices").at(0).at("finish_reason"),
              choice.at("finish_reason"));
  }
}

TEST_F(Text, TheSameSeedGivesTheSameTextWhateverIsAskedBesideIt) {
  start();
  json body = completion("once", 40);
  body["temperature"] = 1.5;
  body["seed"] = 7;
  const std::string alone = post("/v1/completions", body).body.at("choices").dump();
  std::vector<std::future<std::string>> beside;
  for (int i = 0; i < 12; ++i) {
    beside.push_back(std::async(std::launch::async, [&, i] {
      json other = body;
      if (i % 2 == 1) other["seed"] = 100 + i;
      return post("/v1/completions", other).body.at("choices").dump();
    }));
  }
  for (int i = 0; i < 12; ++i) {
    const std::string text = beside[static_cast<std::size_t>(i)].get();
    EXPECT_EQ(text == alone, i % 2 == 0) << i;
  }
}

TEST_F(Text, AStopEndsTheTextBeforeItAndIsCountedTheSameStreamedOrNot) {
  start();
  json body = completion("hello", 200);
  body["temperature"] = 1.0;
  body["seed"] = 3;
  const std::string text = post("/v1/completions", body).body.at("choices").at(0).at("text");
  std::size_t at = 20;  // a place with two characters of one byte each
  while (at + 1 < text.size() &&
         (static_cast<unsigned char>(text[at]) >= 0x80 || static_cast<unsigned char>(text[at + 1]) >= 0x80))
    ++at;
  ASSERT_LT(at + 1, text.size());
  const std::string stop_text = text.substr(at, 2);
  body["stop"] = {stop_text, "never comes"};
  const Answer stopped = post("/v1/completions", body);
  EXPECT_EQ(stopped.body.at("choices").at(0).at("text"), text.substr(0, text.find(stop_text)));
  EXPECT_EQ(stopped.body.at("choices").at(0).at("finish_reason"), "stop");
  body["stream_options"] = {{"include_usage", true}};
  const Events events = stream("/v1/completions", body);
  EXPECT_EQ(events.chunks.back().at("usage"), stopped.body.at("usage"));
}

TEST_F(Text, EveryChunkIsWholeCharacters) {
  start();
  json body = completion("\u00e9\u9001", 300);
  body["temperature"] = 2;
  body["seed"] = 5;
  const Events events = stream("/v1/completions", body);
  for (const json& chunk : events.chunks) {  // nlohmann refuses to parse what is no UTF-8
    EXPECT_NO_THROW(check_utf8(chunk.at("choices").at(0).at("text").get<std::string>(), "a chunk"));
  }
}

TEST(CompletionText, ACharacterOfSeveralTokensComesOnceAndWhole) {
  const Tokenizer tokenizer = byte_tokenizer();
  CompletionText text(tokenizer, {});
  std::string all;
  for (const char byte : std::string("a\u9001\u6599b")) {
    const std::int32_t token = static_cast<unsigned char>(byte);
    const std::string part = text.push({&token, 1});
    EXPECT_NO_THROW(check_utf8(part, "a part"));
    EXPECT_EQ(part.find("\uFFFD"), std::string::npos);
    all += part;
  }
  EXPECT_EQ(all + text.finish(), "a\u9001\u6599b");
}

TEST(CompletionText, WhatCouldBeginAStopIsHeldBackUntilItIsDecided) {
  const Tokenizer tokenizer = byte_tokenizer();
  CompletionText text(tokenizer, {"STOP", "TOO"});
  std::string sent;
  for (const char byte : std::string("aSTxSTTOx")) {
    const std::int32_t token = static_cast<unsigned char>(byte);
    sent += text.push({&token, 1});
    EXPECT_FALSE(sent.ends_with("S"));
  }
  EXPECT_EQ(sent, "aSTxSTTOx");
  for (const char byte : std::string("bSTOPcd")) {
    const std::int32_t token = static_cast<unsigned char>(byte);
    sent += text.push({&token, 1});
  }
  EXPECT_EQ(sent + text.finish(), "aSTxSTTOxb");
  EXPECT_TRUE(text.stopped());
  EXPECT_EQ(text.tokens(), 9U + 5U);
  CompletionText open(tokenizer, {"STOP"});
  const std::int32_t tokens[] = {'a', 'S', 'T', 0xE9};
  EXPECT_EQ(open.push(tokens), "a");
  EXPECT_EQ(open.finish(), "ST\uFFFD");
}

TEST_F(Text, APromptThatTheContextHasNoRoomForIsRefusedBeforeAnythingIsDecoded) {
  start();
  for (const bool streamed : {false, true}) {
    json body = {{"prompt", std::string(1024, 'x')}, {"max_tokens", 1}, {"stream", streamed}};
    const Answer refused = post("/v1/completions", body);
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(refused.body.at("error").at("code"), "context_length_exceeded");
    EXPECT_EQ(refused.body.at("error").at("type"), "invalid_request_error");
    EXPECT_NE(refused.body.at("error").at("message").get<std::string>().find(
                  "maximum context length is 1024 tokens"),
              std::string::npos);
  }
  EXPECT_EQ(
      post("/v1/chat/completions", {{"messages", {{{"role", "user"}, {"content", std::string(2000, 'x')}}}}})
          .body.at("error")
          .at("code"),
      "context_length_exceeded");
  EXPECT_EQ(metric("pbb_generated_tokens_total"), 0);
  EXPECT_EQ(post("/v1/completions", {{"prompt", std::string(1000, 'x')}, {"max_tokens", 24}}).status, 200);
}

TEST_F(Text, WhatWouldChangeTheAnswerAndIsNotThereIsRefusedByItsName) {
  start();
  const std::pair<const char*, json> refused[] = {{"tools", {{{"type", "function"}}}},
                                                  {"response_format", {{"type", "json_object"}}},
                                                  {"n", 2},
                                                  {"top_logprobs", 5},
                                                  {"presence_penalty", 0.5},
                                                  {"logit_bias", {{"5", 10}}},
                                                  {"top_k", 5},
                                                  {"temperature", 3},
                                                  {"temperature", "hot"},
                                                  {"top_p", -1},
                                                  {"seed", 1.5},
                                                  {"max_tokens", 0},
                                                  {"max_tokens", 1e300},
                                                  {"stop", 5},
                                                  {"stop", {""}},
                                                  {"stream", "yes"},
                                                  {"stream_options", {{"include_usage", true}}}};
  for (const auto& [name, value] : refused) {
    json body = chat("hello");
    body[name] = value;
    const Answer answer = post("/v1/chat/completions", body);
    EXPECT_EQ(answer.status, 400) << name << answer.body;
    EXPECT_EQ(answer.body.at("error").at("param"), name) << answer.body;
    EXPECT_FALSE(answer.body.at("error").at("message").get<std::string>().empty());
  }
  json harmless = chat("hello");
  harmless.update(json{{"user", "me"},
                       {"metadata", {{"a", "b"}}},
                       {"n", 1},
                       {"frequency_penalty", 0},
                       {"tools", json::array()},
                       {"response_format", {{"type", "text"}}},
                       {"logit_bias", nullptr}});
  EXPECT_EQ(post("/v1/chat/completions", harmless).status, 200);
  const json messages[] = {json::array(),
                           "hello",
                           {{{"role", "user"}}},
                           {{{"content", "x"}}},
                           {{{"role", "tool"}, {"content", "x"}}},
                           {{{"role", "user"}, {"content", {{{"type", "image_url"}}}}}}};
  for (const json& one : messages) {
    const Answer answer = post("/v1/chat/completions", {{"messages", one}});
    EXPECT_EQ(answer.status, 400) << one;
    EXPECT_EQ(answer.body.at("error").at("param"), "messages");
  }
}

TEST_F(Text, AnotherModelIsNotSilentlyThisOne) {
  start();
  json body = chat("hello");
  body["model"] = "gpt-4";
  const Answer answer = post("/v1/chat/completions", body);
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.body.at("error").at("code"), "model_not_found");
  EXPECT_NE(answer.body.at("error").at("message").get<std::string>().find("There is: m"), std::string::npos);
  const Answer models = get("/v1/models");
  EXPECT_EQ(models.body.at("data").at(0).at("id"), "m");
  EXPECT_EQ(models.body.at("data").at(0).at("object"), "model");
}

TEST_F(Text, WhereRulesAloneAreServedTextIsSwitchedOff) {
  options_.rules_only = true;
  start();
  EXPECT_EQ(post("/v1/chat/completions", chat("hello")).status, 501);
  EXPECT_EQ(post("/v1/completions", completion("hello")).body.at("error").at("code"), "switched_off");
  EXPECT_EQ(get("/v1/rules").status, 200);
}

}  // namespace
}  // namespace pbb

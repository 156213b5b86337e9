// What servers do wrong, one after the other.
#include "endpoint/client.h"

#include <gtest/gtest.h>

#include <future>

#include "base/error.h"
#include "endpoint/scripted_server.h"

namespace pbb {
namespace {

class Client : public testing::Test {
 protected:
  EndpointOptions options() const {
    EndpointOptions all;
    all.address = server_.address();
    all.pacing.retries = 3;
    return all;
  }
  std::variant<WireReply, Unanswered> ask(const EndpointOptions& all) {
    EndpointClient client(all, waiting_);
    HttpConnection connection(all.address, all.key, all.times);
    return client.ask(connection, "m", "Blorp(5)\nAnswer:", 32);
  }
  std::string text() { return std::get<WireReply>(ask(options())).text; }
  std::string why() { return std::get<Unanswered>(ask(options())).why; }
  // The message of the error, and its hint, that asking ends with.
  template <typename E>
  std::string error(const EndpointOptions& all) {
    try {
      ask(all);
    } catch (const E& error) {
      return std::string(error.what()) + " HINT " + error.hint();
    }
    ADD_FAILURE() << "no such error";
    return "";
  }

  NoWaiting waiting_;
  ScriptedServer server_{says(" 90")};
};

TEST_F(Client, AsksGreedilyForACompletionOfThePrompt) {
  EXPECT_EQ(text(), " 90");
  ASSERT_EQ(server_.requests.size(), 1u);
  EXPECT_EQ(server_.requests[0].path, "/v1/completions");
  EXPECT_FALSE(server_.requests[0].has_header("Authorization"));
  EXPECT_EQ(nlohmann::json::parse(server_.requests[0].body),
            (nlohmann::json{
                {"model", "m"}, {"prompt", "Blorp(5)\nAnswer:"}, {"max_tokens", 32}, {"temperature", 0}}));
}

TEST_F(Client, AsksAChatAsItsUser) {
  EndpointOptions all = options();
  all.api = EndpointApi::chat;
  all.key = ApiKey("sk-1");
  server_.script = {says("ninety", "length")};
  const auto reply = std::get<WireReply>(ask(all));
  EXPECT_EQ(reply.text, "ninety");
  EXPECT_TRUE(reply.cut);
  EXPECT_EQ(server_.requests.at(0).path, "/v1/chat/completions");
  EXPECT_EQ(server_.requests[0].get_header_value("Authorization"), "Bearer sk-1");
  EXPECT_EQ(nlohmann::json::parse(server_.requests[0].body).at("messages"),
            nlohmann::json::parse(R"([{"role": "user", "content": "Blorp(5)\nAnswer:"}])"));
}

TEST_F(Client, WhatMayPassIsAskedAgain) {
  server_.script = {with(429, R"({"error": {"message": "slow down"}})", {{"Retry-After", "7"}}),
                    with(500, "oops"), with(200, "<html>")};
  EXPECT_EQ(text(), " 90");
  EXPECT_EQ(server_.requests.size(), 4u);
  ASSERT_EQ(waiting_.waits.size(), 3u);
  EXPECT_NEAR(waiting_.waits[0], 7, 1e-6);
}

TEST_F(Client, AfterAllRetriesTheQuestionHasNoAnswer) {
  server_.script.assign(4, with(503, R"({"error": {"message": "overloaded"}})"));
  const std::string reason = why();
  EXPECT_NE(reason.find("503: overloaded"), std::string::npos) << reason;
  EXPECT_NE(reason.find("tried 4 times"), std::string::npos) << reason;
}

TEST_F(Client, GarbageIsNoAnswer) {
  for (const char* body : {"", "nonsense", "[]", "{}", R"({"choices": []})", R"({"choices": [{"text": 5}]})",
                           R"({"choices": [7]})", "{\"choices\": [{\"text\": \"\\ud800\"}]}"}) {
    server_.script.assign(4, with(200, body));
    EXPECT_NE(why().find("no completion"), std::string::npos) << body;
  }
}

TEST_F(Client, ARequestThatIsRefusedForItselfIsNotAskedAgain) {
  server_.script = {with(400, R"({"error": {"message": "context_length_exceeded"}})")};
  EXPECT_NE(why().find("context_length_exceeded"), std::string::npos);
  EXPECT_EQ(server_.requests.size(), 1u);
}

TEST_F(Client, AModelThatWantsTheOtherNameOfTheLimitGetsIt) {
  server_.script = {
      with(400, R"({"error": {"message": "Use 'max_completion_tokens' instead.", "param": "max_tokens"}})")};
  EXPECT_EQ(text(), " 90");
  EXPECT_EQ(nlohmann::json::parse(server_.requests.at(1).body).at("max_completion_tokens"), 32);
  EXPECT_TRUE(waiting_.waits.empty());
}

TEST_F(Client, ARefusedKeyEndsTheAskingAndIsToldToNobody) {
  EndpointOptions all = options();
  server_.script = {with(401, R"({"error": {"message": "wants a key"}})")};
  EXPECT_NE(error<InputError>(all).find("wants an API key HINT"), std::string::npos);
  all.key = ApiKey("sk-secret");
  server_.script = {with(401, R"({"error": {"message": "sk-secret is wrong"}})")};
  const std::string refused = error<InputError>(all);
  EXPECT_NE(refused.find("does not take this API key"), std::string::npos) << refused;
  EXPECT_EQ(refused.find("sk-secret"), std::string::npos) << refused;
  server_.script = {with(400, R"({"error": {"message": "sk-secret asks too much"}})")};
  EXPECT_EQ(std::get<Unanswered>(ask(all)).why.find("sk-secret"), std::string::npos);
}

TEST_F(Client, NoKeyIsToldThatAServerRepeatsInALocation) {
  EndpointOptions all = options();
  all.key = ApiKey("sk-secret");
  server_.script = {with(307, "", {{"Location", "http://elsewhere/sk-secret"}})};
  EXPECT_EQ(error<InputError>(all).find("sk-secret"), std::string::npos);
}

TEST_F(Client, ALongMessageIsCutBetweenCharacters) {
  std::string message = "a";
  for (int i = 0; i < 200; ++i) message += "é";
  server_.script = {with(400, nlohmann::json{{"error", {{"message", message}}}}.dump())};
  const std::string reason = why();
  EXPECT_TRUE(reason.ends_with("é …")) << reason;
  EXPECT_NO_THROW(nlohmann::json(reason).dump());
}

TEST_F(Client, WhatNoRequestCanMendEndsTheAskingWithWhatToDo) {
  server_.script = {with(404, R"({"error": {"message": "no model m"}})")};
  EXPECT_NE(error<InputError>(options()).find("no model m HINT"), std::string::npos);
  server_.script = {with(405, "<html>", {}, "text/html")};
  EXPECT_NE(error<InputError>(options()).find("web page"), std::string::npos);
  server_.script = {with(307, "", {{"Location", "http://elsewhere/v1"}})};
  EXPECT_NE(error<InputError>(options()).find("http://elsewhere/v1"), std::string::npos);
  server_.script = {with(429, R"({"error": {"message": "pay", "code": "insufficient_quota"}})")};
  EXPECT_NE(error<Error>(options()).find("quota"), std::string::npos);
  EXPECT_EQ(server_.requests.size(), 4u);  // none was asked twice
}

TEST_F(Client, AServerThatIsTooSlowIsGivenUpAfterThreeTimes) {
  std::promise<void> over;
  const auto end = over.get_future().share();
  server_.script.assign(3, [end](const httplib::Request&, httplib::Response& response) {
    end.wait();
    response.status = 200;
  });
  EndpointOptions all = options();
  all.times.answer_seconds = 0.02;
  const std::string reason = std::get<Unanswered>(ask(all)).why;
  over.set_value();
  EXPECT_NE(reason.find("no whole answer in 0.02 seconds (tried 3 times)"), std::string::npos) << reason;
}

TEST_F(Client, WhereNobodyIsThereTheAskingEnds) {
  EndpointOptions all = options();
  all.address.port = 1;  // nobody listens there
  EXPECT_NE(error<Error>(all).find("takes no connection, tried 4 times HINT"), std::string::npos);
}

TEST_F(Client, OneWhoSpeaksNoTlsIsToldFrom) {
  EndpointOptions all = options();
  all.address.encrypted = true;
  EXPECT_NE(error<Error>(all).find("HINT a server on this machine is mostly asked by http://"),
            std::string::npos);
}

TEST_F(Client, StopEndsTheAsking) {
  server_.script.assign(2, with(503, ""));
  waiting_.stop();
  EXPECT_THROW(ask(options()), Interrupted);
}

class Check : public Client {
 protected:
  std::string check(const std::string& model, const ScriptedServer::Answer& models) {
    server_.models = models;
    try {
      EndpointClient(options(), waiting_).check(model);
      return "";
    } catch (const Error& error) {
      return std::string(error.what()) + " HINT " + error.hint();
    }
  }
};

TEST_F(Check, AModelThatTheServerHasNotIsRefusedWithThoseThatItHas) {
  EXPECT_EQ(check("n", server_.models), "");
  EXPECT_EQ(check("o", server_.models), "--model o: the server has no model of that name HINT it has m, n");
}

TEST_F(Check, AServerWithoutAListIsBelieved) {
  EXPECT_EQ(check("o", with(404, R"({"error": "no such path"})")), "");
  EXPECT_EQ(check("o", with(503, "")), "");
  EXPECT_EQ(check("o", with(200, R"({"data": []})")), "");
}

TEST_F(Check, WhatIsNoSuchServerIsRefused) {
  EXPECT_NE(check("m", with(200, "<html>", {}, "text/html")).find("web page"), std::string::npos);
  EXPECT_NE(check("m", with(404, "<html>", {}, "text/html")).find("web page"), std::string::npos);
  EXPECT_NE(check("m", with(200, "[]")).find("not a list of models"), std::string::npos);
  EXPECT_NE(check("m", with(403, "{}")).find("API key"), std::string::npos);
}

}  // namespace
}  // namespace pbb

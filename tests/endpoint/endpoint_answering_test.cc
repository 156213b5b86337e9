// Whole arms asked of a server: what is sent, what is kept, what a second asking asks.
#include "endpoint/endpoint_answering.h"

#include <gtest/gtest.h>

#include <map>

#include "base/cancellation.h"
#include "base/error.h"
#include "base/file.h"
#include "base/temporary_folder.h"
#include "endpoint/scripted_server.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

AskedPrompt prompt_of(const std::string& text, AnswerForm form = AnswerForm::direct,
                      bool source_given = false) {
  return {.question = {.tokens = {}, .text = text}, .asked = {form, source_given}};
}

class EndpointArmTest : public testing::Test {
 protected:
  std::vector<PromptAnswer> ask(const std::vector<AskedPrompt>& prompts, EndpointArm arm = {}) {
    EndpointOptions all;
    all.address = server_.address();
    all.pacing.retries = 1;
    NoWaiting waiting;
    EndpointClient client(all, waiting);
    AnswerJournal journal(file(), {{"model", "m"}, {"max_new_tokens", arm.max_new_tokens}});
    arm.model = "m";
    EndpointAnswering answering(client, journal, waiting, arm);
    return answering.answers(prompts);
  }
  fs::path file() const { return folder_ / "answers/arm.jsonl"; }
  json asked(std::size_t request) const { return json::parse(server_.requests.at(request).body); }

  TemporaryFolder folder_;
  // The answer is the prompt, said again.
  ScriptedServer server_{[](const httplib::Request& request, httplib::Response& response) {
    says(json::parse(request.body).at("prompt"))(request, response);
  }};
};

std::vector<AskedPrompt> many_prompts(int count) {
  std::vector<AskedPrompt> prompts;
  for (int i = 0; i < count; ++i) prompts.push_back(prompt_of(std::to_string(i)));
  return prompts;
}

TEST_F(EndpointArmTest, EachPromptGetsItsOwnAnswerHoweverManyAreAskedAtOnce) {
  const auto prompts = many_prompts(50);
  for (const int concurrency : {1, 16, 200}) {
    const auto answers = ask(prompts, {.concurrency = concurrency});
    for (std::size_t i = 0; i < prompts.size(); ++i) EXPECT_EQ(answers[i].text, prompts[i].question.text);
  }
  EXPECT_EQ(server_.requests.size(), 50u);  // the second and third time all were known
}

TEST_F(EndpointArmTest, NoMoreAreAskedAtOnceThanIsAllowed) {
  std::mutex mutex;
  int now = 0, most = 0;
  server_.script.assign(30, [&](const httplib::Request& request, httplib::Response& response) {
    {
      const std::lock_guard lock(mutex);
      most = std::max(most, ++now);
    }
    says("x")(request, response);
    const std::lock_guard lock(mutex);
    --now;
  });
  ask(many_prompts(30), {.concurrency = 3});
  EXPECT_LE(most, 3);
}

TEST_F(EndpointArmTest, WhatWasNotAnsweredIsAskedAgainAndNothingElse) {
  server_.script.assign(2, with(500, ""));
  const auto prompts = many_prompts(3);
  const auto first = ask(prompts, {.concurrency = 1});
  EXPECT_NE(first[0].failure.find("500"), std::string::npos);
  EXPECT_EQ(first[1].text, "1");
  const auto second = ask(prompts, {.concurrency = 1});
  EXPECT_EQ(second[0].text, "0");
  EXPECT_EQ(server_.requests.size(), 5u);
  EXPECT_EQ(asked(4).at("prompt"), "0");
}

TEST_F(EndpointArmTest, AServerThatIsGoneEndsTheAskingAndWhatWasAnsweredIsKept) {
  server_.script = {says("0"), says("1")};
  for (int i = 0; i < 100; ++i) server_.script.push_back(with(500, ""));
  const auto prompts = many_prompts(60);
  EXPECT_THROW(ask(prompts, {.concurrency = 1}), Error);
  server_.script.clear();
  const std::size_t before = server_.requests.size();
  ask(prompts, {.concurrency = 1});
  EXPECT_EQ(server_.requests.size() - before, 58u);
}

TEST_F(EndpointArmTest, AnAnswerCutShortByAKillIsAskedForAgain) {
  const auto prompts = many_prompts(2);
  ask(prompts, {.concurrency = 1});
  const std::string whole = read_file(file());
  write_file(file(), whole.substr(0, whole.size() - 5));
  ask(prompts, {.concurrency = 1});
  EXPECT_EQ(read_file(file()), whole);
}

TEST_F(EndpointArmTest, AnswersOfAnotherModelOrLimitAreNotTakenForTheseOnes) {
  ask(many_prompts(1));
  try {
    ask(many_prompts(1), {.max_new_tokens = 7});
    FAIL();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("max_new_tokens = 160, now it is 7"), std::string::npos)
        << error.what();
    EXPECT_NE(error.hint().find("--as"), std::string::npos);
  }
}

TEST_F(EndpointArmTest, AnAnswerEndsWhereOurEngineWouldHaveEndedIt) {
  server_.script = {says("\n 90\nDef and so on", "length"), says(" 9", "length")};
  const auto answers = ask(many_prompts(2), {.concurrency = 1});
  EXPECT_EQ(answers[0].text, "\n 90");
  EXPECT_FALSE(answers[0].cut);
  EXPECT_EQ(answers[1].text, " 9");
  EXPECT_TRUE(answers[1].cut);
}

TEST_F(EndpointArmTest, AModelGoesOnFromEachResultThatItHadWrong) {
  server_.script = {says(" x = 5 + 13 = 19; return 19"), says(" return 18")};
  const auto answers = ask({prompt_of("Q\nTrace:", AnswerForm::assisted, true)});
  EXPECT_EQ(answers[0].text, " x = 5 + 13 = 18; return 18");
  EXPECT_EQ(asked(1).at("prompt"), "Q\nTrace: x = 5 + 13 = 18;");
}

TEST_F(EndpointArmTest, AnotherModelRunsWhatWasRecited) {
  server_.script = {says("(x):\n    return x\nTrace: return 9"), says(" return 5")};
  const auto answers = ask({prompt_of("Q\ndef f", AnswerForm::recite)}, {.executor_model = "n"});
  EXPECT_EQ(answers[0].text, "(x):\n    return x\nTrace: return 5");
  EXPECT_EQ(asked(0).at("model"), "m");
  EXPECT_EQ(asked(1).at("model"), "n");
  EXPECT_EQ(asked(1).at("prompt"), "Q\ndef f(x):\n    return x\nTrace:");
}

TEST_F(EndpointArmTest, ASignalEndsTheAsking) {
  server_.script.assign(1, [](const httplib::Request& request, httplib::Response& response) {
    request_cancellation();
    says("0")(request, response);
  });
  EXPECT_THROW(ask(many_prompts(400), {.concurrency = 1}), Interrupted);
  clear_cancellation();
}

}  // namespace
}  // namespace pbb

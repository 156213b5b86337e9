// Packages of rules that take each other's place while the server goes on.
#include <fmt/format.h>

#include "base/json_lines.h"
#include "decisions/log_files.h"
#include "decisions/record.h"
#include "server/served.h"

namespace pbb {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

class Packages : public Served {
 protected:
  Packages() {
    link_to("m");
    options_.model = (folder_ / "current").string();
    options_.audit = (folder_ / "log.jsonl").string();
  }
  // A folder with one rule, whose model chooses other words.
  void make_package(const std::string& name, const std::string& body) {
    save_model(folder_ / name, byte_decoder(4096, 2, DataType::f32, 259), chat_tokenizer());
    const RuleEntry rules[] = {served_rule("fee", "x, extra=0", body, {"x", "extra"}, 1)};
    Registry(folder_ / name, Database::Mode::write).add(rules);
  }
  void link_to(const std::string& name) {
    fs::create_directory_symlink(folder_ / name, folder_ / "link");
    fs::rename(folder_ / "link", folder_ / "current");
  }
  // Until it is known what came of it.
  bool switched(const std::string& result = "switched") {
    const std::string series = fmt::format("pbb_reloads_total{{result=\"{}\"}}", result);
    const double before = metric(series);
    tell(reload_);
    for (int i = 0; i < 2000; ++i) {
      if (metric(series) > before) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }
  Answer fee(int x) const { return post("/v1/rules/fee/ask", {{"arguments", {{"x", x}}}}); }
  std::vector<json> log() const {
    std::vector<json> records;
    read_json_lines(options_.audit, [&](const json& record, int) { records.push_back(record); });
    return records;
  }
};

TEST_F(Packages, ANewOneAnswersFromThenOnAndTheLogSaysWhichDid) {
  make_package("m2", "    return 70\n");
  start();
  const Answer before = fee(11);
  EXPECT_EQ(before.body.at("answer").at("value"), 5);
  const json models = get("/v1/models").body.at("data").at(0);
  EXPECT_EQ(models.at("package"), before.body.at("package"));
  link_to("m2");
  EXPECT_EQ(fee(11).body.at("answer").at("value"), 5);
  ASSERT_TRUE(switched());
  const Answer after = fee(11);
  EXPECT_EQ(after.body.at("answer").at("value"), 70);
  EXPECT_NE(after.body.at("package"), before.body.at("package"));
  const json models_after = get("/v1/models").body.at("data").at(0);
  EXPECT_EQ(models_after.at("package"), after.body.at("package"));
  EXPECT_EQ(models_after.at("id"), "current");  // clients go on asking for what they asked for
  EXPECT_EQ(models_after.at("rules"), 1);
  EXPECT_EQ(get("/v1/rules/check").status, 404);
  stop();
  EXPECT_EQ(verify_log(options_.audit).broken_line, 0);
  const std::vector<json> records = log();
  ASSERT_EQ(records.size(), 5U);
  EXPECT_EQ(records[0].at("package"), before.body.at("package"));
  EXPECT_EQ(records[2].at("model").at("package"), before.body.at("package"));
  EXPECT_EQ(records[3].at("kind"), "switched");
  EXPECT_EQ(records[3].at("package"), after.body.at("package"));
  EXPECT_TRUE(records[3].at("folder").get<std::string>().ends_with("/m2"));
  EXPECT_EQ(records[4].at("model").at("package"), after.body.at("package"));
}

TEST_F(Packages, WhatWasBegunIsAnsweredByTheOneThatItWasBegunWith) {
  make_package("m2", "    return 70\n");
  start();
  const json body = {{"prompt", "hello"}, {"max_tokens", 900}, {"temperature", 0}};
  const std::string by_first = post("/v1/completions", body).body.at("choices").at(0).at("text");
  json streamed = body;
  streamed["stream"] = true;
  std::promise<void> begun;
  auto whole = std::async(std::launch::async, [&] {
    std::string text;
    httplib::Client one = client();
    httplib::Request request;
    request.method = "POST";
    request.path = "/v1/completions";
    request.body = streamed.dump();
    request.set_header("Content-Type", "application/json");
    request.content_receiver = [&](const char* bytes, std::size_t size, std::uint64_t, std::uint64_t) {
      if (text.empty()) begun.set_value();
      text.append(bytes, size);
      return true;
    };
    EXPECT_TRUE(one.send(request));
    return text;
  });
  begun.get_future().wait();
  link_to("m2");
  ASSERT_TRUE(switched());
  const std::string by_second = post("/v1/completions", body).body.at("choices").at(0).at("text");
  std::string text;
  for (const json& chunk : events_of(whole.get()).chunks)
    text += chunk.at("choices").at(0).at("text").get<std::string>();
  EXPECT_EQ(text, by_first);
  EXPECT_NE(text, by_second);
}

TEST_F(Packages, OneThatCannotBeServedLeavesTheOneBeforeServing) {
  start();
  const json package = get("/v1/models").body.at("data").at(0).at("package");
  fs::create_directory(folder_ / "empty");
  link_to("empty");
  EXPECT_TRUE(switched("refused"));
  save_model(folder_ / "plain", chat_decoder(), chat_tokenizer());  // without rules
  link_to("plain");
  EXPECT_TRUE(switched("refused"));
  make_package("damaged", "    return 70\n");
  write_file(folder_ / "damaged" / "registry.sqlite", "no database");
  link_to("damaged");
  EXPECT_TRUE(switched("refused"));
  make_package("weightless", "    return 70\n");
  fs::remove(folder_ / "weightless" / "model.safetensors");
  link_to("weightless");
  EXPECT_TRUE(switched("refused"));
  fs::remove(folder_ / "current");
  EXPECT_TRUE(switched("refused"));
  EXPECT_EQ(fee(11).body.at("answer").at("value"), 5);
  EXPECT_EQ(get("/v1/models").body.at("data").at(0).at("package"), package);
  stop();
  for (const json& record : log()) EXPECT_NE(record.at("kind"), "switched");
}

TEST_F(Packages, ChangeManyTimesUnderClientsThatAskOnWithoutAWrongOrALostAnswer) {
  make_package("m2", "    return 70 + x\n");
  start();
  const std::string first = fee(0).body.at("package");
  std::atomic<bool> ends = false;
  std::vector<std::future<int>> clients;
  for (int c = 0; c < 4; ++c) {
    clients.push_back(std::async(std::launch::async, [&, c] {
      int right = 0;
      for (int x = 11 + c; !ends; ++x) {
        const Answer answer = fee(x);
        EXPECT_EQ(answer.status, 200) << answer.body;
        if (answer.status != 200) break;
        EXPECT_EQ(answer.body.at("answer").at("value"), answer.body.at("package") == first ? 5 : 70 + x);
        ++right;
      }
      return right;
    }));
  }
  for (int i = 0; i < 6; ++i) {
    link_to(i % 2 == 0 ? "m2" : "m");
    EXPECT_TRUE(switched());
  }
  ends = true;
  int asked = 1;
  for (auto& one : clients) asked += one.get();
  stop();
  EXPECT_EQ(verify_log(options_.audit).broken_line, 0);
  EXPECT_EQ(verify_log(options_.audit).decisions, asked);
}

TEST_F(Packages, TheLogGoesOnInANewFileWhenItIsAsked) {
  start();
  EXPECT_EQ(fee(11).status, 200);
  tell(next_log_);
  for (int i = 0; i < 1000 && newest_log_part(options_.audit) == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(fee(12).status, 200);
  stop();
  EXPECT_EQ(verify_log(options_.audit).broken_line, 0);
  EXPECT_EQ(verify_log(options_.audit).files, 2);
  EXPECT_EQ(log().size(), 2U);
  EXPECT_EQ(log().at(0).at("package"), log().at(1).at("model").at("package"));
}

}  // namespace
}  // namespace pbb

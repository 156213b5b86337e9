// Decisions about rules over HTTP.
#include "decisions/decision_log.h"
#include "server/served.h"

namespace pbb {
namespace {

using nlohmann::json;

class Rules : public Served {
 protected:
  Answer ask(const std::string& rule, const json& arguments) const {
    return post("/v1/rules/" + rule + "/ask", {{"arguments", arguments}});
  }
};

TEST_F(Rules, AreListedWithSignatureAndShownWithSourceAndCertificate) {
  start();
  const Answer list = get("/v1/rules");
  ASSERT_EQ(list.body.at("data").size(), 3U);
  const json& fee = list.body.at("data").at(1);
  EXPECT_EQ(fee.at("name"), "fee");
  EXPECT_EQ(fee.at("signature"), "fee(x, extra=0)");
  EXPECT_EQ(fee.at("version"), 1);
  EXPECT_EQ(fee.at("status"), "valid");
  EXPECT_EQ(fee.at("parameters").at(0), (json{{"name", "x"}, {"required", true}}));
  const Answer shown = get("/v1/rules/fee");
  EXPECT_TRUE(shown.body.at("source").get<std::string>().starts_with("def fee(x, extra=0):"));
  EXPECT_EQ(shown.body.at("certificate").at("recall").at("recalled"), true);
  EXPECT_EQ(get("/v1/rules/fei").status, 404);
  EXPECT_EQ(get("/v1/rules/fei").body.at("error").at("code"), "rule_not_found");
}

// The model knows nothing, so the rule answers; what it says is never passed off as checked.
TEST_F(Rules, AreAnsweredByTheProgramWhereTheModelIsWrongAndItIsSaid) {
  options_.audit = (folder_ / "log.jsonl").string();
  start();
  const Answer answer = ask("fee", {{"x", 11}, {"extra", 2}});
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.body.at("answer"), (json{{"value", 7}, {"text", "7"}}));
  EXPECT_EQ(answer.body.at("answered_by"), "program");
  EXPECT_EQ(answer.body.at("checked"), true);
  EXPECT_NE(answer.body.at("reason"), "agrees");
  EXPECT_EQ(answer.body.at("recalled_source").at("verbatim"), false);
  EXPECT_EQ(answer.body.at("call"), "fee(11, 2)");
  EXPECT_FALSE(answer.body.at("program_steps").empty());
  EXPECT_EQ(answer.body.at("decision_id"), answer.headers.find("X-PBB-Decision-Id")->second);
  EXPECT_EQ(ask("fee", {{"x", 3}}).body.at("answer").at("value"), 2);
  EXPECT_EQ(ask("check", {{"x", -1}}).body.at("answer"),
            (json{{"raises", "ValueError"}, {"text", "raises ValueError"}}));
  EXPECT_EQ(ask("check", {{"x", {{"$python", "(1, 2)"}}}}).body.at("answer").at("raises"), "TypeError");
  const Answer none = ask("odd", {{"x", 1}});  // what it returns is no plain value
  EXPECT_EQ(none.status, 422) << none.body;
  EXPECT_EQ(none.body.at("error").at("code"), "no_outcome");
  EXPECT_EQ(ask("check", {{"x", 1.0}}).body.at("answer").at("text"), "[1.0, (1.0, 1)]");
  stop();
  const LogCheck check = verify_log(options_.audit);
  EXPECT_EQ(check.broken_line, 0);
  EXPECT_EQ(check.decisions, 5);
  EXPECT_NE(read_file(options_.audit).find(answer.body.at("decision_id").get<std::string>()),
            std::string::npos);
}

TEST_F(Rules, UnguardedAnAnswerIsNotSaidToBeChecked) {
  options_.guard = Guard::model;
  start();
  const Answer answer = ask("fee", {{"x", 11}});
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.body.at("checked"), false);
  EXPECT_EQ(answer.body.at("program_steps"), json::array());
  EXPECT_TRUE(answer.body.at("program_answer").is_null());
  for (const json& step : answer.body.at("steps")) EXPECT_EQ(step.at("verdict"), "unchecked");
}

TEST_F(Rules, ArgumentsThatDoNotFitAreRefusedByName) {
  start();
  const json wrong[] = {json::object(),
                        {{"y", 1}},
                        {{"x", 1}, {"z", 2}},
                        {{"x", {{"$python", "open('/etc/passwd')"}}}},
                        {{"x", 1e300}}};
  for (const json& arguments : wrong) {
    const Answer answer = ask("fee", arguments);
    EXPECT_EQ(answer.status, 400) << arguments;
    EXPECT_EQ(answer.body.at("error").at("param"), "arguments");
  }
  EXPECT_EQ(post("/v1/rules/fee/ask", {{"arguments", {1}}}).status, 400);
  EXPECT_EQ(
      post("/v1/rules/fee/ask", {{"arguments", {{"x", 1}}}, {"guard", "model"}}).body.at("error").at("param"),
      "guard");
  EXPECT_EQ(post("/v1/rules/fei/ask", {{"arguments", {{"x", 1}}}}).status, 404);
}

TEST_F(Rules, ADecisionThatCannotBeLoggedIsNotGiven) {
  options_.audit = (folder_ / "log.jsonl").string();
  start();
  EXPECT_EQ(ask("fee", {{"x", 3}}).status, 200);
  std::filesystem::rename(options_.audit, folder_ / "moved.jsonl");
  const Answer refused = ask("fee", {{"x", 3}});
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.body.at("error").at("code"), "log_unavailable");
  EXPECT_FALSE(refused.body.contains("answer"));
  EXPECT_EQ(metric("pbb_decisions_not_logged_total"), 1);
  std::filesystem::rename(folder_ / "moved.jsonl", options_.audit);
  EXPECT_EQ(ask("fee", {{"x", 3}}).status, 200);
  stop();
  EXPECT_EQ(verify_log(options_.audit).decisions, 2);
}

TEST_F(Rules, ManyAskedAtOnceAreEachLoggedOnceInOneChain) {
  options_.audit = (folder_ / "log.jsonl").string();
  options_.masked = {"extra"};
  start();
  std::vector<std::future<Answer>> answers;
  for (int i = 0; i < 16; ++i) {
    answers.push_back(std::async(std::launch::async, [&, i] {
      return ask("fee", {{"x", i}, {"extra", 40000 + i}});
    }));
  }
  for (int i = 0; i < 16; ++i) {
    const Answer answer = answers[static_cast<std::size_t>(i)].get();
    EXPECT_EQ(answer.body.at("answer").at("value"), i > 10 ? 5 + 40000 + i : 2);
  }
  stop();
  EXPECT_EQ(verify_log(options_.audit).broken_line, 0);
  EXPECT_EQ(verify_log(options_.audit).decisions, 16);
  EXPECT_EQ(read_file(options_.audit).find(":40003"), std::string::npos);
}

}  // namespace
}  // namespace pbb

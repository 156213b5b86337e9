// pbb eval --endpoint, against our own server and one that is none.
#include <nlohmann/json.hpp>

#include "base/json_lines.h"
#include "cli/program.h"

namespace pbb {
namespace {

class EvalEndpointTest : public ProgramTest {
 protected:
  ~EvalEndpointTest() override {
    if (server_ <= 0) return;
    kill(server_, SIGTERM);
    waitpid(server_, nullptr, 0);
  }
  // Serves MODEL under the name "m".
  void serve(const std::string& model) {
    const std::string out = path("served").string();
    server_ = start({"serve", path(model).string(), "--port", "0", "--name", "m"}, out);
    ASSERT_TRUE(wait_for(out, server_));
    const std::string begin = "listening on ";
    std::string said;
    while (!said.ends_with('\n')) {
      ASSERT_EQ(waitpid(server_, nullptr, WNOHANG), 0) << read_file(path("stderr"));
      sched_yield();
      said = read_file(out);
    }
    address_ = said.substr(begin.size(), said.size() - begin.size() - 1);
  }
  Outcome eval(const std::string& what, const std::vector<std::string>& more,
               const std::string& model = "m") const {
    std::vector<std::string> arguments{"eval",           path(what).string(), "--endpoint",
                                       address_ + "/v1", "--model",           model};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }
  std::vector<nlohmann::json> answers(const std::string& run, const std::string& arm) const {
    std::vector<nlohmann::json> lines;
    read_json_lines(path(run) / "eval" / (arm + ".jsonl"),
                    [&](const nlohmann::json& line, int) { lines.push_back(line); });
    return lines;
  }

  pid_t server_ = -1;
  std::string address_ = "http://127.0.0.1:1";
};

TEST_F(EvalEndpointTest, AServerOfTheRunsModelAnswersAsOurEngineDidAndTheReportHasBoth) {
  ASSERT_EQ(run(run_arguments("run")).code(), 0);
  serve("run");
  const Outcome outcome = eval("run", {"--arm", "trained"});
  ASSERT_EQ(outcome.code(), 0) << outcome.err;
  EXPECT_EQ(answers("run", "trained-at-m"), answers("run", "trained"));
  const std::string report = read_file(path("run") / "report.html");
  EXPECT_NE(report.find("trained-at-m"), std::string::npos);
  EXPECT_NE(report.find("m at " + address_), std::string::npos);
  EXPECT_EQ(read_json(path("run") / "summary.json").at("arms").size(), 5u);

  // What is there is not asked for again, whoever is there now; and the run is what it was.
  kill(server_, SIGTERM);
  waitpid(server_, nullptr, 0);
  server_ = -1;
  EXPECT_EQ(run({"eval", path("run").string()}).code(), 0);
  EXPECT_EQ(run({"report", path("run").string()}).code(), 0);
  EXPECT_EQ(read_json(path("run") / "summary.json").at("arms").size(), 5u);
  EXPECT_NE(read_file(path("run") / "report.html").find("trained-at-m"), std::string::npos);
}

TEST_F(EvalEndpointTest, ARecipeIsAskedWithoutItsModel) {
  serve("model");
  const Outcome outcome = eval("tiny.toml", {"model=absent", "--out", path("asked").string(), "--arm",
                                             "untrained", "--arm", "in-context"});
  ASSERT_EQ(outcome.code(), 0) << outcome.err;
  EXPECT_EQ(answers("asked", "untrained-at-m").size(), 24u);
  EXPECT_TRUE(fs::exists(path("asked") / "report.html"));
  EXPECT_FALSE(fs::exists(path("asked") / "stages"));
}

TEST_F(EvalEndpointTest, WhatIsWrongIsSaidBeforeAnythingIsWritten) {
  const auto refused = [&](const Outcome& outcome, int code, const std::string& message) {
    EXPECT_EQ(outcome.code(), code) << outcome.err;
    EXPECT_NE(outcome.err.find(message), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find("HINT"), std::string::npos) << outcome.err;
    EXPECT_FALSE(fs::exists(path("out")));
  };
  const std::vector<std::string> out{"--out", path("out").string()};
  const auto with_out = [&](std::vector<std::string> more) {
    more.insert(more.end(), out.begin(), out.end());
    return more;
  };
  refused(eval("tiny.toml", out), 1, "127.0.0.1:1 takes no connection");
  serve("model");
  refused(eval("tiny.toml", out, "another"), 2, "the server has no model of that name");
  refused(eval("tiny.toml", with_out({"--arm", "none"})), 2, "the recipe has no arm of that name");
  refused(eval("tiny.toml", with_out({"--as", "Not Plain"})), 2, "not a plain name");
  refused(eval("tiny.toml", with_out({"--as", "untrained"})), 2, "the recipe has an arm of that name");
  refused(eval("tiny.toml", with_out({"--api-key-env", "PBB_NO_SUCH_KEY"})), 2, "no environment variable");
  refused(eval("tiny.toml", with_out({"--retries", "1000"})), 2, "out of range");
  refused(eval("model", {}), 2, "not a run's folder");
  refused(run({"eval", path("tiny.toml").string(), "--endpoint", "ftp://host", "--model", "m"}), 2,
          "neither http");
  refused(run({"eval", path("tiny.toml").string(), "--endpoint", address_}), 2, "--model is missing");
}

TEST_F(EvalEndpointTest, AKeyIsInNoFileAndNoMessage) {
  write_file(path("key"), "sk-of-a-test\n");
  serve("model");
  const Outcome outcome = eval("tiny.toml", {"--out", path("asked").string(), "--arm", "untrained",
                                             "--api-key-file", path("key").string()});
  ASSERT_EQ(outcome.code(), 0) << outcome.err;
  EXPECT_EQ((outcome.out + outcome.err).find("sk-of-a-test"), std::string::npos);
  for (const auto& entry : fs::recursive_directory_iterator(path("asked"))) {
    const std::string text = entry.is_regular_file() ? read_file(entry.path()) : "";
    EXPECT_EQ(text.find("sk-of-a-test"), std::string::npos) << entry;
  }
}

}  // namespace
}  // namespace pbb

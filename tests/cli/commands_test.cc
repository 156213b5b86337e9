// inspect, train, eval and ask as their users run them, each with every option that it has.
#include <map>
#include <nlohmann/json.hpp>

#include "base/json_lines.h"
#include "cli/program.h"

namespace pbb {
namespace {

using nlohmann::json;

class CommandsTest : public ProgramTest {
 protected:
  static void expect(const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << text << "\nlacks " << part;
  }
  static int count(const std::string& text, const std::string& part) {
    int found = 0;
    for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++found;
    return found;
  }
  std::vector<std::string> answers(const std::string& out) const {
    std::vector<std::string> files;
    for (const char* arm : {"untrained", "in-context", "before-source", "trained"})
      files.push_back(read_file(path(out) / "eval" / (std::string(arm) + ".jsonl")));
    return files;
  }
  Outcome ask(const std::string& model, const std::string& call,
              const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments{"ask", path(model).string(), call};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }
};

TEST_F(CommandsTest, InspectShowsTheStepsAndTokensThatAreTrainedOnAndWritesNothing) {
  const std::string recipe = path("tiny.toml").string();
  const Outcome shown = run({"inspect", recipe, "--examples", "3"});
  ASSERT_EQ(shown.code(), 0) << shown.err;
  const json stages = json::parse(run({"estimate", recipe, "--no-time", "--json"}).out).at("stages");
  for (const json& stage : stages) {
    expect(shown.out, fmt::format("stage {}: {} steps, {} tokens, {} trained on\n",
                                  stage.at("name").get<std::string>(), stage.at("steps").get<int>(),
                                  stage.at("tokens").get<int>(), stage.at("trained_tokens").get<int>()));
  }
  // Three examples of each stage; what is trained on is marked in each, without a terminal's colours.
  EXPECT_EQ(count(shown.out, ", template "), 6) << shown.out;
  EXPECT_EQ(count(shown.out, "⟦"), 6) << shown.out;
  EXPECT_EQ(shown.out.find('\x1b'), std::string::npos);
  // Of an execution the question is given and the answer trained on.
  const std::size_t execution = shown.out.find("execution of ");
  ASSERT_NE(execution, std::string::npos) << shown.out;
  const std::string text = shown.out.substr(execution, shown.out.find("⟧", execution) - execution);
  EXPECT_LT(text.find('('), text.find("⟦")) << text;
  EXPECT_GT(text.find("return"), text.find("⟦")) << text;
  EXPECT_EQ(text.find("def "), std::string::npos) << text;
  EXPECT_NE(run({"inspect", recipe, "--examples", "3", "--colour"}).out.find("\x1b["), std::string::npos);
  expect(run({"inspect", recipe, "--examples", "1", "stage.1.epochs=2"}).out, "stage 1: 20 steps");
  for (const auto& entry : fs::directory_iterator(path(""))) {
    const std::string name = entry.path().filename().string();
    EXPECT_TRUE(name == "model" || name == "tiny.toml" || name == "stdout" || name == "stderr") << name;
  }
}

TEST_F(CommandsTest, TrainThenEvalThenReportIsRun) {
  ASSERT_EQ(run(run_arguments("whole")).code(), 0);
  auto train = run_arguments("parts");
  train[0] = "train";
  const Outcome trained = run(train);
  ASSERT_EQ(trained.code(), 0) << trained.err;
  EXPECT_EQ(trained.out, path("parts").string() + "\n");
  EXPECT_FALSE(fs::exists(path("parts/eval")));
  EXPECT_EQ(weights("parts"), weights("whole"));
  const Outcome asked = run({"eval", path("parts").string(), "--quiet"});
  ASSERT_EQ(asked.code(), 0) << asked.err;
  EXPECT_EQ(answers("parts"), answers("whole"));
  fs::remove(path("parts/report.html"));
  fs::remove(path("parts/summary.json"));
  const Outcome reported = run({"report", path("parts").string()});
  ASSERT_EQ(reported.code(), 0) << reported.err;
  EXPECT_EQ(reported.out, asked.out);
  EXPECT_EQ(read_file(path("parts/summary.json")), read_file(path("whole/summary.json")));
  EXPECT_TRUE(fs::exists(path("parts/report.html")));
  const Outcome refused = run({"eval", path("parts").string(), "seed=2"});
  EXPECT_EQ(refused.code(), 2);
  expect(refused.err, "neither overrides nor --out");
}

TEST_F(CommandsTest, AskTellsTheTruthOfTheCorpusThatItIsGiven) {
  ASSERT_EQ(run(run_arguments("run")).code(), 0);
  const std::string name = read_json(path("run/corpus/corpus.json")).at("programs")[0].at("name");
  json known;
  read_json_lines(path("run/corpus/io") / (name + ".jsonl"), [&](const json& line, int) { known = line; });
  const std::string call = name + "(" + known.at("input")[0].get<std::string>() + ")";
  const std::string truth = "truth: " + known.at("output").get<std::string>() + "\n";
  expect(ask("run", call).out, truth);
  const Outcome unchecked = ask("model", call);  // any model: nothing is known of the program
  EXPECT_EQ(unchecked.code(), 0) << unchecked.err;
  EXPECT_EQ(unchecked.out.find("truth: "), std::string::npos) << unchecked.out;
  expect(unchecked.err, "not checked: give --corpus or --source");
  expect(ask("model", call, {"--corpus", path("run/corpus").string()}).out, truth);
  // The steps of a true trace, of which this model knows none: each is wrong, and what is right is shown.
  std::string steps;
  for (const json& line : known.at("trace")) steps += line.at("step").get<std::string>() + "; ";
  const Outcome traced = ask("run", call, {"--form", "trace"});
  EXPECT_EQ(count(traced.out, "right"), 0) << traced.out;
  EXPECT_GE(count(traced.out, "WRONG"), 1) << traced.out;
  const std::string first_step = known.at("trace")[0].at("step");
  expect(traced.out, "(truly: " + first_step + ")");
}

TEST_F(CommandsTest, AskChecksAgainstAFileAndSaysWhatARaisingProgramRaises) {
  write_file(path("f.py"),
             "def f(x, y=2):\n    if x < 0:\n        raise ValueError('below 0')\n"
             "    return x * 10 + y\n");
  const std::vector<std::string> source{"--source", path("f.py").string(), "--form", "direct"};
  expect(ask("model", "f(5)", source).out, "truth: 52\n");
  expect(ask("model", "f(5, 'a')", source).out, "truth: raises TypeError\n");
  expect(ask("model", "f(-1)", source).out, "truth: raises ValueError\n");
  const Outcome endless = ask("model", "g(1)", source);
  EXPECT_EQ(endless.code(), 2) << endless.out;
  expect(endless.err, "comes to no outcome");
}

TEST_F(CommandsTest, AskCutsAnAnswerWhereItIsTold) {
  const auto said = [&](const std::string& tokens) {
    const Outcome outcome = ask("model", "f(5)", {"--form", "direct", "--max-new-tokens", tokens});
    EXPECT_EQ(outcome.code(), 0) << outcome.err;
    return outcome.out;
  };
  const std::string three = said("3"), thirty = said("30");
  EXPECT_LT(three.size(), thirty.size()) << three << thirty;
  EXPECT_EQ(ask("model", "f(5)", {"--max-new-tokens", "0"}).code(), 2);
  EXPECT_EQ(ask("model", "f(5)", {"--form", "sideways"}).code(), 2);
}

TEST_F(CommandsTest, AGuardIsForRegisteredRulesAlone) {
  const std::string log = path("log.jsonl").string();
  for (const std::vector<std::string>& more : std::vector<std::vector<std::string>>{
           {"--audit", log}, {"--mask", "x"}, {"--guard", "checked"}, {"--guard", "watchful"}}) {
    const Outcome outcome = ask("model", "f(5)", more);
    EXPECT_EQ(outcome.code(), 2) << more[0];
    expect(outcome.err, "HINT: ");
    EXPECT_FALSE(fs::exists(log));
  }
}

// B14: the message that there is no isolation names a flag, which every command that may print it has.
TEST_F(CommandsTest, EveryCommandThatRunsProgramsCanWaiveIsolation) {
  for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{{"make", "arithmetic"},
                                                                                       {"make", "rules"},
                                                                                       {"make", "import"},
                                                                                       {"check"},
                                                                                       {"run"},
                                                                                       {"train"},
                                                                                       {"eval"},
                                                                                       {"estimate"},
                                                                                       {"inspect"},
                                                                                       {"ask"},
                                                                                       {"learn"},
                                                                                       {"assess"},
                                                                                       {"serve"},
                                                                                       {"base"},
                                                                                       {"audit", "replay"},
                                                                                       {"export-data"}}) {
    std::vector<std::string> arguments = command;
    arguments.push_back("--help");
    expect(run(arguments).out, "--unsafe-no-isolation");
  }
  const std::string recipe = path("tiny.toml").string();
  const Outcome isolated = run({"inspect", recipe});
  const Outcome waived = run({"inspect", recipe, "--unsafe-no-isolation"});
  EXPECT_EQ(waived.code(), 0) << waived.err;
  EXPECT_EQ(waived.out, isolated.out);
  // In isolation a program sees no file of ours.
  write_file(path("seen.py"), fmt::format("def seen(x):\n    import os\n    return os.path.exists({:?})\n",
                                          path("tiny.toml").string()));
  const std::vector<std::string> source{"--source", path("seen.py").string(), "--form", "direct"};
  expect(ask("model", "seen(1)", source).out, "truth: False\n");
  auto unsafe = source;
  unsafe.push_back("--unsafe-no-isolation");
  expect(ask("model", "seen(1)", unsafe).out, "truth: True\n");
}

TEST_F(CommandsTest, ImportSplitsDrawsAndHoldsOutAsItIsAsked) {
  for (int i = 1; i <= 4; ++i) {
    const std::string name = fmt::format("rule{}", i);
    write_file(path("rules") / (name + ".py"),
               fmt::format("def {}(x):\n    total = 0\n    for i in range(x):\n        total = total + {}\n"
                           "    return total\n",
                           name, i));
    std::string inputs;
    for (int x = 0; x < 12; ++x) inputs += fmt::format("[{}]\n", x);
    write_file(path("rules") / (name + ".inputs.jsonl"), inputs);
  }
  const auto import = [&](const std::string& to, std::vector<std::string> more) {
    more.insert(more.begin(), {"make", "import", path("rules").string(), "--out", path(to).string()});
    const Outcome outcome = run(more);
    EXPECT_EQ(outcome.code(), 0) << outcome.err;
    return outcome.out;
  };
  const auto uses = [&](const std::string& corpus) {
    std::map<std::string, std::map<std::string, int>> found;
    for (const json& program : read_json(path(corpus) / "corpus.json").at("programs")) {
      const std::string name = program.at("name");
      read_json_lines(path(corpus) / "io" / (name + ".jsonl"),
                      [&](const json& line, int) { ++found[name][line.at("use").get<std::string>()]; });
    }
    return found;
  };
  expect(import("all", {"--source-only-share", "0"}), "4 programs, 4 with-IO and 0 source-only");
  expect(import("none", {"--source-only-share", "1"}), "4 programs, 0 with-IO and 4 source-only");
  import("few", {"--source-only-share", "0", "--train-inputs", "3", "--test-inputs", "2"});
  for (const auto& [name, use] : uses("few"))
    EXPECT_EQ(use, (std::map<std::string, int>{{"train", 3}, {"test", 2}})) << name;
  // A call with x = 4 takes more than 10 lines.
  expect(import("short", {"--max-trace-steps", "10"}), "left out");
  for (const auto& [name, use] : uses("short")) {
    read_json_lines(path("short/io") / (name + ".jsonl"),
                    [&](const json& line, int) { EXPECT_LE(line.at("trace").size(), 10U) << line; });
  }
  import("again", {"--seed", "1"});
  import("first", {});
  import("other", {"--seed", "2"});
  const auto corpus = [&](const std::string& name) { return read_file(path(name) / "corpus.json"); };
  EXPECT_EQ(corpus("again"), corpus("first"));
  EXPECT_NE(corpus("other"), corpus("first"));
}

}  // namespace
}  // namespace pbb

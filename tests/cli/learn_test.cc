// pbb learn as its user meets it: rules of their own, on a model of a few thousand weights without a base.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/json_lines.h"
#include "base/sha256.h"
#include "cli/program.h"
#include "decisions/database.h"

namespace pbb {
namespace {

class Learn : public ProgramTest {
 protected:
  Learn() {
    save_model(path("bytes"), byte_decoder(2048, 1), byte_tokenizer());
    rule("fee", "    if x > 10:\n        return 5\n    return 2\n");
    rule("rate", "    return x * 3\n");
  }
  void rule(const std::string& name, const std::string& body, const std::string& folder = "rules") const {
    fs::create_directories(path(folder));
    write_file(path(folder) / (name + ".py"), "def " + name + "(x):\n" + body);
  }
  std::vector<std::string> arguments(const std::string& out, const std::vector<std::string>& more = {},
                                     const std::string& folder = "rules") const {
    std::vector<std::string> all{"learn",       path(folder).string(),
                                 "--model",     path("bytes").string(),
                                 "--base",      "none",
                                 "--questions", "2",
                                 "--steps",     "3"};
    if (!out.empty()) all.insert(all.end(), {"--out", path(out).string()});
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  Outcome learn(const std::string& out, const std::vector<std::string>& more = {},
                const std::string& folder = "rules") const {
    return run(arguments(out, more, folder));
  }
  nlohmann::json certificate(const std::string& out, const std::string& name) const {
    return read_json(path(out) / "rules" / name / "certificate.json");
  }
  static void expect(const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << text << "\nlacks " << part;
  }
};

TEST_F(Learn, AFolderOfRulesBecomesAModelWithACertificateForEachRule) {
  write_file(path("rules/clock.py"), "import time\ndef clock(x):\n    return time.time() + x\n");
  const Outcome outcome = learn("m");
  ASSERT_EQ(outcome.code(), 0) << outcome.err;
  expect(outcome.out, "clock.py  refused   ");
  expect(outcome.out, "fee.py    accepted  fee: to be asked about 2 edge inputs");
  expect(outcome.out, "2 of 3 can be learnt");
  expect(outcome.out, "certificates: ");
  for (const char* name : {"fee", "rate"}) {
    const auto found = certificate("m", name);
    EXPECT_EQ(found.at("name"), name);
    EXPECT_EQ(found.at("source_sha256"), sha256(read_file(path("rules") / (std::string(name) + ".py"))));
    EXPECT_EQ(fs::path(found.at("file").get<std::string>()).filename().string(), std::string(name) + ".py");
    EXPECT_EQ(found.at("steps"), 3);
    EXPECT_GT(found.at("exposures"), 0);
    EXPECT_GT(found.at("tokens"), 0);
    EXPECT_FALSE(found.at("date").get<std::string>().empty());
    for (const char* form : {"plain", "assisted"})
      EXPECT_EQ(found.at(form).at("edge_inputs").at("of"), 2) << form;
    ASSERT_EQ(found.at("questions").size(), 2U);
    EXPECT_EQ(found.at("recall").at("verbatim").at("of"), 4);
    EXPECT_EQ(found.at("recall").at("recalled"), found.at("recall").at("verbatim").at("right") == 4);
  }
  // Both ways through the rule are asked about.
  const auto questions = certificate("m", "fee").at("questions");
  EXPECT_NE(questions[0].at("truth"), questions[1].at("truth")) << questions;
  // It is a run like any other.
  for (const char* file :
       {"recipe.toml", "corpus/source/fee.py", "stages/reading/result.json", "run.json", "report.html"})
    EXPECT_TRUE(fs::exists(path("m") / file)) << file;
  const Outcome asked = run({"ask", path("m").string(), "fee(11)"});
  EXPECT_EQ(asked.code(), 0) << asked.err;
  expect(asked.out, "source: ");  // as it is asked in its evaluation
  expect(asked.out, "truth: 5");
  const Outcome guarded = run({"ask", path("m").string(), "fee(11)", "--guard", "checked"});
  EXPECT_EQ(guarded.code(), 0) << guarded.err;
  expect(guarded.out, "fee(11) = 5\n  answered by the program: the model");
  const Outcome unguarded = run({"ask", path("m").string(), "fee(11)", "--guard", "model"});
  EXPECT_EQ(unguarded.code(), 0) << unguarded.err;
  expect(unguarded.err, "not checked: --guard checked ");
  const Outcome unknown = run({"ask", path("m").string(), "fei(11)", "--guard", "checked"});
  EXPECT_EQ(unknown.code(), 2);
  expect(unknown.err, "there is no rule 'fei'");
  const Outcome direct = run({"ask", path("m").string(), "fee(11)", "--guard", "shadow", "--form", "direct"});
  EXPECT_EQ(direct.code(), 2);
  expect(direct.err, "cannot check answers of the form direct");
  const std::string before = read_file(path("m/rules/fee/certificate.json"));
  const Outcome again = learn("m");  // nothing is left to do
  EXPECT_EQ(again.code(), 0) << again.err;
  EXPECT_EQ(read_json(path("m/run.json")).at("sittings").size(), 1U);
  EXPECT_EQ(read_file(path("m/rules/fee/certificate.json")), before);
}

TEST_F(Learn, WithFeedBackRulesAreRunBeforeTheyAreReadOnInputsThatNobodyIsAskedAbout) {
  ASSERT_EQ(learn("alone").code(), 0);
  const Outcome outcome = learn("m", {"--feed-back"});
  ASSERT_EQ(outcome.code(), 0) << outcome.err;
  const std::string asked = "accepted  fee: to be asked about 2 edge inputs";
  expect(outcome.out, asked);
  for (const char* name : {"fee", "rate"}) {
    const auto found = certificate("m", name);
    EXPECT_GT(found.at("practised"), 0);
    EXPECT_GT(found.at("exposures"), 0) << "it is read as well";
    EXPECT_EQ(certificate("alone", name).at("practised"), 0);
    EXPECT_EQ(found.at("questions").size(), certificate("alone", name).at("questions").size());
    // Training's inputs and the questions are told apart by the corpus, to the call.
    std::set<std::string> shown, held_out;
    read_json_lines(path("m/corpus/io") / (std::string(name) + ".jsonl"),
                    [&](const nlohmann::json& line, int) {
                      (line.at("use") == "train" ? shown : held_out).insert(line.at("input").dump());
                    });
    EXPECT_FALSE(shown.empty());
    for (const std::string& input : held_out) EXPECT_FALSE(shown.contains(input)) << input;
  }
  // The model that is asked stands on what was practised.
  EXPECT_NE(read_json(path("m/eval/trained.json")).value("practice_crc32", ""), "");
  const Outcome answer = run({"ask", path("m").string(), "fee(11)"});
  EXPECT_EQ(answer.code(), 0) << answer.err;
  expect(answer.out, "truth: 5");
  const Outcome both = learn("n", {"--feed-back", "--after", path("alone").string()});
  EXPECT_EQ(both.code(), 2);
  expect(both.err, "--feed-back cannot go on from the model of --after");
}

TEST_F(Learn, AStoppedPracticeGoesOnToTheSameWeights) {
  const auto weights = [&](const char* out, const char* stage) {
    return read_file(path(out) / "stages" / stage / "checkpoint/weights.f32");
  };
  ASSERT_EQ(learn("whole", {"--feed-back"}).code(), 0);
  ASSERT_EQ(learn("parted", {"--feed-back"}).code(), 0);
  // As after a stop between practice and reading: what follows is loaded from the checkpoint, not from memory.
  fs::remove_all(path("parted/stages/reading"));
  for (const char* file : {"eval", "summary.json", "rules"}) fs::remove_all(path("parted") / file);
  ASSERT_EQ(learn("parted", {"--feed-back"}).code(), 0);
  EXPECT_EQ(weights("whole", "practice"), weights("parted", "practice"));
  EXPECT_EQ(weights("whole", "reading"), weights("parted", "reading"));
}

TEST_F(Learn, EveryRuleIsInTheRegistryWithSourceSignatureCertificateAndWeights) {
  ASSERT_EQ(learn("m").code(), 0);
  const auto registered = [&] {
    Database database(path("m") / "registry.sqlite", Database::Mode::read);
    return database.integer("SELECT count(*) FROM rule WHERE status = 'valid' AND version = 1");
  };
  EXPECT_EQ(registered(), 2);
  {
    Database database(path("m") / "registry.sqlite", Database::Mode::read);
    Statement rules(database,
                    "SELECT name, source, certificate, adapter_sha256 FROM rule r JOIN certificate c ON "
                    "c.rule = r.id");
    while (rules.step()) {
      EXPECT_EQ(rules.text(1), read_file(path("rules") / (rules.text(0) + ".py")));
      EXPECT_EQ(parse_json(rules.text(2)), certificate("m", rules.text(0)));
      EXPECT_EQ(rules.text(3), sha256(read_file(path("m/stages/reading/checkpoint/weights.f32"))));
    }
  }
  ASSERT_EQ(learn("m").code(), 0);  // nothing is left to do
  EXPECT_EQ(registered(), 2);
  fs::remove(path("m") / "registry.sqlite");  // as after a kill before it was written
  ASSERT_EQ(learn("m").code(), 0);
  EXPECT_EQ(registered(), 2);
}

TEST_F(Learn, GuardedAnswersAreLoggedVerifiedAndReplayed) {
  ASSERT_EQ(learn("m").code(), 0);
  const std::string model = path("m").string(), log = path("log.jsonl").string();
  const auto ask = [&](const std::string& call, const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{"ask", model,     call, "--guard", "checked", "--max-new-tokens",
                                   "40",  "--audit", log};
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
  };
  ASSERT_EQ(ask("fee(11)").code(), 0);
  ASSERT_EQ(ask("rate(7)", {"--mask", "x"}).code(), 0);
  ASSERT_EQ(ask("fee(9)").code(), 0);
  const Outcome whole = run({"audit", "verify", log});
  EXPECT_EQ(whole.code(), 0) << whole.err;
  expect(whole.out, "6 lines, 3 decisions");
  const Outcome replayed = run({"audit", "replay", log, "--model", model, "--quiet"});
  EXPECT_EQ(replayed.code(), 0) << replayed.out << replayed.err;
  expect(replayed.out, "3 decisions: 2 come out the same, 0 differ, 1 are masked");
  fs::rename(log, log + ".000001");
  ASSERT_EQ(ask("fee(11)").code(), 0);
  expect(run({"audit", "verify", log}).out, "8 lines, 4 decisions, 2 files");
  expect(run({"audit", "replay", log, "--model", model, "--quiet"}).out, "4 decisions: 3 come out the same");
  fs::rename(log + ".000001", log);
  std::string text = read_file(log);
  EXPECT_EQ(text.find("rate(7)"), std::string::npos);
  text.replace(text.find("fee(9)"), 6, "fee(8)");
  write_file(log, text);
  const Outcome broken = run({"audit", "verify", log});
  EXPECT_EQ(broken.code(), 1);
  expect(broken.err, "log.jsonl:6: it was changed");
  EXPECT_EQ(run({"audit", "replay", log, "--model", model}).code(), 1);
  EXPECT_EQ(ask("fee(11)").code(), 2);  // it is not gone on with
  EXPECT_EQ(run({"ask", model, "fee(11)", "--audit", log}).code(), 2);
}

TEST_F(Learn, OnABaseNothingIsReplayedUnlessAskedForAndAnExportSaysWhatThatCosts) {
  write_file(path("base.toml"),
             fmt::format("model = \"{}\"\n[interpreter]\nsteps = 1\ndrills = 1\nexecutions = 0\nstudied = 0\n"
                         "texts = 0\ndrill_length = 1\nmax_tokens = 128\n[adapter]\nrank = 2\n",
                         path("bytes").string()));
  ASSERT_EQ(run({"base", path("base.toml").string(), "--out", path("base").string()}).code(), 0);
  for (const bool replay : {false, true}) {
    const std::string out = replay ? "replayed" : "read";
    std::vector<std::string> on_base =
        arguments(out, replay ? std::vector<std::string>{"--replay"} : std::vector<std::string>{});
    *std::ranges::find(on_base, "none") = (path("base") / "adapter").string();
    const Outcome outcome = run(on_base);
    ASSERT_EQ(outcome.code(), 0) << outcome.err;
    expect(read_file(path(out) / "recipe.toml"),
           fmt::format("\nexecutions = {:d}\ndrills = {:d}\n", replay, replay));
    const Outcome exported = run({"export", path(out).string(), "--to", path(out + "-exported").string()});
    ASSERT_EQ(exported.code(), 0) << exported.err;
    EXPECT_EQ(exported.err.find("--replay") == std::string::npos, replay) << exported.err;
  }
}

TEST_F(Learn, NoAnswerOfARuleReachesItsTraining) {
  write_file(path("examples.csv"), "rule,x,expected\nfee,77,5\n");
  ASSERT_EQ(learn("m", {"--examples", path("examples.csv").string()}).code(), 0);
  for (const char* name : {"fee", "rate"}) {
    std::size_t lines = 0;
    read_json_lines(path("m") / "corpus/io" / (std::string(name) + ".jsonl"),
                    [&](const nlohmann::json& line, int) {
                      EXPECT_EQ(line.at("use"), "test");
                      ++lines;
                    });
    EXPECT_GE(lines, 2U);
  }
  for (const auto& [name, exposure] : read_json(path("m") / "run.json").at("exposures").items())
    EXPECT_EQ(exposure.at("executions"), 0) << name;
}

TEST_F(Learn, ADryRunShowsTableTokensAndTimeAndWritesNothing) {
  const Outcome outcome = learn("m", {"--dry-run"});
  ASSERT_EQ(outcome.code(), 0) << outcome.err;
  expect(outcome.out, "fee.py   accepted");
  expect(outcome.out, "reading: at most 3 steps, ");
  expect(outcome.out, " tokens, ");
  expect(outcome.out, "in all: at most ");
  EXPECT_FALSE(fs::exists(path("m")));
  EXPECT_EQ(learn("", {"--dry-run"}).code(), 0);
  const Outcome nowhere = learn("");
  EXPECT_EQ(nowhere.code(), 2);
  expect(nowhere.err, "--out");
}

TEST_F(Learn, AnExampleThatItsCodeContradictsRefusesThatRuleAlone) {
  write_file(path("examples.csv"), "rule,x,expected\nfee,11,6\nrate,5,15.0\nrate,7,21\n");
  const Outcome outcome = learn("m", {"--examples", path("examples.csv").string()});
  ASSERT_EQ(outcome.code(), 0) << outcome.err;
  expect(outcome.out, "fee.py   refused   examples.csv:2: fee(11) is 5, but the file says 6");
  expect(outcome.out, "HINT");
  expect(outcome.out, "rate: to be asked about 2 edge inputs, 2 of the examples");
  EXPECT_FALSE(fs::exists(path("m/rules/fee")));
  EXPECT_EQ(std::ranges::count(certificate("m", "rate").at("questions"), "example",
                               [](const nlohmann::json& question) { return question.at("origin"); }),
            2);
  write_file(path("examples.csv"), "rule,x,expected\nfei,11,5\n");
  const Outcome unknown = learn("n", {"--examples", path("examples.csv").string()});
  EXPECT_EQ(unknown.code(), 2);
  expect(unknown.err, "examples.csv:2: there is no rule 'fei'");
}

TEST_F(Learn, StoppedItGoesOnWithTheSameCommandToTheSameWeights) {
  const auto weights_of = [&](const std::string& out) {
    return read_file(path(out) / "stages/reading/checkpoint/weights.f32");
  };
  auto stopped = arguments("stopped"), whole = arguments("whole");
  for (auto* all : {&stopped, &whole}) *(std::ranges::find(*all, "--steps") + 1) = "60";
  const pid_t child = start(stopped);
  ASSERT_TRUE(wait_for(path("stopped") / "stages/reading/metrics.jsonl", child));
  kill(child, SIGINT);
  const Outcome outcome = finish(child);
  EXPECT_EQ(outcome.code(), 130) << outcome.err;
  expect(outcome.err, "the same command goes on from there: pbb learn ");
  const Outcome early = run({"ask", path("stopped").string(), "fee(11)"});
  EXPECT_EQ(early.code(), 2);
  expect(early.err, "HINT: pbb learn ");
  ASSERT_EQ(run(stopped).code(), 0);
  ASSERT_EQ(run(whole).code(), 0);
  EXPECT_EQ(weights_of("stopped"), weights_of("whole"));
  EXPECT_EQ(certificate("stopped", "fee").at("questions"), certificate("whole", "fee").at("questions"));
}

TEST_F(Learn, AFolderOfOtherRulesOrOfAnotherRunIsRefusedAndLeftAsItWas) {
  ASSERT_EQ(learn("m").code(), 0);
  const std::string record = read_file(path("m/run.json"));
  rule("toll", "    return x + 1\n", "others");
  const Outcome others = learn("m", {}, "others");
  EXPECT_EQ(others.code(), 2);
  expect(others.err, "was begun with other rules: ");
  expect(others.err, "HINT");
  rule("fee", "    if x > 10:\n        return 6\n    return 2\n");
  const Outcome edited = learn("m");
  EXPECT_EQ(edited.code(), 2);
  expect(edited.err, "the source of fee is no longer what ");
  expect(edited.err, "--out");
  EXPECT_EQ(read_file(path("m/run.json")), record);
  ASSERT_EQ(run(run_arguments("run")).code(), 0);
  const Outcome run_folder = learn("run");
  EXPECT_EQ(run_folder.code(), 2);
  expect(run_folder.err, "holds a run that pbb learn did not begin");
}

TEST_F(Learn, WhereNothingCanBeLearntTheTableIsShownWithAnError) {
  fs::create_directories(path("bad"));
  write_file(path("bad/chance.py"), "import random\ndef chance(x):\n    return random.random() < x\n");
  write_file(path("bad/long.py"), "def long(x):\n" + std::string(2500, ' ') + "return x\n");
  for (const bool dry : {true, false}) {
    const Outcome outcome =
        learn("m", dry ? std::vector<std::string>{"--dry-run"} : std::vector<std::string>{}, "bad");
    EXPECT_EQ(outcome.code(), 2);
    expect(outcome.out, "chance.py  refused   ");
    expect(outcome.out, "chance.py:3: draws at random");
    expect(outcome.out, "tokens to state, more than");
    expect(outcome.out, "0 of 2 can be learnt");
    expect(outcome.err, "none of its files can be a program");
    EXPECT_FALSE(fs::exists(path("m")));
  }
  const Outcome absent = learn("m", {}, "absent");
  EXPECT_EQ(absent.code(), 2);
  expect(absent.err, "absent: expected a Python file or a folder of them");
}

}  // namespace
}  // namespace pbb

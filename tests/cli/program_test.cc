// The main way through the program, and what breaks in on it.
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/json_lines.h"
#include "cli/program.h"

namespace pbb {
namespace {

TEST_F(ProgramTest, ARunLeavesEverythingThatItsReportTellsOf) {
  const Outcome outcome = run(run_arguments("run"));
  ASSERT_EQ(outcome.code(), 0) << outcome.err;
  for (const char* file :
       {"recipe.toml", "corpus/corpus.json", "stages/1/metrics.jsonl", "stages/2/result.json",
        "eval/untrained.jsonl", "eval/in-context.jsonl", "eval/before-source.jsonl", "eval/trained.jsonl",
        "summary.json", "run.json", "report.html"}) {
    EXPECT_TRUE(fs::exists(path("run") / file)) << file;
  }
  EXPECT_NE(outcome.out.find("report: " + (path("run") / "report.html").string()), std::string::npos);
  // 6 programs, 2 inputs, 2 forms
  int items = 0;
  read_json_lines(path("run") / "eval/trained.jsonl", [&](const nlohmann::json&, int) { ++items; });
  EXPECT_EQ(items, 24);
  const auto record = read_json(path("run") / "run.json");
  for (const auto& [name, exposure] : record.at("exposures").items()) {
    const bool source_only = exposure.at("executions") == 0;
    EXPECT_EQ(exposure.at("declarations"), source_only ? 6 : 4) << name;
  }
}

TEST_F(ProgramTest, ARunKilledAndResumedEndsWithTheSameBytesOfWeights) {
  ASSERT_EQ(run(run_arguments("whole")).code(), 0);
  const pid_t child = start(run_arguments("killed"));
  ASSERT_TRUE(wait_for(path("killed") / "stages/1/checkpoint/state.json", child));
  kill(child, SIGKILL);
  finish(child);
  const Outcome resumed = run(run_arguments("killed", true));
  ASSERT_EQ(resumed.code(), 0) << resumed.err;
  EXPECT_EQ(weights("killed"), weights("whole"));
}

TEST_F(ProgramTest, AFolderThatHoldsARunIsNotWrittenOverNorMixedWithAnotherRecipe) {
  ASSERT_EQ(run(run_arguments("run")).code(), 0);
  const Outcome again = run(run_arguments("run"));
  EXPECT_EQ(again.code(), 2);
  EXPECT_NE(again.err.find("--resume"), std::string::npos) << again.err;
  auto other = run_arguments("run", true);
  other.push_back("seed=9");
  const Outcome mixed = run(other);
  EXPECT_EQ(mixed.code(), 2);
  EXPECT_NE(mixed.err.find("another recipe"), std::string::npos) << mixed.err;
}

TEST_F(ProgramTest, ADamagedCheckpointCorpusOrModelIsNamedAndNothingIsLost) {
  ASSERT_EQ(run(run_arguments("run")).code(), 0);
  const auto damage = [&](const fs::path& file) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(40);
    const int there = stream.get();
    stream.seekp(40);
    stream.put(static_cast<char>(there ^ 0x7f));
  };
  damage(path("run") / "stages/2/checkpoint/weights.f32");
  const Outcome asked = run({"score", path("run").string(), path("tiny.toml").string()});
  EXPECT_EQ(asked.code(), 2);
  EXPECT_NE(asked.err.find("weights.f32"), std::string::npos) << asked.err;

  write_file(path("run") / "corpus/corpus.json", "{\"format\":");
  const Outcome reported = run({"report", path("run").string()});
  EXPECT_EQ(reported.code(), 2);
  EXPECT_NE(reported.err.find("corpus.json"), std::string::npos) << reported.err;

  fs::resize_file(path("model") / "model.safetensors", 100);
  const Outcome loaded = run({"info", path("model").string()});
  EXPECT_EQ(loaded.code(), 2);
  EXPECT_NE(loaded.err.find("model.safetensors"), std::string::npos) << loaded.err;
  EXPECT_TRUE(fs::exists(path("run") / "eval/trained.jsonl"));
}

// B16: the control that was missing, the model before it read the source, with the source given.
TEST_F(ProgramTest, ArmsAreAskedAndDescribedByTheirTables) {
  std::string text = read_file(path("tiny.toml"));
  for (const char* line : {"arm = \"before-source\"\n", "arm = \"trained\"\n"})
    text.erase(text.find(line), strlen(line));
  write_file(path("arms.toml"), text + R"(forms = ["trace"]
[[arm]]
name = "zebra"
stage = "2"
[[arm]]
name = "trained"
stage = "1"
[[arm]]
name = "ceiling"
stage = "1"
source = "given"
[[arm]]
name = "shuffled"
stage = "2"
source = "shuffled"
[[arm]]
name = "nobody"
stage = "2"
question = "wrong-name"
inputs = 1
[[arm]]
name = "shown"
source = "prompt"
shots = 1
)");
  const Outcome outcome = run({"run", path("arms.toml").string(), "--out", path("run").string()});
  ASSERT_EQ(outcome.code(), 0) << outcome.err;
  const auto record = read_json(path("run") / "run.json");
  ASSERT_EQ(record.at("arms").size(), 6U);
  EXPECT_EQ(record.at("arms")[0].at("has_read"), true);
  EXPECT_EQ(record.at("arms")[1].at("has_read"), false);
  EXPECT_EQ(record.at("arms")[0].at("questions"), 12);
  EXPECT_LT(record.at("arms")[4].at("questions"), 12);
  const auto summary = read_json(path("run") / "summary.json");
  EXPECT_EQ(summary.at("claim"), "zebra");
  EXPECT_EQ(summary.at("base_line"), "trained");
  const std::string page = read_file(path("run") / "report.html");
  EXPECT_NE(page.find("as if it had recited it"), std::string::npos);
  EXPECT_NE(page.find("by a name that no program has"), std::string::npos);
  std::map<std::string, std::string> sources;
  const auto corpus = read_json(path("run") / "corpus/corpus.json");  // held: the loop refers into it
  for (const auto& program : corpus.at("programs")) {
    const std::string name = program.at("name");
    sources[name] = read_file(path("run") / "corpus/source" / (name + ".py"));
  }
  const auto each = [&](const std::string& arm, const auto& look) {
    read_json_lines(path("run") / "eval" / (arm + ".jsonl"), [&](const nlohmann::json& line, int) {
      const std::string name = line.at("program");
      look(name, sources.at(name).substr(0, sources.at(name).size() - 1),
           line.at("prompt").get<std::string>());
    });
  };
  each("ceiling", [](const std::string&, const std::string& source, const std::string& prompt) {
    EXPECT_TRUE(prompt.ends_with("\n" + source + "\nTrace:")) << prompt;
  });
  each("shuffled", [](const std::string& name, const std::string& source, const std::string& prompt) {
    EXPECT_EQ(prompt.find(source), std::string::npos) << prompt;
    EXPECT_NE(prompt.find("def " + name + "(x):"), std::string::npos) << prompt;
  });
  each("nobody", [](const std::string& name, const std::string&, const std::string& prompt) {
    EXPECT_EQ(prompt.find(name), std::string::npos) << prompt;
  });
  each("shown", [](const std::string&, const std::string& source, const std::string& prompt) {
    EXPECT_NE(prompt.find("\n\n" + source + "\n\n"), std::string::npos) << prompt;
  });
  const Outcome other = run(
      {"run", path("arms.toml").string(), "--out", path("run").string(), "--resume", "arm.ceiling.shots=1"});
  EXPECT_EQ(other.code(), 2);
  EXPECT_NE(other.err.find("arm 3: shots was 0, is 1"), std::string::npos) << other.err;
}

TEST_F(ProgramTest, TokenizeAndScorePrintWhatAScriptReads) {
  write_file(path("text"), "ab c");
  const Outcome ids = run({"tokenize", path("model").string(), path("text").string(), "--json"});
  ASSERT_EQ(ids.code(), 0) << ids.err;
  EXPECT_EQ(nlohmann::json::parse(ids.out).at("ids"), (std::vector<int>{97, 98, 32, 99}));
  const Outcome scored = run({"score", path("model").string(), path("text").string(), "--json"});
  ASSERT_EQ(scored.code(), 0) << scored.err;
  const auto scores = nlohmann::json::parse(scored.out);
  ASSERT_EQ(scores.at("logprobs").size(), 4U);
  EXPECT_TRUE(scores.at("logprobs")[0].is_null());
  EXPECT_LT(scores.at("logprobs")[1].get<double>(), 0);
}

TEST_F(ProgramTest, AskChecksTheStepsOfALearntProgramAgainstTheTruth) {
  ASSERT_EQ(run(run_arguments("run")).code(), 0);
  const auto corpus = read_json(path("run") / "corpus/corpus.json");
  const std::string name = corpus.at("programs")[0].at("name");
  const Outcome outcome = run({"ask", path("run").string(), name + "(3)"});
  EXPECT_EQ(outcome.code(), 0) << outcome.err;
  EXPECT_NE(outcome.out.find("truth: "), std::string::npos) << outcome.out;
  for (const char* form : {"direct", "recite", "assisted"}) {
    const Outcome other = run({"ask", path("run").string(), name + "(3)", "--form", form});
    EXPECT_EQ(other.code(), 0) << other.err;
    EXPECT_NE(other.out.find("truth: "), std::string::npos) << other.out;
    EXPECT_EQ(other.out.find("source: ") != std::string::npos, std::string(form) != "direct") << other.out;
  }
  const Outcome unknown = run({"ask", path("run").string(), "Nobody(3)"});
  EXPECT_EQ(unknown.code(), 2);
  EXPECT_NE(unknown.err.find("Nobody"), std::string::npos) << unknown.err;
}

// Case version_flag.
TEST_F(ProgramTest, BarePbbPrintsHelpAndItsVersionCanBeAskedFor) {
  const Outcome bare = run({});
  EXPECT_EQ(bare.code(), 0) << bare.err;
  EXPECT_NE(bare.out.find("estimate"), std::string::npos) << bare.out;
  for (const char* flag : {"--version", "-V"}) {
    const Outcome version = run({flag});
    EXPECT_EQ(version.code(), 0) << version.err;
    EXPECT_EQ(version.out.rfind("pbb 0.", 0), 0U) << version.out;
  }
}

TEST_F(ProgramTest, AnExportedRunLoadsAsAModel) {
  ASSERT_EQ(run(run_arguments("run")).code(), 0);
  ASSERT_EQ(run({"export", path("run").string(), "--to", path("exported").string()}).code(), 0);
  write_file(path("text"), "def f(x):");
  const std::string file = path("text").string();
  const Outcome of_run = run({"score", path("run").string(), file, "--json"});
  const Outcome of_export = run({"score", path("exported").string(), file, "--json"});
  ASSERT_EQ(of_export.code(), 0) << of_export.err;
  EXPECT_EQ(of_export.out, of_run.out);

  const std::string half = path("half").string();
  ASSERT_EQ(run({"export", path("run").string(), "--to", half, "--dtype", "bf16"}).code(), 0);
  EXPECT_LT(fs::file_size(path("half/model.safetensors")),
            fs::file_size(path("exported/model.safetensors")) * 3 / 4);
  EXPECT_EQ(read_json(path("half/config.json")).at("torch_dtype"), "bfloat16");
  const Outcome of_half = run({"score", half, file, "--json"});
  ASSERT_EQ(of_half.code(), 0) << of_half.err;
  EXPECT_NE(of_half.out, of_run.out);
  const auto exact = nlohmann::json::parse(of_run.out).at("logprobs");
  const auto rounded = nlohmann::json::parse(of_half.out).at("logprobs");
  for (std::size_t i = 1; i < exact.size(); ++i) {
    EXPECT_NEAR(rounded[i].get<double>(), exact[i].get<double>(), 0.05) << i;
  }
  EXPECT_EQ(run({"export", path("run").string(), "--to", path("third").string(), "--dtype", "f16"}).code(),
            2);
}

TEST_F(ProgramTest, ACorpusIsCheckedAgainstWhatItsSourcesDo) {
  const std::string corpus = path("corpus").string();
  ASSERT_EQ(run({"make", "rules", "--out", corpus, "--programs", "4", "--train-inputs", "4"}).code(), 0);
  EXPECT_EQ(run({"check", corpus}).code(), 0);
  const std::string name = read_json(path("corpus") / "corpus.json").at("programs")[0].at("name");
  const fs::path io = path("corpus") / "io" / (name + ".jsonl");
  std::string text = read_file(io);
  const auto at = text.find("\"output\":\"") + 10;
  text.replace(at, text.find('"', at) - at, "'something else'");
  write_file(io, text);
  const Outcome outcome = run({"check", corpus});
  EXPECT_EQ(outcome.code(), 2);
  EXPECT_NE(outcome.out.find(name), std::string::npos) << outcome.out << outcome.err;
}

}  // namespace
}  // namespace pbb

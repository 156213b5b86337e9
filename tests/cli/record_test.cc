// What a run says of itself: run.json is of what trained, whoever looks at it later.
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/json_lines.h"
#include "cli/program.h"

namespace pbb {
namespace {

using nlohmann::json;

class RecordTest : public ProgramTest {
 protected:
  json record(const std::string& run) const { return read_json(path(run) / "run.json"); }
  std::vector<std::string> with(std::vector<std::string> arguments, const std::string& last) const {
    arguments.push_back(last);
    return arguments;
  }
  void expect_refused(const std::vector<std::string>& arguments, const std::string& named) const {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.code(), 2) << outcome.out << outcome.err;
    EXPECT_NE(outcome.err.find(named), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find("HINT: "), std::string::npos) << outcome.err;
  }
  // Other weights under the same name.
  void replace_model() const {
    fs::remove_all(path("model"));
    save_model(path("model"), byte_decoder(512, 2), byte_tokenizer());
  }
};

TEST_F(RecordTest, TheReportsCommandMakesTheSameRunAgain) {
  const std::vector<std::string> overrides{"seed=2", "title=a run's \"title\""};
  auto arguments = run_arguments("first");
  arguments.insert(arguments.begin() + 2, overrides.begin(), overrides.end());
  ASSERT_EQ(run(arguments).code(), 0);
  const std::string command = record("first").at("command");
  EXPECT_EQ(command, fmt::format("pbb run {} seed=2 'title=a run'\\''s \"title\"' --out {}",
                                 path("tiny.toml").string(), path("first").string()));
  EXPECT_NE(read_file(path("first/report.html")).find("seed=2"), std::string::npos);
  fs::rename(path("first"), path("kept"));
  const std::string again = fmt::format("OMP_NUM_THREADS=1 PATH={}:\"$PATH\" {} --quiet > /dev/null",
                                        fs::path(PBB_BINARY).parent_path().string(), command);
  ASSERT_EQ(std::system(again.c_str()), 0);
  for (const char* part : {"recipe.toml", "stages/2/checkpoint/weights.f32", "eval/trained.jsonl"}) {
    EXPECT_EQ(read_file(path("first") / part), read_file(path("kept") / part)) << part;
  }
}

TEST_F(RecordTest, LookingAtARunChangesNothingInItsRecord) {
  ASSERT_EQ(run(run_arguments("run")).code(), 0);
  const std::string before = read_file(path("run/run.json")), page = read_file(path("run/report.html"));
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"report", path("run").string()}, {"eval", path("run").string()}, run_arguments("run", true)}) {
    ASSERT_EQ(run(arguments).code(), 0) << arguments[0];
    EXPECT_EQ(read_file(path("run/run.json")), before) << arguments[0];
    EXPECT_EQ(read_file(path("run/report.html")), page) << arguments[0];
  }
}

TEST_F(RecordTest, EverySittingIsAddedAndNoneIsChanged) {
  auto arguments = run_arguments("run");
  arguments[0] = "train";
  const Outcome trained = run(arguments);
  ASSERT_EQ(trained.code(), 0) << trained.err;
  EXPECT_FALSE(fs::exists(path("run/eval")));
  EXPECT_FALSE(fs::exists(path("run/report.html")));
  expect_refused({"report", path("run").string()}, "has not been asked yet");
  const json before = record("run");
  ASSERT_EQ(before.at("sittings").size(), 1U);
  EXPECT_EQ(before.at("sittings")[0].at("kind"), "train");
  EXPECT_EQ(before.at("stages").size(), 2U);
  const Outcome asked = run({"eval", path("run").string()});
  ASSERT_EQ(asked.code(), 0) << asked.err;
  EXPECT_NE(asked.out.find("report: "), std::string::npos);
  json after = record("run");
  ASSERT_EQ(after.at("sittings").size(), 2U);
  EXPECT_EQ(after.at("sittings")[0], before.at("sittings")[0]);
  EXPECT_EQ(after.at("sittings")[1].at("kind"), "eval");
  EXPECT_EQ(after.at("sittings")[1].at("command"), "pbb eval " + path("run").string());
  EXPECT_EQ(after.at("command"), before.at("command"));
  fs::remove(path("run/eval/trained.jsonl"));
  ASSERT_EQ(run({"eval", path("run").string()}).code(), 0);
  EXPECT_EQ(record("run").at("sittings").size(), 3U);
}

TEST_F(RecordTest, ASittingSaysWhatItWasDoneWith) {
  ASSERT_EQ(run(with(run_arguments("run"), "compute=auto")).code(), 0);
  const json found = record("run");
  const json& sitting = found.at("sittings").at(0);
  for (const char* key : {"command", "pbb_version", "git_hash", "started", "finished"}) {
    EXPECT_FALSE(sitting.at(key).get<std::string>().empty()) << key;
  }
  EXPECT_EQ(sitting.at("machine").at("threads"), 1);
  EXPECT_GT(sitting.at("peak_memory_bytes"), 0);
  const std::string compute = found.at("compute_type");  // resolved
  EXPECT_TRUE(compute == "f32" || compute == "bf16") << compute;
  EXPECT_NE(read_file(path("run/recipe.toml")).find("compute = '" + compute + "'"), std::string::npos);
  EXPECT_EQ(found.at("model_crc32").get<std::string>().size(), 8U);
}

// Begun on a machine whose fastest type was another.
TEST_F(RecordTest, ARunGoesOnInTheComputeTypeThatItBeganIn) {
  for (const char* type : {"f32", "bf16"}) {
    const std::string name = type;
    auto arguments = with(run_arguments(name), fmt::format("compute={}", type));
    arguments[0] = "train";
    ASSERT_EQ(run(arguments).code(), 0);
    fs::remove_all(path(name) / "stages/2");
    const Outcome resumed = run(with(run_arguments(name, true), "compute=auto"));
    ASSERT_EQ(resumed.code(), 0) << resumed.err;
    for (const json& sitting : record(name).at("sittings")) {
      EXPECT_EQ(sitting.at("machine").at("compute_type"), type);
    }
  }
}

TEST_F(RecordTest, ARunStandsOnTheModelThatItBeganWith) {
  ASSERT_EQ(run(run_arguments("run")).code(), 0);
  auto arguments = run_arguments("trained");
  arguments[0] = "train";
  ASSERT_EQ(run(arguments).code(), 0);
  replace_model();
  expect_refused({"eval", path("trained").string()}, "not the one that the run began with");
  EXPECT_FALSE(fs::exists(path("trained/eval")));
  EXPECT_EQ(run({"report", path("run").string()}).code(), 0);  // all has been asked
  expect_refused({"export", path("run").string(), "--to", path("e").string()},
                 "not the one that the run began with");
  fs::remove(path("run/eval/untrained.jsonl"));
  expect_refused({"eval", path("run").string()}, "not the one that the run began with");
  fs::remove_all(path("run/stages/2"));
  expect_refused(run_arguments("run", true), "not the one that the run began with");
}

TEST_F(RecordTest, ARunStandsOnTheCorpusThatItBeganWith) {
  ASSERT_EQ(run(run_arguments("run")).code(), 0);
  const std::string name = read_json(path("run/corpus/corpus.json")).at("programs")[0].at("name");
  const fs::path source = path("run/corpus/source") / (name + ".py");
  write_file(source, read_file(source) + "# reviewed\n");
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"report", path("run").string()}, {"eval", path("run").string()}, run_arguments("run", true)}) {
    expect_refused(arguments, "source/" + name + ".py was edited");
  }
}

TEST_F(RecordTest, AnswersOfOtherWeightsAreNotTakenForTheRuns) {
  ASSERT_EQ(run(run_arguments("run")).code(), 0);
  ASSERT_EQ(run(with(run_arguments("other"), "stage.2.learning_rate=0.001")).code(), 0);
  for (const char* file : {"trained.json", "trained.jsonl"}) {
    fs::copy(path("other/eval") / file, path("run/eval") / file, fs::copy_options::overwrite_existing);
  }
  for (const char* part : {"report", "eval"}) expect_refused({part, path("run").string()}, "trained.jsonl");
  for (const char* file : {"trained.json", "trained.jsonl"})
    fs::remove(path("run/eval") / file);  // as it says
  EXPECT_EQ(run({"eval", path("run").string()}).code(), 0);
}

// A pbb that had fewer keys did not write them.
TEST_F(RecordTest, ARunOfAnOlderPbbCanBeResumedAndReported) {
  ASSERT_EQ(run(run_arguments("run")).code(), 0);
  const auto without_line = [&](const std::string& key) {
    std::string text = read_file(path("run/recipe.toml"));
    const auto at = text.find("\n" + key + " = ");
    ASSERT_NE(at, std::string::npos) << key;
    text.erase(at, text.find('\n', at + 1) - at);
    write_file(path("run/recipe.toml"), text);
  };
  without_line("with_io_programs");
  without_line("recompute");
  json old = record("run");  // and no sittings
  old.update(old.at("sittings")[0]);
  for (const char* key : {"sittings", "kind", "model_crc32", "corpus_crc32", "compute_type"}) old.erase(key);
  write_file(path("run/run.json"), old.dump());
  for (const auto& entry : fs::directory_iterator(path("run/eval"))) {
    if (entry.path().extension() == ".json") fs::remove(entry.path());
  }
  EXPECT_EQ(run({"report", path("run").string()}).code(), 0);
  fs::remove(path("run/eval/trained.jsonl"));
  const Outcome resumed = run(run_arguments("run", true));
  EXPECT_EQ(resumed.code(), 0) << resumed.err;
  EXPECT_EQ(record("run").at("sittings").size(), 2U);
}

// Earlier versions wrote 24, then the default of every corpus, where an imported folder is now allowed more.
TEST_F(RecordTest, ARunOfAnImportedFolderGoesOnWithTheDefaultThatItBeganWith) {
  for (const std::string name : {"one", "three"}) {
    write_file(path("rules") / (name + ".py"),
               fmt::format("def {}(x):\n    return x + {}\n", name, name.size()));
    write_file(path("rules") / (name + ".inputs.jsonl"), "[1]\n[2]\n[3]\n[4]\n[5]\n[6]\n");
  }
  write_file(path("tiny.toml"),
             fmt::format("model = \"{}\"\ncompute = \"f32\"\n[corpus]\npython_folder = \"{}\"\n"
                         "[[stage]]\nname = \"1\"\narm = \"trained\"\n[evaluation]\nmax_new_tokens = 4\n",
                         path("model").string(), path("rules").string()));
  const Outcome begun = run(run_arguments("run"));
  ASSERT_EQ(begun.code(), 0) << begun.err;
  const fs::path kept = path("run/recipe.toml");
  const auto replace_in_kept = [&](const std::string& from, const std::string& to) {
    std::string text = read_file(kept);
    ASSERT_NE(text.find(from), std::string::npos) << text;
    write_file(kept, text.replace(text.find(from), from.size(), to));
  };
  replace_in_kept("max_trace_steps = 100", "max_trace_steps = 24");
  fs::remove(path("run/eval/trained.jsonl"));
  const Outcome resumed = run(run_arguments("run", true));
  EXPECT_EQ(resumed.code(), 0) << resumed.err;
  EXPECT_TRUE(fs::exists(path("run/eval/trained.jsonl")));
  // What is said is not a default, and 25 never was one.
  expect_refused(with(run_arguments("run", true), "corpus.max_trace_steps=100"),
                 "max_trace_steps was 24, is 100");
  replace_in_kept("max_trace_steps = 24", "max_trace_steps = 25");
  expect_refused(run_arguments("run", true), "max_trace_steps was 25, is 100");
}

// Case relative_model.
TEST_F(RecordTest, AModelsRelativePathIsTheRecipes) {
  write_file(path("tiny.toml"), "model = \"model\"\ncompute = \"f32\"\n" +
                                    read_file(fs::path(PBB_GOLDEN).parent_path() / "faults/tiny.toml"));
  const Outcome outcome = run(run_arguments("run"));  // from the folder that the tests are run in
  ASSERT_EQ(outcome.code(), 0) << outcome.err;
  const std::string name = read_json(path("run/corpus/corpus.json")).at("programs")[0].at("name");
  EXPECT_EQ(run({"ask", path("run").string(), name + "(1)"}).code(), 0);
}

}  // namespace
}  // namespace pbb

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

TEST_F(ProgramTest, AnInterruptedRunWritesACheckpointAndSaysHowToGoOn) {
  const pid_t child = start(long_run_arguments("run"));
  ASSERT_TRUE(wait_for(path("run") / "stages/1/metrics.jsonl", child));
  kill(child, SIGINT);
  const Outcome outcome = finish(child);
  EXPECT_EQ(outcome.code(), 130) << outcome.err;
  EXPECT_NE(outcome.err.find("--resume"), std::string::npos) << outcome.err;
  const Outcome resumed = run(long_run_arguments("run", true));
  EXPECT_EQ(resumed.code(), 0) << resumed.err;
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

TEST_F(ProgramTest, BadInputIsRefusedWithCodeTwoAndAHint) {
  const auto refused = [&](const std::vector<std::string>& arguments, const std::string& named) {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.code(), 2) << outcome.err;
    EXPECT_NE(outcome.err.find(named), std::string::npos) << outcome.err;
  };
  refused({"run", path("absent.toml").string()}, "absent.toml");
  refused({"run", path("tiny.toml").string(), "sede=1"}, "did you mean 'seed'");
  refused({"score", path("absent-model").string(), path("tiny.toml").string()}, "absent-model");
  refused({"ask", path("model").string(), "Blorp(5"}, "is not a call");
  refused({"report", path("model").string()}, "recipe.toml");
  refused({"no-such-command"}, "no-such-command");
  refused({"run"}, "RECIPE");
  refused({"info", "--no-such-option"}, "--no-such-option");
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

TEST_F(ProgramTest, AnEstimateCountsTheTokensThatTheRunThenTrainsOn) {
  const std::string recipe = path("tiny.toml").string();
  const Outcome estimated = run({"estimate", recipe, "--json"});
  ASSERT_EQ(estimated.code(), 0) << estimated.err;
  const auto estimate = nlohmann::json::parse(estimated.out);
  ASSERT_EQ(run(run_arguments("run")).code(), 0);
  const auto stages = read_json(path("run") / "run.json").at("stages");
  ASSERT_EQ(estimate.at("stages").size(), 2U);
  for (std::size_t s = 0; s < 2; ++s) {
    for (const char* count : {"name", "steps", "tokens", "trained_tokens"}) {
      EXPECT_EQ(estimate.at("stages")[s].at(count), stages.at(s).at(count)) << s << count;
    }
  }
  EXPECT_EQ(estimate.at("questions"), 4 * 24);
  EXPECT_GT(estimate.at("seconds"), 0.0);
  EXPECT_GT(estimate.at("peak_memory_bytes"), 0);
  EXPECT_EQ(estimate.at("fits"), true);
  const Outcome beside = run({"estimate", recipe, "--json", "--beside", path("run").string()});
  ASSERT_EQ(beside.code(), 0) << beside.err;
  const auto compared = nlohmann::json::parse(beside.out);
  for (const auto& [part, seconds] : compared.at("timings").items()) {
    EXPECT_TRUE(compared.at("taken").contains(part)) << part;
  }
  const Outcome plain = run({"estimate", recipe, "--plan", "--memory-limit-gb", "0.001"});
  EXPECT_EQ(plain.code(), 0) << plain.err;
  EXPECT_NE(plain.out.find("gates and ups"), std::string::npos) << plain.out;
  EXPECT_NE(plain.out.find("It does not fit"), std::string::npos) << plain.out;
}

TEST_F(ProgramTest, ARunThatDoesNotFitIsRefusedAndLeavesNothing) {
  auto arguments = run_arguments("run");
  arguments.insert(arguments.end(), {"--memory-limit-gb", "0.001"});
  const Outcome outcome = run(arguments);
  EXPECT_EQ(outcome.code(), 2);
  EXPECT_NE(outcome.err.find("more than the"), std::string::npos) << outcome.err;
  EXPECT_FALSE(fs::exists(path("run")));
  EXPECT_EQ(run(run_arguments("run")).code(), 0);
}

// cases long_program, no_questions, late_refusal, warmup_longer
TEST_F(ProgramTest, WhatCannotRunToItsEndIsRefusedBeforeItsFirstStepByRunEstimateAndInspect) {
  const fs::path rules = path("rules");
  fs::create_directories(rules);
  const auto write_program = [&](const std::string& name, int lines, bool inputs) {
    std::string source = fmt::format("def {}(x):\n", name);
    for (int i = 0; i < lines; ++i) source += fmt::format("    x = x + {}\n", i);
    write_file(rules / (name + ".py"), source + "    return x\n");
    if (inputs) write_file(rules / (name + ".inputs.jsonl"), "[1]\n[2]\n[3]\n[4]\n[5]\n[6]\n[7]\n[8]\n");
  };
  const auto write_recipe = [&](const std::string& stages) {
    write_file(
        path("rules.toml"),
        fmt::format("model = \"{}\"\ncompute = \"f32\"\n[corpus]\npython_folder = \"{}\"\ntrain_inputs = 4\n"
                    "test_inputs = 2\n{}[evaluation]\nmax_new_tokens = 8\n",
                    path("model").string(), rules.string(), stages));
  };
  const auto refused = [&](const std::string& named) {
    for (const char* command : {"run", "estimate", "inspect"}) {
      std::vector<std::string> arguments{command, path("rules.toml").string()};
      if (arguments[0] == "run") arguments.insert(arguments.end(), {"--out", path("refused").string()});
      const Outcome outcome = run(arguments);
      EXPECT_EQ(outcome.code(), 2) << command << outcome.err;
      EXPECT_NE(outcome.err.find(named), std::string::npos) << command << outcome.err;
      EXPECT_NE(outcome.err.find("HINT"), std::string::npos) << command << outcome.err;
      EXPECT_FALSE(fs::exists(path("refused"))) << named;
    }
  };
  const std::string first = "[[stage]]\nsource_only_declarations = 2\n";
  for (const char* name : {"Ada", "Bob", "Cyd"}) write_program(name, 2, false);
  write_recipe(first + "arm = \"trained\"\n");
  refused("no program has a held-out input");
  EXPECT_EQ(run({"train", path("rules.toml").string(), "--out", path("only-trained").string()}).code(), 0);

  for (const char* name : {"Ada", "Bob", "Cyd"}) write_program(name, 2, true);
  write_recipe(first + "[[stage]]\nlearning_rate = 0\n");
  const Outcome late = run({"run", path("rules.toml").string(), "--out", path("late").string()});
  EXPECT_EQ(late.code(), 2);
  EXPECT_NE(late.err.find("stage.2.learning_rate = 0 is out of range"), std::string::npos) << late.err;
  EXPECT_FALSE(fs::exists(path("late")));

  write_program("Longy", 80, true);
  write_recipe(first + "[[stage]]\nwith_io_declarations = 2\nsource_only_declarations = 2\n");
  refused("1 program is too long to train on: the longest, 'Longy'");
}

TEST_F(ProgramTest, AWarmUpThatTakesAllOfAStageIsWarnedOf) {
  const std::string recipe = path("tiny.toml").string();
  const Outcome inspected = run({"inspect", recipe, "--examples", "1", "stage.1.warmup_steps=1000"});
  ASSERT_EQ(inspected.code(), 0) << inspected.err;
  EXPECT_NE(inspected.err.find("stage 1 has 10 steps, its warm-up 1000"), std::string::npos) << inspected.err;
  EXPECT_NE(inspected.err.find("stage 2 has 5 steps, its warm-up 10"), std::string::npos) << inspected.err;
  const Outcome estimated = run({"estimate", recipe, "--no-time", "stage.1.warmup_steps=1000"});
  EXPECT_NE(estimated.out.find("stage 1 has 10 steps, its warm-up 1000"), std::string::npos) << estimated.out;
}

// case make_rules_folder
TEST_F(ProgramTest, MakeRefusesWhatItsKindOfCorpusDoesNotHave) {
  const std::string out = path("made").string();
  const auto refused = [&](std::vector<std::string> arguments, const std::string& named) {
    arguments.insert(arguments.begin(), "make");
    arguments.insert(arguments.end(), {"--out", out});
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.code(), 2) << outcome.err;
    EXPECT_NE((outcome.err + outcome.out).find(named), std::string::npos) << outcome.err << outcome.out;
    EXPECT_FALSE(fs::exists(out)) << named;
  };
  refused({"rules", "rules"}, "pbb make rules invents programs and reads none");
  refused({"arithmetic", "rules"}, "pbb make import rules");
  refused({"rules", "--operators", "+"}, "--operators");
  refused({"arithmetic", "--max-conditions", "2"}, "--max-conditions");
  refused({"import", path("model").string(), "--programs", "3"}, "--programs");
  refused({"rules", "--seed", "-1"}, "--seed -1 is out of range");
  refused({"rules", "--programs", "many"}, "--programs many");
  refused({"arithmetic", "--max-statements", "20"}, "1 to 12");
  refused({"arithmetic", "--branch-share", "1.5"}, "0 to 1");
  refused({"import"}, "FOLDER");
  EXPECT_EQ(
      run({"make", "rules", "--out", out, "--programs", "3", "--no-price", "--max-conditions", "1"}).code(),
      0);
}

TEST_F(ProgramTest, TheDocumentationOfKeysIsWhatTheProgramPrints) {
  const Outcome outcome = run({"recipe", "--keys"});
  ASSERT_EQ(outcome.code(), 0) << outcome.err;
  const std::string document =
      read_file(fs::path(PBB_GOLDEN).parent_path().parent_path() / "docs/recipes.md");
  EXPECT_NE(document.find(outcome.out), std::string::npos)
      << "docs/recipes.md differs from `pbb recipe --keys`: put this in its place\n"
      << outcome.out;
}

TEST_F(ProgramTest, ARecipeIsPrintedWithEveryKeyAndReadsBackAsItself) {
  const Outcome once = run({"recipe", path("tiny.toml").string(), "stage.2.epochs=3"});
  ASSERT_EQ(once.code(), 0) << once.err;
  write_file(path("printed.toml"), once.out);
  const Outcome again = run({"recipe", path("printed.toml").string()});
  EXPECT_EQ(again.out, once.out) << again.err;
  EXPECT_NE(once.out.find("epochs = 3.0"), std::string::npos) << once.out;
  EXPECT_NE(once.out.find("[[arm]]"), std::string::npos) << once.out;
}

TEST_F(ProgramTest, CompletionKnowsCommandsOptionsAndKeys) {
  const Outcome outcome = run({"completion"});
  ASSERT_EQ(outcome.code(), 0) << outcome.err;
  for (const char* word : {"\"make rules\"", "--max-conditions", "corpus.train_inputs=", "estimate"}) {
    EXPECT_NE(outcome.out.find(word), std::string::npos) << word;
  }
  write_file(path("completion.sh"),
             outcome.out + "COMP_WORDS=(pbb make ru) COMP_CWORD=2\n_pbb\necho \"${COMPREPLY[@]}\"\n");
  const std::string command = fmt::format("bash {0} > {0}.out 2>&1", path("completion.sh").string());
  ASSERT_EQ(std::system(command.c_str()), 0) << read_file(path("completion.sh.out"));
  EXPECT_EQ(read_file(path("completion.sh.out")), "rules\n");
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

// Case stdout_full.
TEST_F(ProgramTest, OutputThatDoesNotArriveIsAnError) {
  write_file(path("text"), "ab c");
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"info", path("model").string()},
           {"tokenize", path("model").string(), path("text").string(), "--json"},
           {"--help"},
           {"--version"}}) {
    const Outcome outcome = finish(start(arguments, "/dev/full"));
    EXPECT_EQ(outcome.code(), 1) << arguments[0];
    EXPECT_NE(outcome.err.find("No space left on device"), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find("HINT: "), std::string::npos) << outcome.err;
  }
}

// The log of a run may lie on a disk that is full, and a terminal, or who reads the log, may be gone.
TEST_F(ProgramTest, AMessageThatDoesNotArriveCostsNothingElse) {
  const auto shell = [&](const std::vector<std::string>& arguments, const std::string& redirection) {
    std::string command = PBB_BINARY;
    for (const std::string& argument : arguments) command += " '" + argument + "'";
    write_file(path("command.sh"), command + " " + redirection + "\nexit ${PIPESTATUS[0]}\n");
    const int status = std::system(("bash " + path("command.sh").string()).c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  };
  ASSERT_EQ(run(run_arguments("whole")).code(), 0);
  EXPECT_EQ(shell(run_arguments("full"), "> /dev/null 2> /dev/full"), 0);
  EXPECT_EQ(shell(run_arguments("unread"), "2>&1 > /dev/null | true"), 0);
  EXPECT_EQ(shell(run_arguments("closed"), "< /dev/null > /dev/null 2>&-"), 0);
  EXPECT_EQ(shell({"info", path("absent").string()}, "> /dev/null 2> /dev/full"), 2);
  // No file is taken for a stream that is closed: what is printed would stand in it.
  EXPECT_EQ(shell(run_arguments("mute"), "<&- >&- 2>&-"), 1);
  for (const char* out : {"full", "unread", "closed", "mute"}) {
    EXPECT_EQ(weights(out), weights("whole")) << out;
    for (const char* file : {"eval/trained.jsonl", "summary.json"})
      EXPECT_EQ(read_file(path(out) / file), read_file(path("whole") / file)) << out << " " << file;
    for (const char* file : {"stages/1/metrics.jsonl", "stages/2/metrics.jsonl"})
      EXPECT_NO_THROW(read_json_lines(path(out) / file, [](const nlohmann::json&, int) {})) << out << file;
    EXPECT_EQ(run({"report", path(out).string()}).code(), 0) << out;
  }
}

// Case folder_permission; root may read everything, so the folder is one that nobody can have.
TEST_F(ProgramTest, WhatTheSystemRefusesIsNoBugOfOurs) {
  const std::string longest(300, 'a');
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"run", path("tiny.toml").string(), "--out", path(longest).string()},
           {"make", "import", path(longest).string(), "--out", path("c").string()},
           {"make", "arithmetic", "--out", path(longest).string()},
           {"export", path("model").string(), "--to", path(longest).string()},
           {"check", path(longest).string()},
           {"report", path(longest).string()}}) {
    const Outcome outcome = run(arguments);
    EXPECT_TRUE(outcome.code() == 1 || outcome.code() == 2) << arguments[0] << outcome.code();
    EXPECT_EQ(outcome.err.find("internal error"), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find("HINT: "), std::string::npos) << outcome.err;
  }
  const Outcome outcome = run({"run", path("tiny.toml").string(), "--out", path(longest).string()});
  EXPECT_EQ(outcome.code(), 1);
  EXPECT_NE(outcome.err.find("File name too long"), std::string::npos) << outcome.err;
}

// Case long_message.
TEST_F(ProgramTest, AMessageIsAtMostAScreenOfWhatCanBeSeen) {
  const std::string line = "\"\x1b]0;title\a" + std::string(18'000, 'x') + "\"";
  const Outcome outcome = run({"ask", path("model").string(), line});
  EXPECT_EQ(outcome.code(), 2);
  EXPECT_LT(outcome.err.size(), 2000U);
  EXPECT_NE(outcome.err.find("is not a call"), std::string::npos) << outcome.err;  // its end is kept
  EXPECT_EQ(outcome.err.find('\x1b'), std::string::npos);
  EXPECT_NE(outcome.err.find("\\x1b]0;title"), std::string::npos) << outcome.err;
}

TEST_F(ProgramTest, ATerminalThatGoesCostsNoMoreThanATermination) {
  const pid_t child = start(long_run_arguments("run"));
  ASSERT_TRUE(wait_for(path("run") / "stages/1/metrics.jsonl", child));
  kill(child, SIGHUP);
  const Outcome outcome = finish(child);
  EXPECT_EQ(outcome.code(), 130) << outcome.err;
  EXPECT_TRUE(fs::exists(path("run") / "stages/1/checkpoint/state.json"));
  EXPECT_EQ(run(long_run_arguments("run", true)).code(), 0);
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

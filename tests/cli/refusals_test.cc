// What is refused before the first step, and recipes, keys and estimates, which tell of it.
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/json_lines.h"
#include "cli/program.h"

namespace pbb {
namespace {

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

}  // namespace
}  // namespace pbb

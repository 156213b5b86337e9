// The recipe that pbb learn composes.
#include "run/learning.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/temporary_folder.h"
#include "examples/byte_tokenizer.h"
#include "model/byte_decoder.h"
#include "model/load.h"

namespace pbb {
namespace {

class Learning : public testing::Test {
 protected:
  Learning() {
    save_model(folder_ / "bytes", byte_decoder(2048, 1), byte_tokenizer());
    options_.model = (folder_ / "bytes").string();
    options_.base = "none";
  }
  TemporaryFolder folder_;
  LearningOptions options_;
};

// The figures of docs/lab.md are of these recipes: what is better is changed in both.
void expect_reads_as(const Recipe& learning, const char* file) {
  const Recipe theirs =
      read_recipe(std::filesystem::path(PBB_GOLDEN).parent_path().parent_path() / "runs" / file);
  ASSERT_EQ(learning.stages.size(), 1U);
  EXPECT_EQ(learning.evaluation.forms, theirs.evaluation.forms);
  const StageRecipe& stage = theirs.stages.at(0);
  Recipe ours = learning;
  ours.arms = theirs.arms;
  ours.model = theirs.model;
  ours.base = theirs.base;
  ours.title = theirs.title;
  ours.corpus = theirs.corpus;
  ours.evaluation = theirs.evaluation;
  ours.stages[0].reading.steps = stage.reading.steps;
  ours.stages[0].reading.replay = stage.reading.replay;  // resolved by the base, which may be another
  ours.stages[0].train.micro_batch_tokens = stage.train.micro_batch_tokens;
  ours.stages[0].train.checkpoint_every_steps = stage.train.checkpoint_every_steps;
  EXPECT_EQ(write_recipe(ours), write_recipe(theirs));
}

TEST_F(Learning, OnABaseItReadsAsTheDemoAndTheRecipeOfRulesDo) {
  options_.base = "interpreter";
  expect_reads_as(learning_recipe(options_, {}, {}), "demo.toml");
  expect_reads_as(learning_recipe(options_, {}, {}), "rules.toml");
}

TEST_F(Learning, WithReplayOrWithoutABaseItReadsAsTheRecipeOfReplayDoes) {
  expect_reads_as(learning_recipe(options_, {}, {}), "replay.toml");
  options_.base = "interpreter";
  options_.replay = true;
  expect_reads_as(learning_recipe(options_, {}, {}), "replay.toml");
}

TEST_F(Learning, TheRecipeIsReadBackAsItWasComposed) {
  options_.steps = 3;
  options_.questions = 5;
  const Recipe recipe = learning_recipe(options_, {.paths = {}, .examples = {"/known.csv"}}, {});
  const std::string text = write_recipe(recipe);
  write_file(folder_ / "recipe.toml", text);
  EXPECT_EQ(write_recipe(read_kept_recipe(folder_ / "recipe.toml")), text);
  EXPECT_EQ(read_kept_recipe(folder_ / "recipe.toml").corpus.import.test_inputs,
            recipe.corpus.import.test_inputs);
}

TEST_F(Learning, ObjectsToASourceThatIsTooLongAndToNoOther) {
  const Objecting objecting = too_long_to_learn(options_);
  Program program;
  program.name = "fee";
  program.source = "def fee(x):\n    return x\n";
  EXPECT_FALSE(objecting(program));
  program.source += std::string(2000, '#');
  const auto objection = objecting(program);
  ASSERT_TRUE(objection);
  EXPECT_NE(objection->reason.find("tokens to state, more than 1792"), std::string::npos)
      << objection->reason;
}

}  // namespace
}  // namespace pbb

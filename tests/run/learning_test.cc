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

// The figures of docs/lab.md are of that recipe: what is better is changed in both.
TEST_F(Learning, ReadsAsTheRecipeOfRulesDoes) {
  const Recipe learning = learning_recipe(options_, {}, {});
  const Recipe rules =
      read_recipe(std::filesystem::path(PBB_GOLDEN).parent_path().parent_path() / "runs/rules.toml");
  ASSERT_EQ(learning.stages.size(), 1U);
  StageRecipe ours = learning.stages[0], theirs = rules.stages[0];
  EXPECT_EQ(ours.kind, theirs.kind);
  ours.reading.steps = theirs.reading.steps;
  ours.reading.replay = theirs.reading.replay;  // ours stands on no base here
  ours.train.micro_batch_tokens = theirs.train.micro_batch_tokens;
  ours.train.checkpoint_every_steps = theirs.train.checkpoint_every_steps;
  Recipe a = learning, b = rules;
  for (Recipe* recipe : {&a, &b}) recipe->arms.clear();
  a.stages = {ours};
  b.stages = {theirs};
  a.model = b.model;
  a.base = b.base;
  a.title = b.title;
  a.corpus = b.corpus;
  a.evaluation = b.evaluation;
  EXPECT_EQ(write_recipe(a), write_recipe(b));
  EXPECT_EQ(learning.evaluation.forms, rules.evaluation.forms);
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

// Recipes: every key survives a round trip, and nothing unknown or out of range is let through.
#include "recipe/recipe.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/error.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

class RecipeTest : public ::testing::Test {
 protected:
  RecipeTest() : folder_(fs::temp_directory_path() / ("pbb-recipe-test-" + std::to_string(getpid()))) {
    fs::create_directories(folder_);
  }
  ~RecipeTest() override { fs::remove_all(folder_); }

  fs::path write(const std::string& text) {
    const fs::path file = folder_ / "recipe.toml";
    std::ofstream(file) << text;
    return file;
  }
  // The message and hint of the InputError that reading `text` gives; empty when it is taken.
  std::string refusal(const std::string& text, const std::vector<std::string>& overrides = {}) {
    try {
      read_recipe(write(text), overrides);
      return "";
    } catch (const InputError& error) {
      return std::string(error.what()) + " HINT " + error.hint();
    }
  }

  fs::path folder_;
};

constexpr const char* kSmall = "seed = 3\n[[stage]]\nname = \"1\"\nepochs = 2\n";

TEST_F(RecipeTest, ReadsWhatIsWrittenAndKeepsDefaultsForTheRest) {
  const Recipe recipe = read_recipe(write(kSmall));
  EXPECT_EQ(recipe.seed, 3U);
  ASSERT_EQ(recipe.stages.size(), 1U);
  EXPECT_EQ(recipe.stages[0].data.epochs, 2.0);
  EXPECT_EQ(recipe.stages[0].data.seed, 3U);
  EXPECT_EQ(recipe.model, "smollm2-135m");
}

TEST_F(RecipeTest, TheResolvedRecipeReadsBackAsItself) {
  Recipe recipe =
      read_recipe(write(kSmall), {"stage.1.learning_rate=0.00037", "stage.1.recompute=layers",
                                  "title=\"a \\\"quoted\\\" title\"", "evaluation.forms=[\"direct\"]"});
  const std::string once = write_recipe(recipe);
  EXPECT_EQ(write_recipe(read_recipe(write(once))), once);
}

TEST_F(RecipeTest, UnknownKeysAreRefusedWithFileLineAndTheNearestKnownOne) {
  const std::string message = refusal("[[stage]]\nname = \"1\"\nlerning_rate = 0.1\n");
  EXPECT_NE(message.find("recipe.toml:3"), std::string::npos) << message;
  EXPECT_NE(message.find("lerning_rate"), std::string::npos) << message;
  EXPECT_NE(message.find("did you mean 'stage.learning_rate'"), std::string::npos) << message;
  EXPECT_NE(refusal("[corpus.arithmetics]\n[[stage]]\n").find("corpus.arithmetic"), std::string::npos);
}

TEST_F(RecipeTest, WrongTypesAndValuesOutOfRangeNameTheLine) {
  EXPECT_NE(refusal("seed = \"one\"\n[[stage]]\n").find("recipe.toml:1"), std::string::npos);
  EXPECT_NE(refusal("seed = -1\n[[stage]]\n").find("out of range"), std::string::npos);
  EXPECT_NE(refusal("[[stage]]\nepochs = -1\n").find("recipe.toml:2"), std::string::npos);
  EXPECT_NE(refusal("[[stage]]\nsequences_per_step = 1.5\n").find("a whole number"), std::string::npos);
  EXPECT_NE(refusal("[corpus]\nfolder = 3\n[[stage]]\n").find("a string"), std::string::npos);
  EXPECT_NE(refusal("compute = \"f16\"\n[[stage]]\n").find("bf16"), std::string::npos);
  EXPECT_NE(refusal("[[stage]]\nrecompute = \"some\"\n").find("\"layers\""), std::string::npos);
  EXPECT_NE(refusal("not toml at all").find("not TOML"), std::string::npos);
}

TEST_F(RecipeTest, ARecipeWithoutStagesOrWithTwoOfOneNameIsRefused) {
  EXPECT_NE(refusal("seed = 1\n").find("no [[stage]]"), std::string::npos);
  EXPECT_NE(refusal("[[stage]]\nname = \"a\"\n[[stage]]\nname = \"a\"\n").find("taken"), std::string::npos);
  EXPECT_NE(refusal("[[stage]]\nname = \"../up\"\n").find("not plain"), std::string::npos);
}

TEST_F(RecipeTest, OverridesReachTablesAndStagesAndAreCheckedLikeTheFile) {
  const Recipe recipe =
      read_recipe(write(kSmall), {"corpus.arithmetic.with_io=7", "stage.1.epochs=4", "model=other"});
  EXPECT_EQ(recipe.corpus.make.arithmetic.with_io, 7);
  EXPECT_EQ(recipe.stages[0].data.epochs, 4.0);
  EXPECT_EQ(recipe.model, "other");
  EXPECT_NE(refusal(kSmall, {"stage.9.epochs=4"}).find("no stage named '9'"), std::string::npos);
  EXPECT_NE(refusal(kSmall, {"corpus.arithmetic.withio=7"}).find("with_io"), std::string::npos);
  EXPECT_NE(refusal(kSmall, {"seed"}).find("key=value"), std::string::npos);
}

}  // namespace
}  // namespace pbb

// Recipes: every key survives a round trip, and nothing unknown or out of range is let through.
#include "recipe/recipe.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "base/error.h"
#include "recipe/documentation.h"

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

constexpr const char* small_recipe = "seed = 3\n[[stage]]\nname = \"1\"\nepochs = 2\n";

TEST_F(RecipeTest, ReadsWhatIsWrittenAndKeepsDefaultsForTheRest) {
  const Recipe recipe = read_recipe(write(small_recipe));
  EXPECT_EQ(recipe.seed, 3U);
  ASSERT_EQ(recipe.stages.size(), 1U);
  EXPECT_EQ(recipe.stages[0].data.epochs, 2.0);
  EXPECT_EQ(recipe.stages[0].data.seed, 3U);
  EXPECT_EQ(recipe.model, "smollm2-135m");
}

TEST_F(RecipeTest, AnOverrideIsOneKeysValueInUtf8) {
  EXPECT_NE(refusal(small_recipe, {"seed=1\nmodel=\"x\""}).find("more than one line"), std::string::npos);
  for (const char* text : {"title=caf\xe9", "title=\"caf\xe9\"", "t\xe9=1"})
    EXPECT_NE(refusal(small_recipe, {text}).find("not text in UTF-8"), std::string::npos) << text;
  Recipe recipe = read_recipe(write(small_recipe));
  recipe.model = "mod\xe8le";  // it would be kept, and could not be read again
  EXPECT_THROW(write_recipe(recipe), InputError);
}

TEST_F(RecipeTest, TheResolvedRecipeReadsBackAsItself) {
  Recipe recipe =
      read_recipe(write(small_recipe), {"stage.1.learning_rate=0.00037", "stage.1.recompute=layers",
                                        "title=\"a \\\"quoted\\\" title\"", "evaluation.forms=[\"direct\"]"});
  const std::string once = write_recipe(recipe);
  EXPECT_EQ(write_recipe(read_recipe(write(once))), once);
}

TEST_F(RecipeTest, UnknownKeysAreRefusedWithFileLineAndTheNearestKnownOne) {
  const std::string message = refusal("[[stage]]\nname = \"1\"\nlerning_rate = 0.1\n");
  EXPECT_NE(message.find("recipe.toml:3"), std::string::npos) << message;
  EXPECT_NE(message.find("lerning_rate"), std::string::npos) << message;
  EXPECT_NE(message.find("did you mean 'stage.1.learning_rate'"), std::string::npos) << message;
  EXPECT_NE(refusal("[corpus.arithmetics]\n[[stage]]\n").find("corpus.arithmetic"), std::string::npos);
}

TEST_F(RecipeTest, WrongTypesAndValuesOutOfRangeNameTheLine) {
  EXPECT_NE(refusal("seed = \"one\"\n[[stage]]\n").find("recipe.toml:1"), std::string::npos);
  EXPECT_NE(refusal("seed = -1\n[[stage]]\n").find("out of range"), std::string::npos);
  EXPECT_NE(refusal("[[stage]]\nepochs = -1\n").find("recipe.toml:2"), std::string::npos);
  EXPECT_NE(refusal("[[stage]]\nsequences_per_step = 1.5\n").find("a whole number"), std::string::npos);
  EXPECT_NE(refusal("[corpus]\nfolder = 3\n[[stage]]\n").find("a string"), std::string::npos);
  EXPECT_NE(refusal("compute = \"f16\"\n[[stage]]\n").find("bf16"), std::string::npos);
  EXPECT_NE(refusal("[[stage]]\nrecompute = \"some\"\n").find("none, layers"), std::string::npos);
  EXPECT_NE(refusal("not toml at all").find("not TOML"), std::string::npos);
}

TEST_F(RecipeTest, ARecipeWithoutStagesOrWithTwoOfOneNameIsRefused) {
  EXPECT_NE(refusal("seed = 1\n").find("no [[stage]]"), std::string::npos);
  EXPECT_NE(refusal("[[stage]]\nname = \"a\"\n[[stage]]\nname = \"a\"\n").find("is taken"),
            std::string::npos);
  EXPECT_NE(refusal("[[stage]]\nname = \"../up\"\n").find("not plain"), std::string::npos);
}

TEST_F(RecipeTest, OverridesReachTablesAndStagesAndAreCheckedLikeTheFile) {
  Recipe recipe =
      read_recipe(write(small_recipe), {"corpus.arithmetic.with_io=7", "stage.1.epochs=4", "model=other"});
  EXPECT_EQ(MakeOptions(recipe.corpus.make).of("arithmetic").with_io, 7);
  EXPECT_EQ(recipe.stages[0].data.epochs, 4.0);
  EXPECT_EQ(recipe.model, "other");
  EXPECT_NE(refusal(small_recipe, {"stage.9.epochs=4"}).find("no stage named '9' HINT it has 1"),
            std::string::npos);
  EXPECT_NE(refusal(small_recipe, {"corpus.arithmetic.withio=7"}).find("with_io"), std::string::npos);
  EXPECT_NE(refusal(small_recipe, {"seed"}).find("key=value"), std::string::npos);
}

// B9
TEST_F(RecipeTest, AStageWithoutANameIsOverriddenByItsNumber) {
  const Recipe recipe = read_recipe(write("[[stage]]\n[[stage]]\nname = \"last\"\n[[stage]]\n"),
                                    {"stage.1.epochs=4", "stage.3.epochs=5"});
  EXPECT_EQ(recipe.stages[0].data.epochs, 4.0);
  EXPECT_EQ(recipe.stages[1].data.epochs, 1.0);
  EXPECT_EQ(recipe.stages[2].data.epochs, 5.0);
  EXPECT_NE(refusal("[[stage]]\nname = \"last\"\n", {"stage.1.epochs=4"}).find("it has last"),
            std::string::npos);
}

// B13
TEST_F(RecipeTest, IntegersThatADoubleDoesNotHoldExactlyAreOutOfRangeAndNotTakenForNothing) {
  for (const char* value : {"9007199254740993", "-9007199254740993", "9223372036854775807", "inf", "nan"}) {
    const std::string message = refusal(std::string("[[stage]]\nepochs = ") + value + "\n");
    EXPECT_NE(message.find("recipe.toml:2: stage.1.epochs = "), std::string::npos) << value << message;
    EXPECT_NE(message.find("out of range"), std::string::npos) << message;
  }
  EXPECT_EQ(read_recipe(write("seed = 9007199254740993\n[[stage]]\nepochs = 3\n")).seed, 9007199254740993U);
}

// case late_refusal
TEST_F(RecipeTest, AValueThatTrainingWouldRefuseIsRefusedWhenTheRecipeIsReadInEveryStage) {
  const std::string two = "[[stage]]\nname = \"1\"\n[[stage]]\nname = \"second\"\n";
  for (const char* line :
       {"learning_rate = 0", "final_share = 1.5", "warmup_steps = -1", "beta1 = 1", "beta2 = -0.1",
        "weight_decay = -1", "clip_norm = -1", "micro_batch_tokens = 0", "epochs = 0", "direct_share = 2",
        "sequences_per_step = 0", "checkpoint_every_steps = -1"}) {
    const std::string message = refusal(two + line + "\n");
    EXPECT_NE(message.find("recipe.toml:5: stage.second."), std::string::npos) << line << ": " << message;
    EXPECT_NE(message.find("out of range HINT"), std::string::npos) << line << ": " << message;
  }
}

// cases arm_twice, arm_path
TEST_F(RecipeTest, AnArmNeedsAPlainNameOfItsOwn) {
  const auto with_arms = [&](const std::string& first, const std::string& second) {
    return refusal("[[stage]]\narm = \"" + first + "\"\n[[stage]]\narm = \"" + second + "\"\n");
  };
  EXPECT_EQ(with_arms("before-source", "trained"), "");
  const std::string twice = with_arms("trained", "trained");
  EXPECT_NE(twice.find("recipe.toml:4: stage.2.arm = 'trained' is taken: stage.1.arm"), std::string::npos)
      << twice;
  EXPECT_NE(with_arms("untrained", "trained").find("stage.1.arm = 'untrained' is taken"), std::string::npos);
  EXPECT_NE(with_arms("before", "in-context").find("stage.2.arm = 'in-context' is taken"), std::string::npos);
  for (const char* name : {"../../x", "a/b", "Trained", "a b", ".", "a.b", "\xc3\xa9"}) {
    EXPECT_NE(with_arms(name, "trained").find("is not plain"), std::string::npos) << name;
  }
  EXPECT_NE(with_arms(std::string(300, 'a'), "trained").find("is not plain"), std::string::npos);
}

TEST_F(RecipeTest, ShorthandStandsForTheArmsOfRecipesWithoutTables) {
  const Recipe recipe = read_recipe(write("[[stage]]\narm = \"before\"\n[[stage]]\narm = \"after\"\n"));
  ASSERT_EQ(recipe.arms.size(), 4U);
  EXPECT_EQ(recipe.arms[0].name, "untrained");
  EXPECT_EQ(recipe.arms[1].name, "in-context");
  EXPECT_EQ(recipe.arms[1].source, ShownSource::prompt);
  EXPECT_EQ(recipe.arms[3].name, "after");
  EXPECT_EQ(recipe.arms[3].stage, "2");
  EXPECT_EQ(recipe.arms[3].forms.size(), 2U);
  const Recipe none = read_recipe(write("[[stage]]\n[evaluation]\nuntrained = false\nin_context = false\n"));
  EXPECT_TRUE(none.arms.empty());
  EXPECT_TRUE(read_recipe(write(write_recipe(none))).arms.empty());
}

constexpr const char* recipe_of_arms = R"(
[[stage]]
[[stage]]
name = "reading"
[evaluation]
forms = ["trace", "direct"]
[[arm]]
name = "ceiling"
stage = "1"
source = "given"
[[arm]]
name = "asked-by-another-name"
stage = "reading"
question = "wrong-name"
forms = ["direct"]
shots = 2
chat = true
)";

TEST_F(RecipeTest, ArmTablesSayAllAndReadBackAsThemselves) {
  const Recipe recipe = read_recipe(write(recipe_of_arms), {"arm.ceiling.shots=1"});
  ASSERT_EQ(recipe.arms.size(), 2U);
  EXPECT_EQ(recipe.arms[0].source, ShownSource::given);
  EXPECT_EQ(recipe.arms[0].forms, std::vector{AnswerForm::trace})
      << "what is left of a given answer is a trace";
  EXPECT_EQ(recipe.arms[0].shots, 1);
  EXPECT_EQ(recipe.arms[1].stage, "reading");
  EXPECT_EQ(recipe.arms[1].question, AskedName::wrong);
  EXPECT_EQ(recipe.arms[1].forms, std::vector{AnswerForm::direct});
  EXPECT_TRUE(recipe.arms[1].chat);
  const std::string once = write_recipe(recipe);
  EXPECT_EQ(write_recipe(read_recipe(write(once))), once);
}

TEST_F(RecipeTest, ArmTablesThatCannotBeAskedAreRefused) {
  const auto with = [&](const std::string& lines) { return refusal("[[stage]]\n[[arm]]\n" + lines); };
  EXPECT_EQ(with("name = \"a\"\n"), "");
  EXPECT_NE(with("").find("arm.1.name = '' is not plain"), std::string::npos) << with("");
  EXPECT_NE(with("name = \"a\"\nexecutor = \"base\"\n").find("wants a stage"), std::string::npos);
  EXPECT_NE(
      with("name = \"a\"\nexecutor = \"base\"\nforms = [\"trace\"]\n").find("takes over where a source"),
      std::string::npos);
  EXPECT_NE(with("name = \"a\"\n[[arm]]\nname = \"a\"\n").find("is taken: arm.1.name"), std::string::npos);
  EXPECT_NE(with("name = \"a\"\nstage = \"2\"\n").find("HINT one of 1"), std::string::npos);
  EXPECT_NE(with("name = \"a\"\nsource = \"told\"\n").find("HINT none, prompt, given, shuffled"),
            std::string::npos);
  EXPECT_NE(with("name = \"a\"\nforms = []\n").find("asked nothing"), std::string::npos);
  EXPECT_NE(with("name = \"a\"\nsource = \"given\"\nforms = [\"direct\"]\n").find("is a trace"),
            std::string::npos);
  EXPECT_NE(with("name = \"a\"\nsource = \"given\"\nchat = true\n").find("is chat"), std::string::npos);
  EXPECT_NE(with("name = \"a\"\nsource = \"prompt\"\nquestion = \"wrong-name\"\n").find("wrong name"),
            std::string::npos);
  EXPECT_NE(refusal("[[stage]]\narm = \"b\"\n[[arm]]\nname = \"a\"\n")
                .find("recipe.toml:2: stage.arm means nothing"),
            std::string::npos);
  EXPECT_NE(refusal("[[stage]]\n[evaluation]\nuntrained = false\n[[arm]]\nname = \"a\"\n")
                .find("evaluation.untrained"),
            std::string::npos);
}

TEST_F(RecipeTest, EveryKeyIsDocumentedOnceWithItsDefaultAndCompleted) {
  const std::string text = recipe_documentation();
  EXPECT_NE(text.find("| `max_conditions` | `3` | whole: 1 to 5 |"), std::string::npos) << text;
  EXPECT_NE(text.find("| `recompute` | `\"none\"` | none, layers |"), std::string::npos) << text;
  EXPECT_NE(text.find("| `checkpoint_every_steps` | `200` | whole: 0 or more |"), std::string::npos) << text;
  const std::vector<std::string> keys = recipe_keys();
  EXPECT_EQ(std::set<std::string>(keys.begin(), keys.end()).size(), keys.size());
  for (const char* key : {"seed", "corpus.arithmetic.max_factor", "stage.NAME.epochs", "arm.NAME.source"}) {
    EXPECT_EQ(std::ranges::count(keys, key), 1) << key;
  }
}

TEST_F(RecipeTest, AFormNamedTwiceIsRefused) {
  EXPECT_NE(refusal("[[stage]]\n[evaluation]\nforms = [\"trace\", \"direct\", \"trace\"]\n")
                .find("names 'trace' twice"),
            std::string::npos);
}

TEST_F(RecipeTest, AStageComesAfterTheOneBeforeItOrTheOneThatItNames) {
  const Recipe recipe = read_recipe(write(R"(
[[stage]]
name = "read"
[[stage]]
name = "sft"
[[stage]]
name = "grpo"
kind = "grpo"
after = "read"
[[stage]]
name = "both"
[[stage]]
name = "alone"
after = "none"
)"));
  const auto behind = [&](std::string_view stage) {
    std::string names;
    for (const StageRecipe* one : stages_behind(recipe, stage)) names += one->name + ' ';
    return names;
  };
  EXPECT_EQ(behind("read"), "read ");
  EXPECT_EQ(behind("sft"), "read sft ");
  EXPECT_EQ(behind("grpo"), "read grpo ");
  EXPECT_EQ(behind("both"), "read grpo both ");
  EXPECT_EQ(behind("alone"), "alone ");
  EXPECT_EQ(behind(""), "");
  EXPECT_EQ(behind("absent"), "");
  EXPECT_NE(refusal("[[stage]]\nname = \"a\"\nafter = \"b\"\n[[stage]]\nname = \"b\"\n")
                .find("recipe.toml:1: stage.a.after = 'b' is no stage before it"),
            std::string::npos);
  EXPECT_NE(refusal("[[stage]]\nname = \"none\"\n").find("the model as it came"), std::string::npos);
}

TEST_F(RecipeTest, AStageOfGrpoIsReadAndWhatSaysNothingOfItIsRefused) {
  const std::string grpo = "[[stage]]\nkind = \"grpo\"\n";
  const Recipe recipe =
      read_recipe(write(grpo + "samples = 4\nform = \"recite\"\nnormalisation = \"dr\"\nupdates = 2\n"
                               "clip_high = 0.5\nkl = 0.1\n"));
  EXPECT_EQ(write_recipe(read_recipe(write(write_recipe(recipe)))), write_recipe(recipe));
  const GroupOptions& options = recipe.stages[0].grpo;
  EXPECT_EQ(options.samples, 4);
  EXPECT_EQ(options.form, AnswerForm::recite);
  EXPECT_EQ(options.policy.normalisation, GroupNormalisation::dr);
  EXPECT_EQ(options.policy.clip_high, 0.5);
  EXPECT_EQ(options.stage, "1");
  EXPECT_TRUE(recipe.stages[0].shows_executions());
  EXPECT_FALSE(recipe.stages[0].shows_sources());
  const auto refused = [&](const std::string& line, const char* part) {
    const std::string message = refusal(grpo + line + "\n");
    EXPECT_NE(message.find(part), std::string::npos) << message;
    EXPECT_NE(message.find("HINT"), std::string::npos) << message;
  };
  refused("samples = 1", "samples");
  refused("form = \"assisted\"", "form");
  refused("epochs = 2", "epochs");
  refused("only_unknown_tokens = true", "means nothing here");
  refused("form = \"direct\"\nrecall_reward = 0.5", "recalls no line");
  refused("clip_high = 0.5", "clip_high means nothing here");
}

TEST_F(RecipeTest, KeysThatMeanNothingBesideTheOthersAreRefused) {
  const auto corpus = [&](const std::string& text) { return refusal("[[stage]]\n[corpus]\n" + text); };
  EXPECT_EQ(corpus("folder = \"c\"\n"), "");
  EXPECT_EQ(corpus("python_folder = \"rules\"\nsource_only_share = 0.2\ntest_inputs = 2\n"), "");
  EXPECT_EQ(corpus("train_inputs = 3\n[corpus.arithmetic]\nwith_io = 3\n"), "");
  const std::string taken = corpus("folder = \"c\"\ntrain_inputs = 3\n");
  EXPECT_NE(taken.find("recipe.toml:4: corpus.train_inputs means nothing here"), std::string::npos) << taken;
  EXPECT_NE(corpus("folder = \"c\"\n[corpus.rules]\nwith_io = 3\n").find("corpus.rules"), std::string::npos);
  EXPECT_NE(corpus("python_folder = \"r\"\n[corpus.rules]\nwith_io = 3\n").find("corpus.rules"),
            std::string::npos);
  EXPECT_NE(corpus("source_only_share = 0.2\n").find("not imported"), std::string::npos);
  EXPECT_NE(corpus("folder = \"c\"\npython_folder = \"r\"\n").find("keep one"), std::string::npos);
}

TEST_F(RecipeTest, FilesToImportAreKeptAsAListWithTheirExamples) {
  const std::string text =
      "[corpus]\npython_files = [\"a.py\", \"b.py\"]\nexamples = [\"known.csv\"]\nboundary_inputs = 3\n"
      "source_only_share = 1.0\n[[stage]]\n";
  const Recipe recipe = read_recipe(write(text));
  EXPECT_EQ(recipe.corpus.sources().paths, (std::vector<fs::path>{"a.py", "b.py"}));
  EXPECT_EQ(recipe.corpus.sources().examples, (std::vector<fs::path>{"known.csv"}));
  EXPECT_EQ(recipe.corpus.import.boundary_inputs, 3);
  EXPECT_EQ(write_recipe(read_recipe(write(write_recipe(recipe)))), write_recipe(recipe));
  const auto refused = [&](const std::string& corpus) { return refusal("[[stage]]\n[corpus]\n" + corpus); };
  EXPECT_NE(refused("python_files = [\"a.py\", \"a.py\"]\n").find("names 'a.py' twice"), std::string::npos);
  EXPECT_NE(refused("python_files = [\"a.py\"]\npython_folder = \"r\"\n").find("keep one"),
            std::string::npos);
  EXPECT_NE(refused("examples = [\"known.csv\"]\n").find("corpus.examples means nothing here"),
            std::string::npos);
}

TEST_F(RecipeTest, WhatAnEarlierVersionKeptOfARunIsRead) {
  const fs::path kept =
      write("[corpus]\nfolder = \"c\"\ntrain_inputs = 3\n[corpus.rules]\nwith_io = 3\n[[stage]]\n");
  EXPECT_THROW(read_recipe(kept), InputError);
  EXPECT_EQ(read_kept_recipe(kept).corpus.folder, "c");
  EXPECT_EQ(write_recipe(read_recipe(write(write_recipe(read_kept_recipe(kept))))),
            write_recipe(read_kept_recipe(kept)));
}

}  // namespace
}  // namespace pbb

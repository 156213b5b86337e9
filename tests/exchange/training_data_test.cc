// What other tools are given is what pbb trains on: token by token, mask by mask, and nothing of what is held out.
#include "exchange/training_data.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/json_lines.h"
#include "base/temporary_folder.h"
#include "examples/byte_tokenizer.h"
#include "examples/text_segments.h"
#include "exchange/data_formats.h"
#include "exchange/data_readme.h"
#include "model/byte_decoder.h"
#include "model/load.h"
#include "run/plan.h"
#include "run/sandboxes.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// Two programs with inputs to train on and two known by source; then these are read beside drills.
constexpr const char* recipe_text = R"(
[corpus]
train_inputs = 4
test_inputs = 3
[corpus.arithmetic]
with_io = 3
source_only = 2
[[stage]]
name = "first"
with_io_declarations = 4
with_io_executions = 6
source_only_declarations = 3
[[stage]]
name = "second"
kind = "reading"
steps = 12
declarations = 2
executions = 0
[[arm]]
name = "after"
stage = "second"
)";

// A corpus and its export, made once. Fresh programs, which would take the sandbox seconds, have the masks of
// executions; all kinds are in examples/text_segments_test.cc.
struct Written {
  Written() {
    save_model(folder / "model", byte_decoder(2048, 1), byte_tokenizer());
    write_file(folder / "recipe.toml",
               fmt::format("title = \"small\"\nmodel = \"{}\"\n", (folder / "model").string()) + recipe_text);
    recipe = read_recipe(folder / "recipe.toml");
    make_recipe_corpus(recipe, false, folder / "corpus");
    corpus = read_corpus(folder / "corpus");
    stages = export_training_data(
        recipe, corpus, sandbox_runner(),
        {.formats = {}, .command = "pbb export-data recipe.toml --out data", .run = {}}, folder / "data");
    trained_on = {trained_on_in(0), trained_on_in(1)};
  }
  // What pbb trains on, of a model that recalls nothing.
  std::vector<Example> trained_on_in(std::size_t stage) const {
    std::vector<Example> all;
    const TrainingPrograms programs = training_programs(corpus);
    const auto source = stage_source(recipe.stages[stage], programs, tokenizer, sandbox_runner(), {});
    for (std::int64_t step = 0; step < source->steps() && !source->is_finished(); ++step) {
      const auto examples = source->step(step);
      std::vector<ExampleOutcome> outcomes;
      for (const Example& example : examples) {
        outcomes.emplace_back(std::count(example.trained.begin() + 1, example.trained.end(), 1));
        all.push_back(example);
      }
      source->observe(step, examples, outcomes);
    }
    return all;
  }

  TemporaryFolder folder;
  Tokenizer tokenizer = byte_tokenizer();
  Recipe recipe;
  Corpus corpus;
  std::vector<ExportedStage> stages;
  std::vector<std::vector<Example>> trained_on;
};

class TrainingData : public testing::Test {
 protected:
  static void SetUpTestSuite() { written_ = std::make_unique<Written>(); }
  static void TearDownTestSuite() { written_.reset(); }

  fs::path path(const std::string& name) const { return written_->folder / name; }
  std::vector<json> lines(const std::string& file) const {
    std::vector<json> all;
    read_json_lines(path(file), [&](const json& line, int) { all.push_back(line); });
    return all;
  }

  static std::unique_ptr<Written> written_;
  SpeltTokens spelt_{written_->tokenizer};
};
std::unique_ptr<Written> TrainingData::written_;

struct Told {
  std::vector<std::int32_t> tokens;
  std::vector<std::uint8_t> trained;
  bool operator==(const Told&) const = default;
};

TEST_F(TrainingData, EveryLineOfTokensIsAnExampleOfTrainingWithItsMask) {
  for (const std::size_t stage : {0U, 1U}) {
    const auto& examples = written_->trained_on[stage];
    const auto told = lines(fmt::format("data/{}/tokens.jsonl", written_->recipe.stages[stage].name));
    ASSERT_EQ(told.size(), examples.size());
    for (std::size_t i = 0; i < told.size(); ++i) {
      const std::vector<std::int32_t> labels = told[i].at("labels");
      ASSERT_EQ(told[i].at("input_ids"), json(examples[i].tokens));
      ASSERT_EQ(labels.size(), examples[i].tokens.size());
      for (std::size_t t = 0; t < labels.size(); ++t)
        ASSERT_EQ(labels[t], examples[i].trained[t] != 0 ? examples[i].tokens[t] : -100);
      EXPECT_EQ(told[i].at("attention_mask"), json(std::vector<int>(labels.size(), 1)));
      EXPECT_EQ(told[i].size(), 3U);  // axolotl takes these columns and no others
    }
  }
}

TEST_F(TrainingData, SegmentsTokenisedOneByOneAreTheExamplesOfTraining) {
  for (const std::size_t stage : {0U, 1U}) {
    const auto& examples = written_->trained_on[stage];
    const auto told = lines(fmt::format("data/{}/segments.jsonl", written_->recipe.stages[stage].name));
    ASSERT_EQ(told.size(), examples.size());
    for (std::size_t i = 0; i < told.size(); ++i) {
      Told found;
      for (const json& segment : told[i].at("segments")) {
        const auto more = spelt_.encode(segment.at("text").get<std::string>());
        found.tokens.insert(found.tokens.end(), more.begin(), more.end());
        found.trained.resize(found.tokens.size(), segment.at("label").get<bool>());
      }
      EXPECT_EQ(found, (Told{examples[i].tokens, examples[i].trained}));
    }
  }
}

TEST_F(TrainingData, PromptAndCompletionAreTheTextBeforeTheMaskAndWithinIt) {
  const auto& examples = written_->trained_on[0];
  const auto told = lines("data/first/prompt_completion.jsonl");
  ASSERT_EQ(told.size(), examples.size());
  for (std::size_t i = 0; i < told.size(); ++i) {
    const auto prompt = spelt_.encode(told[i].at("prompt").get<std::string>());
    auto tokens = prompt;
    const auto completion = spelt_.encode(told[i].at("completion").get<std::string>());
    tokens.insert(tokens.end(), completion.begin(), completion.end());
    std::vector<std::uint8_t> trained(prompt.size(), 0);
    trained.resize(tokens.size(), 1);
    EXPECT_EQ((Told{tokens, trained}), (Told{examples[i].tokens, examples[i].trained}));
  }
}

TEST_F(TrainingData, InAChatTheAssistantSaysWhatIsTrainedOnAndItsTextIsTheExamplesWithoutItsEnd) {
  for (const std::size_t stage : {0U, 1U}) {
    const auto& examples = written_->trained_on[stage];
    const auto told = lines(fmt::format("data/{}/messages.jsonl", written_->recipe.stages[stage].name));
    ASSERT_EQ(told.size(), examples.size());
    for (std::size_t i = 0; i < told.size(); ++i) {
      Told found;
      std::string before;
      for (const json& message : told[i].at("messages")) {
        const std::string text = message.at("content"), role = message.at("role");
        EXPECT_NE(role, before) << "two turns of one";
        EXPECT_EQ(message.contains("weight"), role == "assistant");
        const auto more = written_->tokenizer.encode(text);
        found.tokens.insert(found.tokens.end(), more.begin(), more.end());
        found.trained.resize(found.tokens.size(), role == "assistant");
        before = role;
      }
      EXPECT_EQ(before, "assistant");
      Told wanted{examples[i].tokens, examples[i].trained};
      if (wanted.tokens.back() == written_->tokenizer.end_of_text()) {
        wanted.tokens.pop_back();
        wanted.trained.pop_back();
      }
      wanted.trained[0] = wanted.trained[1];  // it is never predicted
      EXPECT_EQ(found, wanted);
    }
  }
}

// The texts of a line, joined: of its tokens, or all that it says under the names of texts.
std::string text_of(const Tokenizer& tokenizer, const json& line) {
  if (line.contains("input_ids"))
    return tokenizer.decode(line.at("input_ids").get<std::vector<std::int32_t>>());
  std::string text;
  for (const char* name : {"prompt", "completion"}) text += line.value(name, "");
  for (const char* list : {"segments", "messages"}) {
    for (const json& part : line.value(list, json::array()))
      text += part.contains("text") ? part.at("text") : part.at("content");
  }
  return text;
}

TEST_F(TrainingData, NoFileHoldsAHeldOutCallOfAStageThatRunsProgramsOrAnAnswerOfAProgramKnownBySource) {
  std::size_t searched = 0;
  for (const char* stage : {"first", "second"}) {
    for (const DataFormat& format : data_formats()) {
      for (const json& line : lines(fmt::format("data/{}/{}.jsonl", stage, format.name))) {
        const std::string text = text_of(written_->tokenizer, line);
        ASSERT_FALSE(text.empty());
        ++searched;
        for (const Program& program : written_->corpus.programs) {
          const bool is_secret = program.split == Split::source_only;
          for (const Execution& execution : read_test_executions(written_->corpus, program)) {
            const std::size_t at = text.find(call_text(program.name, execution.arguments));
            if (at == std::string::npos) continue;
            // Reading asks with arguments that it made up, which may be anybody's, and says nothing of what comes.
            EXPECT_TRUE(is_secret && std::string(stage) == "second") << text;
            for (const TraceStep& step : execution.trace)
              EXPECT_EQ(text.find(step.step, at), std::string::npos) << text;
            EXPECT_FALSE(text.ends_with(outcome_text(execution.outcome))) << text;
          }
        }
      }
    }
  }
  EXPECT_GT(searched, 100U);
}

TEST_F(TrainingData, StagesThatNoFilesCanHoldAreRefusedByName) {
  Recipe recipe;
  recipe.file = "recipe.toml";
  recipe.stages.resize(2);
  recipe.stages[0].name = "first";
  recipe.stages[1].name = "second";
  const auto refusal = [&] {
    const TemporaryFolder folder;
    try {
      export_training_data(recipe, written_->corpus, sandbox_runner(), {}, folder.path() / "data");
    } catch (const InputError& error) {
      EXPECT_FALSE(error.hint().empty());
      EXPECT_FALSE(fs::exists(folder.path() / "data"));
      return std::string(error.what());
    }
    return std::string("written");
  };
  recipe.stages[1].after = "none";
  EXPECT_NE(refusal().find("stage second names what it comes after"), std::string::npos);
  recipe.stages[1].after.clear();
  recipe.stages[1].kind = StageKind::grpo;
  EXPECT_NE(refusal().find("stage second learns from answers"), std::string::npos);
}

TEST_F(TrainingData, WhatAFormatCannotHoldIsCountedAndTold) {
  const auto& stages = written_->stages;
  ASSERT_EQ(stages.size(), 2U);
  const auto& drilled = stages[1];
  EXPECT_EQ(drilled.examples, 12 * 3);
  EXPECT_TRUE(drilled.is_guessed);
  for (const ExportedFile& file : drilled.files)  // a drill a step: results between operands
    EXPECT_EQ(file.left_out, file.format == "prompt_completion" ? 12 : 0) << file.format;
  const std::string notes = fmt::format("{}", fmt::join(data_notes(stages), "\n"));
  EXPECT_NE(notes.find("stage second: 12 examples are not in `prompt_completion`"), std::string::npos)
      << notes;
  EXPECT_NE(read_file(path("data/README.md")).find("12 examples are not in"), std::string::npos);
}

TEST_F(TrainingData, OnlyTheFormatsThatAreAskedForAreWritten) {
  Recipe recipe = written_->recipe;
  recipe.stages.pop_back();
  export_training_data(recipe, written_->corpus, Runner(),
                       {.formats = {"segments"}, .command = "", .run = {}}, path("segments"));
  EXPECT_TRUE(fs::exists(path("segments/first/segments.jsonl")));
  EXPECT_FALSE(fs::exists(path("segments/first/tokens.jsonl")));
}

TEST_F(TrainingData, TheReadmeHasAValueForEachOfItsPlacesAndTheCommandThatMadeIt) {
  const std::string readme = read_file(path("data/README.md"));
  EXPECT_EQ(readme.find("{{"), std::string::npos) << readme;
  for (const char* part :
       {"pbb export-data recipe.toml --out data", "first/tokens.jsonl", "type: input_output",
        "tokenized_path=first/tokenized", "purpose=fine-tune", "pbb eval "})
    EXPECT_NE(readme.find(part), std::string::npos) << part;
}

TEST_F(TrainingData, AFolderThatHoldsSomethingIsLeftAsItIs) {
  write_file(path("full/notes.txt"), "mine");
  EXPECT_THROW(export_training_data(written_->recipe, written_->corpus, Runner(), {}, path("full")),
               InputError);
  EXPECT_EQ(read_file(path("full/notes.txt")), "mine");
  EXPECT_FALSE(fs::exists(path("full/README.md")));
}

TEST(FillIn, ANameWithoutAValueStaysAsItIs) {
  EXPECT_EQ(fill_in("{{a}}, {{b}} and {{", {{"a", "1"}}), "1, {{b}} and {{");
  EXPECT_EQ(fill_in("", {}), "");
}

}  // namespace
}  // namespace pbb

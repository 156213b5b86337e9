#include "exchange/training_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "base/manifest.h"
#include "exchange/data_formats.h"
#include "exchange/data_readme.h"
#include "exchange/stage_walk.h"
#include "model/load.h"
#include "run/bases.h"
#include "run/plan.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

std::vector<DataFormat> chosen_formats(const std::vector<std::string>& names) {
  std::vector<DataFormat> chosen;
  for (const DataFormat& format : data_formats()) {
    if (names.empty() || std::ranges::count(names, format.name) > 0) chosen.push_back(format);
  }
  return chosen;
}

// The files of a stage while its examples come.
class StageFiles {
 public:
  StageFiles(const fs::path& folder, const Tokenizer& tokenizer, std::vector<DataFormat> formats,
             ExportedStage& stage)
      : tokenizer_(tokenizer), spelt_(tokenizer), formats_(std::move(formats)), stage_(stage) {
    make_folder(folder);
    for (const DataFormat& format : formats_) {
      stage_.files.push_back({.format = std::string(format.name)});
      paths_.push_back(folder / fmt::format("{}.jsonl", format.name));
      streams_.emplace_back(paths_.back(), std::ios::binary);
    }
  }

  void add(const Example& example) {
    const auto segments = text_segments(tokenizer_, spelt_, example);
    const DataExample data{tokenizer_, spelt_, example, segments};
    count(data);
    for (std::size_t i = 0; i < formats_.size(); ++i) {
      const auto line = formats_[i].line(data);
      ++(line ? stage_.files[i].lines : stage_.files[i].left_out);
      if (line) streams_[i] << line->dump() << '\n';
      if (!streams_[i]) throw_unwritable(paths_[i], errno);
    }
  }

  void close() {
    for (std::size_t i = 0; i < streams_.size(); ++i) {
      streams_[i].close();
      if (!streams_[i]) throw_unwritable(paths_[i], errno);
      if (stage_.files[i].lines == 0) std::filesystem::remove(paths_[i]);  // no tool reads an empty one
    }
  }

 private:
  void count(const DataExample& data) {
    const Example& example = data.example;
    const auto is_one = [](float weight) { return weight == 1; };
    ++stage_.examples;
    stage_.tokens += std::ssize(example.tokens);
    stage_.longest = std::max<std::int64_t>(stage_.longest, std::ssize(example.tokens));
    stage_.trained_tokens += std::count(example.trained.begin() + 1, example.trained.end(), 1);
    stage_.same_as_one_text += data.segments && is_same_as_one_text(data);
    stage_.kept += example.keeps;
    stage_.weighted += !std::ranges::all_of(example.weights, is_one);
    stage_.corrupted += !example.inputs.empty();
  }

  const Tokenizer& tokenizer_;
  SpeltTokens spelt_;
  std::vector<DataFormat> formats_;
  ExportedStage& stage_;
  std::vector<fs::path> paths_;
  std::vector<std::ofstream> streams_;
};

// What no other tool could make of files.
void refuse_to_export(const Recipe& recipe, const StageRecipe& stage) {
  const std::string at = fmt::format("{}: stage {}", recipe.file.string(), stage.name);
  if (stage.kind == StageKind::grpo) {
    throw InputError(at +
                         " learns from answers that the model writes meanwhile (GRPO): there are no files of "
                         "them beforehand",
                     "export a recipe without that stage: what comes before it is the same");
  }
  if (!stage.after.empty()) {
    throw InputError(at + " names what it comes after, but what is exported is trained one after the other",
                     "export a recipe with those stages alone that follow each other");
  }
}

// Of the run's own stage, where there is one that is done.
std::optional<RightFrom> right_in(const TrainingDataOptions& options, const StageRecipe& stage,
                                  StepSource& source) {
  const fs::path folder = options.run / "stages" / stage.name;
  if (options.run.empty() || !fs::exists(folder / "result.json")) return std::nullopt;
  return right_from(source, stage, folder / "checkpoint");
}

}  // namespace

std::vector<ExportedStage> export_training_data(const Recipe& recipe, const Corpus& corpus, const Runner& run,
                                                const TrainingDataOptions& options, const fs::path& folder) {
  if (recipe.stages.empty()) {
    throw InputError(recipe.file.string() + ": the recipe has no stages, so that nothing is trained on",
                     "give it a [[stage]]");
  }
  for (const StageRecipe& stage : recipe.stages) refuse_to_export(recipe, stage);
  const Tokenizer tokenizer = load_tokenizer(recipe.model);
  const TrainingPrograms programs = training_programs(corpus);
  BaseTexts texts(recipe, tokenizer);
  std::vector<ExportedStage> stages;
  write_folder_with_manifest(folder, training_data_kind, options.replace, [&](const fs::path& to) {
    for (const StageRecipe& stage : recipe.stages) {
      const auto make_source = [&] {
        return stage_source(stage, programs, tokenizer, run, texts.shown_by(stage));
      };
      const auto right = right_in(options, stage, *make_source());
      ExportedStage& exported = stages.emplace_back(ExportedStage());
      exported.name = stage.name;
      exported.is_guessed = stage.may_end_early() && !right;
      exported.is_merged = stage.kind == StageKind::practice && recipe.adapter.rank > 0;
      StageFiles files(to / stage.name, tokenizer, chosen_formats(options.formats), exported);
      const auto source = make_source();
      exported.steps = walk_stage(*source, right, [&](const std::vector<Example>& examples) {
        for (const Example& example : examples) files.add(example);
      });
      files.close();
    }
    write_file(to / "README.md", data_readme(recipe, tokenizer, options, stages));
  });
  return stages;
}

}  // namespace pbb

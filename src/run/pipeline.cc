#include "run/pipeline.h"
#include "base/plural.h"
#include "base/printable.h"
#include "run/bases.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/manifest.h"
#include "base/stopwatch.h"
#include "run/models.h"
#include "run/sandboxes.h"
#include "run/stage_result.h"
#include "run/start.h"

namespace pbb {
namespace fs = std::filesystem;
namespace {

void say(bool quiet, const std::string& text) {
  if (!quiet) fmt::print(stderr, "{}\n", printable_line(text));
}

// A run goes on in the compute type that it began in, wherever it is resumed, and by the defaults that it
// began with.
Recipe resolved(Recipe recipe, const fs::path& folder) {
  const bool leaves_open = recipe.compute == "auto" || !recipe.corpus.python_folder.empty();
  const auto kept = leaves_open && is_run_folder(folder)
                        ? std::optional(read_kept_recipe(folder / "recipe.toml"))
                        : std::nullopt;
  if (kept) take_earlier_defaults(recipe, *kept);
  if (kept && recipe.compute == "auto") {
    recipe.compute = kept->compute;
    const auto record = read_run_record(folder);  // "auto" still: of a pbb that did not resolve it
    if (recipe.compute == "auto" && record && !record->compute_type.empty())
      recipe.compute = record->compute_type;
  }
  recipe.compute = data_type_name(compute_type(recipe.compute));
  return recipe;
}

}  // namespace

Pipeline::Pipeline(Recipe recipe, PipelineOptions options)
    : recipe_(resolved(std::move(recipe), options.folder)),
      options_(std::move(options)),
      taken_(options_.folder, use_for_run(recipe_, options_.resume)),
      record_(read_run_record(options_.folder).value_or(RunRecord())) {}

const Corpus& Pipeline::corpus() {
  if (!corpus_.programs.empty()) return corpus_;
  const fs::path folder = options_.folder / "corpus";
  corpus_ = read_corpus(folder);
  const std::string found = fmt::format("{:08x}", contents_checksum(folder));
  if (record_.corpus_checksum.empty()) record_.corpus_checksum = found;
  if (found == record_.corpus_checksum) return corpus_;
  const std::string changes = changes_since_written(folder, "corpus");
  throw InputError(fmt::format("{}: is not the corpus that the run began with{}{}", folder.string(),
                               changes.empty() ? "" : ": ", changes),
                   "put it back as it was, or start another run with it: corpus.folder");
}

void Pipeline::make_corpus(const fs::path& made) {
  const fs::path folder = options_.folder / "corpus";
  if (fs::exists(folder)) return;
  const Stopwatch watch;
  if (made.empty()) {
    make_recipe_corpus(recipe_, options_.unsafe_no_isolation, folder);
  } else {
    copy_corpus(made, folder);
  }
  say(options_.quiet,
      fmt::format("corpus: {} in {}", plural(corpus().programs.size(), "program"), folder.string()));
  note_timing(options_.folder, "corpus", watch.seconds());
}

bool Pipeline::is_trained(const StageRecipe& stage) const {
  return fs::exists(stage_folder(stage) / "result.json") && fs::exists(stage_folder(stage) / "metrics.jsonl");
}

bool Pipeline::is_done() const {
  const auto trained = [&](const StageRecipe& stage) { return is_trained(stage); };
  const auto asked = [&](const ArmPlan& arm) { return fs::exists(arm_file(arm.name)); };
  return std::ranges::all_of(recipe_.stages, trained) && std::ranges::all_of(planned_arms(recipe_), asked);
}

void Pipeline::begin() {
  if (sitting_) return;
  corpus();
  taken_.keep();
  if (record_.sittings.empty()) {
    record_.title = recipe_.title;
    record_.command = options_.whole_command;
    record_.model = recipe_.model;
    record_.seed = recipe_.seed;
  }
  record_.compute_type = recipe_.compute;
  sitting_ = record_.sittings.size();
  record_.sittings.push_back(begin_sitting(options_.kind, options_.command, recipe_.compute));
  write_run_record(options_.folder, record_);
}

void Pipeline::end() {
  if (sitting_) end_sitting(record_.sittings[*sitting_]);
  std::vector<ArmPlan> arms = planned_arms(recipe_);
  for (ArmPlan& arm : arms) arm.questions = std::ssize(evaluation_items(recipe_, corpus(), arm));
  std::ranges::move(arms_asked_elsewhere(), std::back_inserter(arms));
  note_results(record_, options_.folder, recipe_, corpus(), std::move(arms));
  write_run_record(options_.folder, record_);
}

void Pipeline::check_model() {
  if (is_model_checked_) return;
  if (record_.model_checksum.empty()) {
    record_.model_checksum = model_checksum(recipe_);
  } else {
    require_same_model(options_.folder.string(), recipe_, record_.model_checksum);
  }
  is_model_checked_ = true;
}

LoadedModel Pipeline::load_base() {
  check_model();
  LoadedModel model = load_recipe_model(recipe_, compute_type(recipe_.compute));
  if (!recipe_.start.empty()) start_from(model.decoder, recipe_, options_.folder / "start");
  return model;
}

void Pipeline::train() {
  const TrainingPrograms programs = training_programs(corpus());
  std::optional<LoadedModel> model;
  double saving = 0;  // seconds, of this sitting
  std::optional<BaseTexts> texts;
  std::string held;  // the stage whose weights are the model's now; empty: none
  for (const StageRecipe& stage : recipe_.stages) {
    const fs::path folder = stage_folder(stage);
    if (!is_trained(stage)) {
      const Stopwatch loading;
      const auto behind = stages_behind(recipe_, stage.name);
      const std::string before = behind.size() > 1 ? behind[behind.size() - 2]->name : "";
      if (held != before) model.reset();
      const bool loads = !model;
      if (loads) model = load_base();
      if (loads && !before.empty()) load_stage(model->decoder, recipe_, options_.folder, before);
      if (loads) note_timing(options_.folder, "loading", loading.seconds());
      const auto practised = practice_before(recipe_, stage.name);
      if (!practised.empty() && practised.back() == before) stand_on_practice(model->decoder, recipe_);
      if (!texts) texts.emplace(recipe_, model->tokenizer);
      const auto source =
          stage_source(stage, programs, model->tokenizer, sandbox_runner(options_.unsafe_no_isolation),
                       texts->shown_by(stage), &model->decoder);
      say(options_.quiet, fmt::format("stage {}: {}{}", stage.name, source->end().certain ? "" : "at most ",
                                      plural(source->steps(), "step")));
      TrainOptions train = stage.train;
      train.quiet = options_.quiet;
      check_model();
      begin();
      const StageResult result = train_stage(model->decoder, *source, train, folder, options_.resume);
      saving += result.saving_seconds;
      note_timing(options_.folder, "checkpoints", saving);
      write_stage_result(folder / "result.json", result);
      held = stage.name;
    }
  }
}

void Pipeline::say_times() const {
  std::string parts;
  double all = 0;
  for (const auto& [name, seconds] : read_timings(options_.folder, recipe_)) {
    parts += fmt::format("{} {} {:.0f} s", parts.empty() ? "" : ",", name, seconds);
    all += seconds;
  }
  say(options_.quiet, fmt::format("took {:.0f} s:{}", all, parts));
}

}  // namespace pbb

#include "run/pipeline.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/progress.h"
#include "base/stopwatch.h"
#include "evaluation/summary.h"
#include "run/models.h"
#include "run/plan.h"
#include "run/run_record.h"
#include "run/sandboxes.h"
#include "training/checkpoint.h"

namespace pbb {
namespace fs = std::filesystem;
namespace {

void say(bool quiet, const std::string& text) {
  if (!quiet) fmt::print(stderr, "{}\n", text);
}

}  // namespace

Pipeline::Pipeline(Recipe recipe, PipelineOptions options)
    : recipe_(std::move(recipe)),
      options_(std::move(options)),
      taken_(options_.folder, recipe_, options_.resume) {}

const Corpus& Pipeline::corpus() {
  if (corpus_.programs.empty()) corpus_ = read_corpus(options_.folder / "corpus");
  return corpus_;
}

void Pipeline::make_corpus() {
  const fs::path folder = options_.folder / "corpus";
  if (fs::exists(folder)) return;
  const Stopwatch watch;
  make_recipe_corpus(recipe_, options_.unsafe_no_isolation, folder);
  say(options_.quiet, fmt::format("corpus: {} programs in {}", corpus().programs.size(), folder.string()));
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

void Pipeline::load_stage(Decoder& decoder, const std::string& name) const {
  load_checkpoint_weights(options_.folder / "stages" / name / "checkpoint", decoder);
}

void Pipeline::train() {
  const TrainingPrograms programs = training_programs(corpus());
  std::optional<LoadedModel> model;
  double saving = 0;         // seconds, of this sitting
  std::string before, held;  // the stages whose weights come first, and are the model's now; empty: none
  for (const StageRecipe& stage : recipe_.stages) {
    const fs::path folder = stage_folder(stage);
    if (!is_trained(stage)) {
      const Stopwatch loading;
      const bool loads = !model || held != before;
      if (!model) model = load_recipe_model(recipe_, compute_type(recipe_.compute));
      if (held != before) load_stage(model->decoder, before);
      if (loads) note_timing(options_.folder, "loading", loading.seconds());
      const auto source =
          stage_source(stage, programs, model->tokenizer, sandbox_runner(options_.unsafe_no_isolation));
      say(options_.quiet, fmt::format("stage {}: {}{} steps", stage.name,
                                      stage.kind == StageKind::reading ? "at most " : "", source->steps()));
      TrainOptions train = stage.train;
      train.quiet = options_.quiet;
      taken_.keep();
      const StageResult result = train_stage(model->decoder, *source, train, folder, options_.resume);
      saving += result.saving_seconds;
      note_timing(options_.folder, "checkpoints", saving);
      write_stage_result(folder / "result.json", result);
      held = stage.name;
    }
    before = stage.name;
  }
}

void Pipeline::evaluate() {
  std::optional<LoadedModel> model;
  bool fresh = false;  // the model holds the untrained weights
  for (const ArmPlan& arm : planned_arms(recipe_)) {
    if (fs::exists(arm_file(arm.name))) continue;
    const Stopwatch watch;
    const std::vector<Item> questions = evaluation_items(recipe_, corpus(), arm);
    if (arm.stage.empty() && !fresh) model.reset();  // before the next one takes as much again
    if (!model) model = load_recipe_model(recipe_, compute_type(recipe_.compute));
    fresh = arm.stage.empty();
    if (!fresh) load_stage(model->decoder, arm.stage);
    ArmOptions options;
    options.source = arm.source;
    options.chat = arm.chat;
    options.batch_size = recipe_.evaluation.batch_size;
    options.max_new_tokens = recipe_.evaluation.max_new_tokens;
    ProgressBar progress("arm " + arm.name, static_cast<std::int64_t>(questions.size()), options_.quiet);
    options.on_progress = [&](std::size_t done, std::size_t) {
      progress.update(static_cast<std::int64_t>(done));
    };
    const auto results = run_arm(model->decoder, model->tokenizer, questions, options);
    write_results(arm_file(arm.name), results);
    note_timing(options_.folder, "arm " + arm.name, watch.seconds());
  }
}

void Pipeline::record() {
  std::vector<ArmPlan> arms = planned_arms(recipe_);
  for (ArmPlan& arm : arms) {
    arm.questions = std::ssize(evaluation_items(recipe_, corpus(), arm));
    if (fs::exists(arm_file(arm.name))) continue;
    throw InputError(arm_file(arm.name).string() + ": this arm has not been asked yet",
                     "pbb eval " + options_.folder.string());
  }
  write_run_record(options_.folder, recipe_, corpus(), arms);
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

std::vector<std::string> Pipeline::headline() const {
  const Summary summary = read_summary(options_.folder / "summary.json");
  std::vector<std::string> lines;
  for (const AnswerForm form :
       {AnswerForm::recite, AnswerForm::assisted, AnswerForm::trace, AnswerForm::direct}) {
    for (const Split split : {Split::source_only, Split::with_io}) {
      for (const GroupSummary& row : summary.rows) {
        if (row.group.domain.empty() || !row.group.kind.empty() || row.group.split != split ||
            row.group.form != form)
          continue;
        lines.push_back(
            fmt::format("{:<12} {:<11} {:<6} {:<14} {:5.1f} % [{:.1f}, {:.1f}]  n = {} programs, {} items{}",
                        row.group.domain, split == Split::source_only ? "source-only" : "with-IO",
                        answer_form_name(form), row.arm, 100 * row.accuracy.value(),
                        100 * row.accuracy.interval.low, 100 * row.accuracy.interval.high, row.programs,
                        row.items, row.errors > 0 ? fmt::format(", {} errors of ours", row.errors) : ""));
      }
    }
  }
  return lines;
}

}  // namespace pbb

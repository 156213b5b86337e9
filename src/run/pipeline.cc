#include "run/pipeline.h"
#include "run/bases.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/json_lines.h"
#include "base/manifest.h"
#include "base/progress.h"
#include "base/stopwatch.h"
#include "evaluation/summary.h"
#include "run/models.h"
#include "run/sandboxes.h"
#include "run/stage_result.h"
#include "run/start.h"
#include "training/checkpoint.h"

namespace pbb {
namespace fs = std::filesystem;
namespace {

void say(bool quiet, const std::string& text) {
  if (!quiet) fmt::print(stderr, "{}\n", text);
}

std::string hexadecimal(std::uint32_t checksum) {
  return fmt::format("{:08x}", checksum);
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

// Of what a stage has trained; empty where that is not known.
std::string weights_checksum(const fs::path& folder, const std::string& stage) {
  const fs::path checkpoint = stage_checkpoint(folder, stage);
  return fs::exists(checkpoint) ? hexadecimal(checkpoint_weights_checksum(checkpoint)) : "";
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
  const std::string found = hexadecimal(contents_checksum(folder));
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

void Pipeline::begin() {
  if (sitting_) return;
  check_model();
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

nlohmann::json Pipeline::asked_of(const ArmPlan& arm) const {
  std::string weights;  // beside or in place of the model's own
  if (!arm.stage.empty()) {
    weights = weights_checksum(options_.folder, arm.stage);
  }
  nlohmann::json asked = {{"model_crc32", record_.model_checksum},
                          {"stage_crc32", weights},
                          {"corpus_crc32", record_.corpus_checksum}};
  for (const std::string& stage : practice_before(recipe_, arm.stage))
    asked["practice_crc32"] = weights_checksum(options_.folder, stage);
  return asked;
}

void Pipeline::check_asked_of(const ArmPlan& arm) const {
  const fs::path file = options_.folder / "eval" / (arm.name + ".json");
  if (!fs::exists(file)) return;  // answers of a pbb that did not note it
  const nlohmann::json noted = read_json(file), now = asked_of(arm);
  const auto agrees = [&](const auto& entry) {  // what is not known now cannot differ
    return entry.value() == "" || (noted.is_object() && noted.value(entry.key(), "") == entry.value());
  };
  const auto entries = now.items();
  if (std::all_of(entries.begin(), entries.end(), agrees)) return;
  throw InputError(
      fmt::format("{}: these answers were given by other weights, or about another corpus, than the run has",
                  arm_file(arm.name).string()),
      fmt::format("have the arm asked again: rm {} {}, then pbb eval {}", arm_file(arm.name).string(),
                  file.string(), options_.folder.string()));
}

bool Pipeline::stands_on_practice(const std::string& before) const {
  const auto stage = std::ranges::find(recipe_.stages, before, &StageRecipe::name);
  return stage != recipe_.stages.end() && stage->kind == StageKind::practice;
}

void Pipeline::train() {
  const TrainingPrograms programs = training_programs(corpus());
  std::optional<LoadedModel> model;
  double saving = 0;  // seconds, of this sitting
  std::optional<BaseTexts> texts;
  std::string before, held;  // the stages whose weights come first, and are the model's now; empty: none
  for (const StageRecipe& stage : recipe_.stages) {
    const fs::path folder = stage_folder(stage);
    if (!is_trained(stage)) {
      const Stopwatch loading;
      if (held != before) model.reset();
      const bool loads = !model;
      if (loads) model = load_base();
      if (loads && !before.empty()) load_stage(model->decoder, recipe_, options_.folder, before);
      if (loads) note_timing(options_.folder, "loading", loading.seconds());
      if (stands_on_practice(before)) stand_on_practice(model->decoder, recipe_);
      if (!texts) texts.emplace(recipe_, model->tokenizer);
      const auto source = stage_source(stage, programs, model->tokenizer,
                                       sandbox_runner(options_.unsafe_no_isolation), texts->shown_by(stage));
      say(options_.quiet, fmt::format("stage {}: {}{} steps", stage.name,
                                      source->end().certain ? "" : "at most ", source->steps()));
      TrainOptions train = stage.train;
      train.quiet = options_.quiet;
      begin();
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
  bool fresh = false;                      // the model holds the untrained weights
  std::vector<std::string> base_practice;  // the stages of practice that its base stands on
  for (const ArmPlan& arm : planned_arms(recipe_)) {
    if (fs::exists(arm_file(arm.name))) {
      check_asked_of(arm);
      continue;
    }
    begin();
    const Stopwatch watch;
    const std::vector<Item> questions = evaluation_items(recipe_, corpus(), arm);
    // What stages have changed for good does not go back: another model, before which this one makes room.
    const auto practised = practice_before(recipe_, arm.stage);
    if ((arm.stage.empty() && !fresh) || practised != base_practice) model.reset();
    if (!model) model = load_base(), base_practice.clear();
    fresh = arm.stage.empty();
    if (!fresh && practised == base_practice) {
      load_checkpoint_weights(stage_checkpoint(options_.folder, arm.stage), model->decoder);
    } else if (!fresh) {
      load_stage(model->decoder, recipe_, options_.folder, arm.stage);
    }
    base_practice = practised;
    ArmOptions options;
    options.source = arm.source;
    options.chat = arm.chat;
    options.executor = arm.executor;
    options.batch_size = recipe_.evaluation.batch_size;
    options.max_new_tokens = recipe_.evaluation.max_new_tokens;
    ProgressBar progress("arm " + arm.name, static_cast<std::int64_t>(questions.size()), options_.quiet);
    options.on_progress = [&](std::size_t done, std::size_t) {
      progress.update(static_cast<std::int64_t>(done));
    };
    const auto results = run_arm(model->decoder, model->tokenizer, questions, options);
    write_file(options_.folder / "eval" / (arm.name + ".json"), asked_of(arm).dump(1) + "\n");
    write_results(arm_file(arm.name), results);
    note_timing(options_.folder, "arm " + arm.name, watch.seconds());
  }
}

void Pipeline::check_arms() {
  corpus();
  for (const ArmPlan& arm : planned_arms(recipe_)) {
    if (!fs::exists(arm_file(arm.name))) {
      throw InputError(arm_file(arm.name).string() + ": this arm has not been asked yet",
                       "pbb eval " + options_.folder.string());
    }
    check_asked_of(arm);
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

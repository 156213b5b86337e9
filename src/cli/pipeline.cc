#include "cli/pipeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/file.h"
#include "base/progress.h"
#include "base/stopwatch.h"
#include "cli/machine.h"
#include "cli/memory_estimate.h"
#include "cli/models.h"
#include "cli/run_record.h"
#include "cli/sandboxes.h"
#include "cli/taken_folder.h"
#include "cli/workload.h"
#include "evaluation/summary.h"
#include "report/report.h"
#include "training/checkpoint.h"

namespace pbb {
namespace fs = std::filesystem;
namespace {

void say(bool quiet, const std::string& text) {
  if (!quiet) fmt::print(stderr, "{}\n", text);
}

// Spreads the question templates over programs and inputs, the same for every arm.
int question_template(std::size_t program, std::size_t input) {
  return static_cast<int>((program * 7 + input * 3) % static_cast<std::size_t>(question_templates()));
}

}  // namespace

TrainingPrograms training_programs(const Corpus& corpus) {
  TrainingPrograms programs;
  for (const Program& program : corpus.programs) {
    if (program.split == Split::with_io) {
      programs.add(program, read_training_executions(corpus, program));
    } else {
      programs.add_source_only(program);
    }
  }
  return programs;
}

std::vector<PlannedArm> planned_arms(const Recipe& recipe) {
  std::vector<PlannedArm> arms;
  if (recipe.evaluation.untrained) arms.push_back({"untrained", "", false});
  if (recipe.evaluation.in_context) arms.push_back({"in-context", "", true});
  for (const StageRecipe& stage : recipe.stages) {
    if (!stage.arm.empty()) arms.push_back({stage.arm, stage.name, false});
  }
  return arms;
}

void make_recipe_corpus(const Recipe& recipe, bool unsafe_no_isolation, const fs::path& folder) {
  const CorpusRecipe& wanted = recipe.corpus;
  if (!wanted.folder.empty()) {
    read_corpus(wanted.folder);  // refuse a broken one before anything is copied
    write_folder(folder, [&](const fs::path& to) {
      fs::copy(wanted.folder, to, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    });
  } else if (!wanted.python_folder.empty()) {
    import_folder(wanted.python_folder, wanted.import, sandbox_runner(unsafe_no_isolation), folder);
  } else {
    make_corpus(wanted.make, sandbox_runner(unsafe_no_isolation), folder);
  }
}

std::vector<Item> evaluation_items(const Recipe& recipe, const Corpus& corpus) {
  std::vector<Item> items;
  std::map<std::string, int> with_io_of_domain;
  for (const std::string& form : recipe.evaluation.forms) {
    with_io_of_domain.clear();
    for (std::size_t p = 0; p < corpus.programs.size(); ++p) {
      const Program& program = corpus.programs[p];
      if (program.split == Split::with_io &&
          with_io_of_domain[program.domain]++ >= recipe.evaluation.with_io_programs)
        continue;
      const auto tests = read_test_executions(corpus, program);
      for (std::size_t i = 0; i < tests.size(); ++i) {
        items.push_back({program, tests[i], form == "direct" ? AnswerForm::direct : AnswerForm::trace,
                         question_template(p, i)});
      }
    }
  }
  return items;
}

Pipeline::Pipeline(Recipe recipe, PipelineOptions options)
    : recipe_(std::move(recipe)),
      options_(std::move(options)),
      is_new_(!fs::exists(options_.folder)),
      lock_(take_folder(options_.folder, recipe_, options_.resume)) {}

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
  const auto asked = [&](const PlannedArm& arm) { return fs::exists(arm_file(arm.name)); };
  return std::ranges::all_of(recipe_.stages, trained) && std::ranges::all_of(planned_arms(recipe_), asked);
}

void Pipeline::check_memory() {
  if (is_done()) return;
  const PreparedRun prepared(recipe_, corpus());
  const std::int64_t program_bytes = resident_memory_bytes();
  const std::int64_t limit =
      options_.memory_limit > 0 ? options_.memory_limit : available_memory_bytes() + program_bytes;
  try {
    refuse_what_does_not_fit(recipe_, prepared.workload(), prepared.config(), program_bytes, limit);
  } catch (const InputError&) {
    if (is_new_) fs::remove_all(options_.folder);
    throw;
  }
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
      if (!model) model = load_model(recipe_.model, compute_type(recipe_.compute));
      if (held != before) load_stage(model->decoder, before);
      if (loads) note_timing(options_.folder, "loading", loading.seconds());
      const StageData data(programs, model->tokenizer, stage.data);
      say(options_.quiet,
          fmt::format("stage {}: {} steps, {} tokens", stage.name, data.steps(), data.tokens()));
      TrainOptions train = stage.train;
      train.quiet = options_.quiet;
      const StageResult result = train_stage(model->decoder, data, train, folder, options_.resume);
      saving += result.saving_seconds;
      note_timing(options_.folder, "checkpoints", saving);
      write_stage_result(folder / "result.json", result);
      held = stage.name;
    }
    before = stage.name;
  }
}

void Pipeline::evaluate() {
  const std::vector<Item> questions = evaluation_items(recipe_, corpus());
  if (questions.empty()) {
    throw InputError((options_.folder / "corpus").string() + ": no program has a held-out input to ask for",
                     "raise corpus.test_inputs, or add lines with \"use\": \"test\" to io/NAME.jsonl");
  }
  std::optional<LoadedModel> model;
  bool fresh = false;  // the model holds the untrained weights
  for (const PlannedArm& arm : planned_arms(recipe_)) {
    if (fs::exists(arm_file(arm.name))) continue;
    const Stopwatch watch;
    if (arm.stage.empty() && !fresh) model.reset();  // before the next one takes as much again
    if (!model) model = load_model(recipe_.model, compute_type(recipe_.compute));
    fresh = arm.stage.empty();
    if (!fresh) load_stage(model->decoder, arm.stage);
    ArmOptions options;
    options.name = arm.name;
    options.source_in_prompt = arm.source_in_prompt;
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

void Pipeline::report() {
  for (const PlannedArm& arm : planned_arms(recipe_)) {
    if (fs::exists(arm_file(arm.name))) continue;
    throw InputError(arm_file(arm.name).string() + ": this arm has not been asked yet",
                     "pbb eval " + options_.folder.string());
  }
  const std::size_t questions = evaluation_items(recipe_, corpus()).size();
  write_run_record(options_.folder, recipe_, corpus(), questions);
  const Stopwatch watch;
  write_report(options_.folder);
  note_timing(options_.folder, "report", watch.seconds());
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
  for (const AnswerForm form : {AnswerForm::trace, AnswerForm::direct}) {
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

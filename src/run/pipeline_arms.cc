// A run's arms: asked of our engine or of somebody else's, and what came of them.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/json_lines.h"
#include "base/json_text.h"
#include "base/plural.h"
#include "base/progress.h"
#include "base/stopwatch.h"
#include "evaluation/summary.h"
#include "run/models.h"
#include "run/pipeline.h"
#include "run/stage_result.h"
#include "text/byte_characters.h"
#include "training/checkpoint.h"

namespace pbb {
namespace fs = std::filesystem;
namespace {

// Of what a stage has trained; empty where that is not known.
std::string weights_checksum(const fs::path& folder, const std::string& stage) {
  const fs::path checkpoint = stage_checkpoint(folder, stage);
  return fs::exists(checkpoint) ? fmt::format("{:08x}", checkpoint_weights_checksum(checkpoint)) : "";
}

// Questions as text alone: whoever is asked makes tokens of them for himself.
Tokenizer byte_tokenizer() {
  TokenizerData bytes;
  for (int byte = 0; byte < 256; ++byte)
    bytes.tokens.push_back(spell_bytes(std::string(1, static_cast<char>(byte))));
  return Tokenizer(std::move(bytes));
}

}  // namespace

std::vector<ArmPlan> Pipeline::arms_asked_elsewhere() const {
  std::vector<ArmPlan> arms;
  std::ranges::copy_if(record_.arms, std::back_inserter(arms),
                       [](const ArmPlan& arm) { return !arm.asked_at.empty(); });
  return arms;
}

nlohmann::json Pipeline::asked_of(const ArmPlan& arm) const {
  if (!arm.asked_at.empty()) return {{"asked_at", arm.asked_at}, {"corpus_crc32", record_.corpus_checksum}};
  // Beside or in place of the model's own.
  const std::string weights = arm.stage.empty() ? "" : weights_checksum(options_.folder, arm.stage);
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

void Pipeline::evaluate() {
  std::optional<LoadedModel> model;
  bool fresh = false;                      // the model holds the untrained weights
  std::vector<std::string> base_practice;  // the stages of practice that its base stands on
  for (const ArmPlan& arm : planned_arms(recipe_)) {
    if (fs::exists(arm_file(arm.name))) {
      check_asked_of(arm);
      continue;
    }
    check_model();
    begin();
    const Stopwatch watch;
    const std::vector<Item> questions = evaluation_items(recipe_, corpus(), arm);
    // What stages have changed for good does not go back: another model, before which this one makes room.
    const auto practised = practice_before(recipe_, arm.stage);
    if ((arm.stage.empty() && !fresh) || practised != base_practice) model.reset();
    if (!model) {
      model = load_base();
      stand_on_practice(model->decoder, recipe_, options_.folder, practised);
      base_practice = practised;
    }
    fresh = arm.stage.empty();
    if (!fresh) load_checkpoint_weights(stage_checkpoint(options_.folder, arm.stage), model->decoder);
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
    write_file(options_.folder / "eval" / (arm.name + ".json"), json_text(asked_of(arm), 1) + "\n");
    write_results(arm_file(arm.name), results);
    note_timing(options_.folder, "arm " + arm.name, watch.seconds());
  }
}

std::int64_t Pipeline::ask_elsewhere(ArmPlan plan, Answering& answering) {
  begin();
  const Stopwatch watch;
  const std::vector<Item> questions = evaluation_items(recipe_, corpus(), plan);
  plan.questions = std::ssize(questions);
  const auto results = run_arm(answering, byte_tokenizer(), questions, plan.source, false);
  write_file(options_.folder / "eval" / (plan.name + ".json"), json_text(asked_of(plan), 1) + "\n");
  write_results(arm_file(plan.name), results);
  note_timing(options_.folder, "arm " + plan.name, watch.seconds());
  std::erase_if(record_.arms, [&](const ArmPlan& arm) { return arm.name == plan.name; });
  record_.arms.push_back(plan);
  return std::ranges::count(results, Verdict::error, &ItemResult::verdict);
}

void Pipeline::check_arms() {
  for (const ArmPlan& arm : planned_arms(recipe_)) {
    if (!fs::exists(arm_file(arm.name))) {
      throw InputError(arm_file(arm.name).string() + ": this arm has not been asked yet",
                       "pbb eval " + options_.folder.string());
    }
  }
  check_asked_arms();
}

void Pipeline::check_asked_arms() {
  corpus();
  std::vector<ArmPlan> arms = planned_arms(recipe_);
  std::ranges::move(arms_asked_elsewhere(), std::back_inserter(arms));
  for (const ArmPlan& arm : arms) {
    if (fs::exists(arm_file(arm.name))) check_asked_of(arm);
  }
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
        lines.push_back(fmt::format("{:<12} {:<11} {:<6} {:<14} {:5.1f} % [{:.1f}, {:.1f}]  n = {}, {}{}",
                                    row.group.domain, split == Split::source_only ? "source-only" : "with-IO",
                                    answer_form_name(form), row.arm, 100 * row.accuracy.value(),
                                    100 * row.accuracy.interval.low, 100 * row.accuracy.interval.high,
                                    plural(row.programs, "program"), plural(row.items, "item"),
                                    row.errors > 0 ? fmt::format(", {} errors of ours", row.errors) : ""));
      }
    }
  }
  return lines;
}

}  // namespace pbb

// The way from a recipe to a report, in parts that can be run one by one; each leaves its result in the run's
// folder and is skipped when it is there already.
//
//   recipe.toml  corpus/  start/  run.json  stages/NAME/{metrics.jsonl,checkpoint/,result.json}
//   eval/{ARM.jsonl,ARM.json}  summary.json  report.html
//
// ARM.json says what the answers in ARM.jsonl were asked of: checksums of weights and corpus.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "evaluation/answering.h"
#include "model/load.h"
#include "programs/corpus.h"
#include "recipe/recipe.h"
#include "run/plan.h"
#include "run/run_record.h"
#include "run/taken_folder.h"

namespace pbb {

struct PipelineOptions {
  std::filesystem::path folder;
  std::string kind = "run";  // of this sitting, with the command that carries it out
  std::string command;
  std::string whole_command;  // that makes the run from its beginning
  bool resume = false;
  bool unsafe_no_isolation = false;
  bool quiet = false;
  std::int64_t memory_limit = 0;  // bytes that the run may take; 0: what the machine has left
};

class Pipeline {
 public:
  // Takes the folder for as long as it lives (run/taken_folder.h). A run that is refused before its first
  // step of training leaves nothing behind.
  Pipeline(Recipe recipe, PipelineOptions options);

  // `made`: the recipe's corpus, where it is made already; empty: it is made.
  void make_corpus(const std::filesystem::path& made = {});
  const Corpus& corpus();
  const Recipe& recipe() const { return recipe_; }
  bool is_done() const;  // trained and evaluated
  void train();          // needs the corpus
  void evaluate();       // needs the stages
  // Asks the questions of `plan` of what is not our engine, and keeps the answers as an arm of that name, which is no
  // other arm's: every later report has it. Neither the model nor what was trained of it is needed. Returns how many
  // questions have no answer.
  std::int64_t ask_elsewhere(ArmPlan plan, Answering& answering);
  // Ends the sitting, when anything was done in it, and notes in run.json what there is by now.
  void end();
  // An InputError when an arm has not been asked, or of other weights or another corpus than are there now.
  void check_arms();
  void check_asked_arms();  // the same of those that were asked

  void say_times() const;  // on standard error, a line: what each part took
  // What the user wants to know, a line each.
  std::vector<std::string> headline() const;

 private:
  std::filesystem::path stage_folder(const StageRecipe& stage) const {
    return options_.folder / "stages" / stage.name;
  }
  std::filesystem::path arm_file(const std::string& arm) const {
    return options_.folder / "eval" / (arm + ".jsonl");
  }
  // Notes in run.json that this process works on the run; once, before it changes anything.
  void begin();
  std::vector<ArmPlan> arms_asked_elsewhere() const;
  // InputError when the model is not the one that the run began with.
  void check_model();
  LoadedModel load_base();
  // Of the weights that an arm is asked of, and of the corpus: what ARM.json holds.
  nlohmann::json asked_of(const ArmPlan& arm) const;
  void check_asked_of(const ArmPlan& arm) const;

  // A stage whose metrics were removed, being damaged, is gone through again: its checkpoint has what they
  // are made of, so that nothing is trained again.
  bool is_trained(const StageRecipe& stage) const;

  Recipe recipe_;
  PipelineOptions options_;
  TakenFolder taken_;
  RunRecord record_;
  std::optional<std::size_t> sitting_;  // this process's, in the record
  bool is_model_checked_ = false;
  Corpus corpus_;
};

}  // namespace pbb

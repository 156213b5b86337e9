// The way from a recipe to a report, in parts that can be run one by one; each leaves its result in the run's
// folder and is skipped when it is there already.
//
//   recipe.toml  corpus/  stages/NAME/{metrics.jsonl,checkpoint/,result.json}  eval/ARM.jsonl  summary.json
//   run.json  report.html
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "model/load.h"
#include "programs/corpus.h"
#include "recipe/recipe.h"
#include "run/taken_folder.h"

namespace pbb {

struct PipelineOptions {
  std::filesystem::path folder;
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

  void make_corpus();
  const Corpus& corpus();
  const Recipe& recipe() const { return recipe_; }
  bool is_done() const;  // trained and evaluated
  void train();          // needs the corpus
  void evaluate();       // needs the stages
  // Needs the evaluation; writes run.json. The page is report/report.h's, for the room above.
  void record();

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
  void load_stage(Decoder& decoder, const std::string& name) const;

  // A stage whose metrics were removed, being damaged, is gone through again: its checkpoint has what they
  // are made of, so that nothing is trained again.
  bool is_trained(const StageRecipe& stage) const;

  Recipe recipe_;
  PipelineOptions options_;
  TakenFolder taken_;
  Corpus corpus_;
};

}  // namespace pbb

// What a recipe asks of the machine, known before anything is trained: every batch and every question, by
// their lengths.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "examples/stage_data.h"
#include "model/buffers.h"
#include "recipe/recipe.h"
#include "run/plan.h"
#include "text/tokenizer.h"

namespace pbb {

// What a stage takes that may end before its steps are done, where it does as soon as it can.
struct LeastWork {
  std::int64_t steps = 0, tokens = 0;
};

struct ArmWork {
  ArmPlan arm;
  std::size_t questions = 0;                       // with those that the context has no room for
  std::vector<std::vector<std::int32_t>> prompts;  // the questions that the model's context has room for
  std::vector<AskedForm> asked;                    // how each of them is answered
  std::vector<std::int64_t> answers;  // tokens of each one's true answer, with the one that ends it
  std::int64_t prompt_tokens() const;
};

// What a stage of GRPO has its model answer, to learn from the answers.
struct SamplingWork {
  ArmWork answers;          // of one sampling, were they the right ones
  EvaluationRecipe limits;  // how many at once, and how long
  std::int64_t samplings = 0;
  std::int64_t scorings = 0;  // forward passes over the examples of a step
  bool keeps_reference = false;
};

struct StageWork {
  std::string name;
  std::vector<std::vector<PassSize>> steps;  // the sequences of each step: tokens, and rows with a target
  std::int64_t tokens = 0;
  std::int64_t trained_tokens = 0;
  std::map<std::string, std::int64_t> longest = {};  // tokens of each program's longest sequence
  std::optional<LeastWork> least = {};               // none: it takes all its steps
  std::optional<SamplingWork> sampling = {};         // none: its data are there beforehand
};
// Of a stage that takes its data from `data`, which is left as it was. may_end_early: it ends when what it
// reads is recalled; then all but `least` is of its whole budget.
StageWork measure_stage(StepSource& data, bool may_end_early);
std::int64_t step_tokens(const std::vector<PassSize>& sequences);

struct Workload {
  std::vector<StageWork> stages;
  std::vector<ArmWork> arms;
};

// At most `count` of the numbers 0 … total - 1, evenly spread.
std::vector<std::size_t> evenly_spread(std::size_t total, std::size_t count);

// The micro-batches of a step, as training cuts it. Rows that keep to the reference are counted whether or
// not there is an adapter, without which there is no reference.
std::vector<PassSize> micro_batches(const std::vector<PassSize>& sequences, int micro_batch_tokens);

// A recipe with all that its training and evaluation read, before any model is loaded.
class PreparedRun {
 public:
  // Without training there are no stages: an evaluation alone.
  enum class Parts { all, evaluation };
  // run: for stages whose data come of running programs.
  PreparedRun(const Recipe& recipe, const Corpus& corpus, const Runner& run, Parts parts = Parts::all);
  PreparedRun(const PreparedRun&) = delete;  // the stages' data refers to its other members
  PreparedRun& operator=(const PreparedRun&) = delete;

  const DecoderConfig& config() const { return config_; }
  const std::vector<std::unique_ptr<StepSource>>& stages() const { return stages_; }
  const Workload& workload() const { return workload_; }

 private:
  DecoderConfig config_;
  Tokenizer tokenizer_;
  TrainingPrograms programs_;
  std::vector<std::unique_ptr<StepSource>> stages_;
  Workload workload_;
};

}  // namespace pbb

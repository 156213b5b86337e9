#include "estimate/refusal.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "base/plural.h"
#include "training/train.h"

namespace pbb {

void refuse_too_long(const Recipe& recipe, const Workload& workload, const DecoderConfig& config) {
  std::set<std::string> programs;
  std::string longest, limits;
  std::int64_t tokens = 0;
  bool over_context = false, over_micro_batch = false, samples = false;
  for (std::size_t s = 0; s < workload.stages.size(); ++s) {
    const StageRecipe& stage = recipe.stages.at(s);
    const std::int64_t in_a_batch = stage.train.micro_batch_tokens, in_the_model = config.context;
    bool concerned = false;
    for (const auto& [program, length] : workload.stages[s].longest) {
      if (length <= std::min(in_a_batch, in_the_model)) continue;
      concerned = true;
      over_context |= length > in_the_model;
      over_micro_batch |= length > in_a_batch;
      programs.insert(program);
      if (length > tokens) std::tie(longest, tokens) = std::tie(program, length);
    }
    if (concerned) {
      samples |= workload.stages[s].sampling.has_value();
      limits += fmt::format("{}stage.{}.micro_batch_tokens is {}", limits.empty() ? "" : ", ", stage.name,
                            in_a_batch);
    }
  }
  if (programs.empty()) return;
  // What is shown beside the programs (replay, the base's own texts) is no program's.
  const bool is_program = !longest.empty();
  programs.erase("");
  std::string hint = is_program ? "shorten these programs or their traces, or leave them out of the corpus"
                                : "set executions, drills and texts to 0";
  if (over_context) {
    hint += fmt::format("; or take a model with a context of at least {} tokens{}", tokens,
                        over_micro_batch ? fmt::format(" and set micro_batch_tokens = {}", tokens) : "");
  } else {
    hint += fmt::format("; or set micro_batch_tokens = {}", tokens);
  }
  if (samples) hint += "; or lower max_new_tokens of the stages that sample answers";
  throw InputError(
      fmt::format(
          "{}: {} too long to train on: the longest{} takes {} tokens; {}, and the model's context {}",
          recipe.file.string(),
          programs.empty()       ? "what is shown beside the programs is"
          : programs.size() == 1 ? "1 program is"
                                 : fmt::format("{} programs are", programs.size()),
          is_program ? fmt::format(", '{}',", longest) : "", tokens, limits, config.context),
      hint);
}

void refuse_without_questions(const Recipe& recipe, const Workload& workload) {
  const auto is_asked = [](const ArmWork& arm) { return arm.questions > 0; };
  if (workload.arms.empty() || std::ranges::any_of(workload.arms, is_asked)) return;
  if (recipe.evaluation.forms.empty()) {
    throw InputError(fmt::format("{}: evaluation.forms is empty, so that no arm would be asked anything",
                                 recipe.file.string()),
                     "name trace, direct or both, or train alone: pbb train");
  }
  const std::string hint =
      !recipe.corpus.python_folder.empty()
          ? fmt::format(
                "add inputs to the programs, NAME.inputs.jsonl beside NAME.py in {} with a list of arguments "
                "a "
                "line; or train alone: pbb train",
                recipe.corpus.python_folder)
      : !recipe.corpus.python_files.empty()
          ? std::string("give examples of their inputs: --examples FILE.csv, or corpus.examples of a recipe")
          : std::string(
                "add lines with \"use\": \"test\" to io/NAME.jsonl of the corpus; or train alone: pbb train");
  throw InputError(fmt::format("{}: no program has a held-out input, so that no arm would be asked anything",
                               recipe.file.string()),
                   hint);
}

void refuse_what_cannot_run(const Recipe& recipe, const PreparedRun& prepared) {
  refuse_too_long(recipe, prepared.workload(), prepared.config());
  refuse_without_questions(recipe, prepared.workload());
}

std::vector<std::string> warmup_warnings(const Recipe& recipe, const Workload& workload) {
  std::vector<std::string> warnings;
  for (std::size_t s = 0; s < workload.stages.size(); ++s) {
    const StageRecipe& stage = recipe.stages.at(s);
    const auto steps = static_cast<std::int64_t>(workload.stages[s].steps.size());
    if (stage.train.warmup_steps < steps) continue;
    warnings.push_back(fmt::format(
        "stage {} has {}, its warm-up {}: the learning rate only rises, to {:.2g} of {:g}. HINT: set "
        "stage.{}.warmup_steps below {}, or give the stage more epochs",
        stage.name, plural(steps, "step"), stage.train.warmup_steps,
        learning_rate_at(steps - 1, steps, stage.train), stage.train.learning_rate, stage.name, steps));
  }
  return warnings;
}

}  // namespace pbb

// A stage of GRPO (group_policy.h): each step asks the model with-IO programs by their names alone, samples a group of
// answers to each question, and makes those likelier that are worth more than the rest of their group. What an answer is
// worth is for a judge that is handed in.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/options.h"
#include "examples/stage_data.h"
#include "examples/step_source.h"
#include "training/group_batch.h"
#include "training/group_policy.h"
#include "training/policy_model.h"

namespace pbb {

struct GroupOptions {
  std::uint64_t seed = 1;
  // Names the random streams.
  std::string stage = "1";
  int steps = 100;
  // Of a step: so many questions, of different programs where there are so many, and answers to each.
  int questions = 8, samples = 8;
  AnswerForm form = AnswerForm::trace;
  int max_new_tokens = 96;
  // So many steps learn from one sampling, each from all of it.
  int updates = 1;
  PolicyOptions policy = {};
  // What an answer is worth: 1 where its value is right, and this times the share of the program's lines it recalls.
  double recall_reward = 0;
  int batch_size = 64;

  std::int64_t most_tokens() const {  // of the answers of one sampling
    return std::int64_t{questions} * samples * max_new_tokens;
  }
};

// Those that a model can be trained in.
inline constexpr Choice<AnswerForm> sampled_forms[] = {
    {AnswerForm::trace, "trace"}, {AnswerForm::direct, "direct"}, {AnswerForm::recite, "recite"}};

template <typename Fields>
void list_options(Fields& fields, GroupOptions& options) {
  fields("steps", options.steps, Range{1, 1e7}, "updates of the model");
  fields("questions", options.questions, Range{1, 4096}, "of with-IO programs, asked at each sampling");
  fields("samples", options.samples, Range{2, 4096}, "answers to each question: its group");
  fields("form", options.form, sampled_forms, "of the answers");
  fields("max_new_tokens", options.max_new_tokens, Range{1, 100'000}, "an answer is cut there");
  fields("updates", options.updates, Range{1, 100}, "steps that learn from one sampling");
  fields("normalisation", options.policy.normalisation, group_normalisations,
         "token: by the group's deviation and the number of tokens; dr: by neither (Dr. GRPO)");
  fields("clip_low", options.policy.clip_low, Range{0, 1},
         "a token that became less likely by such a share is not pushed further");
  fields("clip_high", options.policy.clip_high, Range{0, 1000}, "one that became likelier likewise");
  fields("kl", options.policy.kl, Range{0, 100},
         "what the divergence from the model that the stage begins with counts");
  fields("recall_reward", options.recall_reward, Range{0, 100},
         "for an answer that recalls all lines of its program, beside the 1 for the right value");
  fields("batch_size", options.batch_size, Range{1, 4096}, "answers that are sampled at once");
}

// A question to the model.
struct AskedExecution {
  const Program* program = nullptr;
  const Execution* truth = nullptr;
  int template_index = 0;
};

// How the answers of one form end, and what they are.
struct AnswerJudging {
  EndsAnswer ends;
  // `answer` is without the token that ended it.
  std::function<AnswerMark(const AskedExecution& asked, std::span<const std::int32_t> answer, bool cut)> mark;
};

class GroupData final : public StepSource {
 public:
  // Asks those of `programs` that have executions to train on. `decoder` has the weights that the stage begins with;
  // null: the right answers are supposed for what a model would sample, all of which would be learnt from (to estimate,
  // to look at). All but options and judging must outlive it. InputError when there is nothing to ask, or a right answer
  // has more tokens than answers may have.
  GroupData(const TrainingPrograms& programs, const Tokenizer& tokenizer, GroupOptions options,
            AnswerJudging judging, Decoder* decoder);

  std::string_view name() const override { return options_.stage; }
  std::int64_t steps() const override { return options_.steps; }
  std::vector<Example> step(std::int64_t index) const override;
  std::optional<double> loss_divisor() const override { return update_.divisor; }
  const Example& longest() const override { return longest_; }
  StageFingerprint fingerprint() const override;
  void observe(std::int64_t index, std::span<const Example> examples,
               std::span<const ExampleOutcome> outcomes) override;
  // batch_figures; where they mean something, clipped_ratio and kl; and, of a step that sampled, sampled_tokens and
  // sampled_tokens_per_second.
  StepFigures figures() const override { return figures_; }
  std::vector<StageAlarm> alarms() const override;
  std::string state() const override;
  void restore(std::string_view state) override;

  // What step `index` samples answers to, or has sampled: a prompt for each of them.
  std::vector<std::vector<std::int32_t>> prompts(std::int64_t index) const;
  const GroupOptions& options() const { return options_; }

 private:
  struct Asked {
    AskedExecution question;
    std::uint64_t execution = 0;  // of the program's
    std::vector<std::int32_t> prompt;
  };
  std::vector<Asked> asked(std::int64_t batch) const;
  GroupBatch sample(std::int64_t number) const;
  void score(GroupBatch& batch) const;
  std::vector<Example> supposed(std::int64_t batch) const;
  void measure_longest();

  const TrainingPrograms* programs_;
  const Tokenizer* tokenizer_;
  GroupOptions options_;
  AnswerJudging judging_;
  std::vector<const Program*> askable_;
  std::optional<PolicyModel> model_;
  Example longest_;
  // Of the step that was asked for last.
  mutable GroupBatch batch_;
  mutable PolicyUpdate update_;
  mutable double sampling_seconds_ = 0;  // 0: it sampled nothing
  StepFigures figures_;
  std::deque<StepFigures> recent_;
};

}  // namespace pbb

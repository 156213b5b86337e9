#include "estimate/workload.h"

#include <algorithm>

#include "examples/recall.h"
#include "model/load.h"
#include "run/bases.h"
#include "training/accumulate.h"
#include "training/group_data.h"

namespace pbb {
namespace {

PassSize size_of(const Example& example) {
  const auto trained = std::count(example.trained.begin() + 1, example.trained.end(), 1);
  return {.tokens = static_cast<std::int64_t>(example.tokens.size()),
          .rows = trained,
          .reference_rows = example.keeps ? trained : 0};
}

// Where every program is recalled as soon as it is asked for.
LeastWork least_work(StepSource& data) {
  const std::string before = data.state();
  LeastWork work;
  while (work.steps < data.steps() && !data.is_finished()) {
    const std::vector<Example> examples = data.step(work.steps);
    std::vector<ExampleOutcome> outcomes;
    for (const Example& example : examples) {
      work.tokens += std::ssize(example.tokens);
      outcomes.push_back(supposed_outcome(example, true));
    }
    data.observe(work.steps++, examples, outcomes);
  }
  data.restore(before);
  return work;
}

// Each answer is as long as the examples of its step say.
SamplingWork measure_sampling(const GroupData& data) {
  const GroupOptions& options = data.options();
  SamplingWork work;
  work.answers.arm.stage = options.stage;
  work.answers.prompts = data.prompts(0);
  work.answers.questions = work.answers.prompts.size();
  work.answers.asked.assign(work.answers.questions, {.form = options.form, .source_given = false});
  for (const Example& example : data.step(0)) work.answers.answers.push_back(size_of(example).rows);
  work.limits.batch_size = options.batch_size;
  work.limits.max_new_tokens = options.max_new_tokens;
  work.samplings = (options.steps + options.updates - 1) / options.updates;
  work.keeps_reference = options.policy.kl > 0;
  if (options.updates > 1 || work.keeps_reference) work.scorings = options.steps;
  if (work.keeps_reference) work.scorings += work.samplings;
  return work;
}

ArmWork measure_arm(const ArmPlan& arm, const std::vector<Item>& items, const Tokenizer& tokenizer,
                    int context) {
  ArmWork work;
  work.arm = arm;
  work.questions = items.size();
  for (const Item& item : items) {
    Question question = make_question(tokenizer, item, arm.source, arm.chat);
    if (question.tokens.size() >= static_cast<std::size_t>(context)) continue;
    work.prompts.push_back(std::move(question.tokens));
    work.asked.push_back(asked_form(item, arm.source));
    const std::string answer = answer_text(item.program, item.truth, item.form);
    const auto rest = tokenizer.encode(answer.substr(given_answer(item, arm.source).size()));
    work.answers.push_back(static_cast<std::int64_t>(rest.size()) + 1);
  }
  return work;
}

}  // namespace

StageWork measure_stage(StepSource& data, bool may_end_early) {
  StageWork work;
  work.name = data.name();
  for (std::int64_t s = 0; s < data.steps(); ++s) {
    std::vector<PassSize>& sequences = work.steps.emplace_back();
    for (const Example& example : data.step(s)) {
      sequences.push_back(size_of(example));
      work.tokens += sequences.back().tokens;
      work.trained_tokens += sequences.back().rows;
      std::int64_t& longest = work.longest[example.program];
      longest = std::max(longest, sequences.back().tokens);
    }
  }
  if (may_end_early) work.least = least_work(data);
  if (const auto* groups = dynamic_cast<const GroupData*>(&data)) {
    work.sampling = measure_sampling(*groups);
    std::int64_t& longest =
        work.longest[data.longest().program];  // an answer may be longer than the right one
    longest = std::max(longest, std::ssize(data.longest().tokens));
  }
  return work;
}

std::int64_t step_tokens(const std::vector<PassSize>& sequences) {
  std::int64_t tokens = 0;
  for (const PassSize& sequence : sequences) tokens += sequence.tokens;
  return tokens;
}

std::int64_t ArmWork::prompt_tokens() const {
  std::int64_t tokens = 0;
  for (const auto& prompt : prompts) tokens += static_cast<std::int64_t>(prompt.size());
  return tokens;
}

PreparedRun::PreparedRun(const Recipe& recipe, const Corpus& corpus, const Runner& run, Parts parts)
    : config_(load_config(recipe.model)),
      tokenizer_(load_tokenizer(recipe.model)),
      programs_(training_programs(corpus)) {
  BaseTexts texts(recipe, tokenizer_);
  for (const StageRecipe& stage : recipe.stages) {
    if (parts == Parts::evaluation) break;
    stages_.push_back(stage_source(stage, programs_, tokenizer_, run, texts.shown_by(stage)));
    workload_.stages.push_back(measure_stage(*stages_.back(), stage.may_end_early()));
  }
  for (const ArmPlan& arm : planned_arms(recipe)) {
    workload_.arms.push_back(
        measure_arm(arm, evaluation_items(recipe, corpus, arm), tokenizer_, config_.context));
  }
}

std::vector<std::size_t> evenly_spread(std::size_t total, std::size_t count) {
  std::vector<std::size_t> chosen;
  const std::size_t taken = std::min(total, count);
  for (std::size_t i = 0; i < taken; ++i) chosen.push_back((2 * i + 1) * total / (2 * taken));
  return chosen;
}

std::vector<PassSize> micro_batches(const std::vector<PassSize>& sequences, int micro_batch_tokens) {
  std::vector<std::size_t> lengths;
  for (const PassSize& sequence : sequences) lengths.push_back(static_cast<std::size_t>(sequence.tokens));
  std::vector<PassSize> batches;
  std::size_t next = 0;
  for (const std::size_t size : micro_batch_sizes(lengths, static_cast<std::size_t>(micro_batch_tokens))) {
    PassSize& batch = batches.emplace_back();
    for (std::size_t i = 0; i < size; ++i, ++next) {
      batch.tokens += sequences[next].tokens;
      batch.rows += sequences[next].rows;
      batch.reference_rows += sequences[next].reference_rows;
    }
  }
  return batches;
}

}  // namespace pbb

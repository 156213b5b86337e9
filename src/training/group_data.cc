#include "training/group_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/error.h"
#include "base/file.h"
#include "base/random.h"
#include "base/stopwatch.h"
#include "examples/fresh_examples.h"
#include "training/alarms.h"

namespace pbb {
namespace {

using nlohmann::json;

std::vector<std::int32_t> prompt_of(const Tokenizer& tokenizer, const AskedExecution& asked,
                                    AnswerForm form) {
  std::vector<std::int32_t> prompt(tokenizer.prefix().begin(), tokenizer.prefix().end());
  const Question question =
      make_question(tokenizer, *asked.program, asked.truth->arguments, form, asked.template_index);
  prompt.insert(prompt.end(), question.tokens.begin(), question.tokens.end());
  return prompt;
}

std::vector<std::size_t> shuffled(std::size_t count, std::uint64_t seed, const std::string& stream) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  Random(seed, stream).shuffle(std::span<std::size_t>(order));
  return order;
}

json figures_to_json(const StepFigures& figures) {
  json pairs = json::array();
  for (const auto& [name, value] : figures) pairs.push_back({name, value});
  return pairs;
}

StepFigures figures_from_json(const json& pairs) {
  StepFigures figures;
  for (const json& pair : pairs)
    figures.emplace_back(pair.at(0).get<std::string>(), pair.at(1).get<double>());
  return figures;
}

}  // namespace

GroupData::GroupData(const TrainingPrograms& programs, const Tokenizer& tokenizer, GroupOptions options,
                     AnswerJudging judging, Decoder* decoder)
    : programs_(&programs),
      tokenizer_(&tokenizer),
      options_(std::move(options)),
      judging_(std::move(judging)) {
  for (const Program& program : programs.programs()) {
    if (program.split == Split::with_io && !programs.executions(program.name).empty())
      askable_.push_back(&program);
  }
  if (askable_.empty()) {
    throw InputError(fmt::format("stage {} asks with-IO programs, of which there are none", options_.stage),
                     "raise corpus.*.with_io, or of what is imported corpus.practice_inputs");
  }
  measure_longest();
  if (decoder) model_.emplace(*decoder, options_.policy.kl > 0);
}

// A question in all its wordings, with an answer as long as one may be.
void GroupData::measure_longest() {
  std::size_t longest = 0;
  for (const Program* program : askable_) {
    for (const Execution& truth : programs_->executions(program->name)) {
      const std::size_t right = answer_tokens(*tokenizer_, *program, truth, options_.form).size();
      if (right > static_cast<std::size_t>(options_.max_new_tokens)) {
        throw InputError(
            fmt::format("stage {}: max_new_tokens = {}, but the right answer to {} has {} tokens",
                        options_.stage, options_.max_new_tokens, call_text(program->name, truth.arguments),
                        right),
            fmt::format("max_new_tokens = {} or more", right));
      }
      for (int wording = 0; wording < question_templates(); ++wording)
        longest = std::max(longest, prompt_of(*tokenizer_, {program, &truth, wording}, options_.form).size());
    }
  }
  longest_.program = askable_.front()->name;
  longest_.kind = ExampleKind::execution;
  longest_.tokens.resize(longest + static_cast<std::size_t>(options_.max_new_tokens));
  longest_.trained.resize(longest_.tokens.size(), 1);
  std::fill_n(longest_.trained.begin(), longest, std::uint8_t{0});
}

// Round after round through the programs, each round in another order, each time on another input until a program's
// are used up.
std::vector<GroupData::Asked> GroupData::asked(std::int64_t batch) const {
  const auto count = static_cast<std::int64_t>(askable_.size());
  std::vector<Asked> all;
  for (std::int64_t i = 0; i < options_.questions; ++i) {
    const std::int64_t number = batch * options_.questions + i, round = number / count;
    const auto order =
        shuffled(askable_.size(), options_.seed, fmt::format("grpo/{}/round/{}", options_.stage, round));
    const Program& program = *askable_[order[static_cast<std::size_t>(number % count)]];
    const std::vector<Execution>& executions = programs_->executions(program.name);
    const auto inputs = static_cast<std::int64_t>(executions.size());
    const auto input_order =
        shuffled(executions.size(), options_.seed,
                 fmt::format("grpo/{}/{}/{}", options_.stage, program.name, round / inputs));
    const std::size_t input = input_order[static_cast<std::size_t>(round % inputs)];
    Random wording(options_.seed, fmt::format("grpo/{}/wording/{}", options_.stage, number));
    Asked& one = all.emplace_back();
    one.question = {&program, &executions[input], draw_wording(question_templates(), wording)};
    one.execution = input;
    one.prompt = prompt_of(*tokenizer_, one.question, options_.form);
  }
  return all;
}

std::vector<std::vector<std::int32_t>> GroupData::prompts(std::int64_t index) const {
  std::vector<std::vector<std::int32_t>> prompts;
  for (const Asked& one : asked(index / options_.updates))
    prompts.insert(prompts.end(), static_cast<std::size_t>(options_.samples), one.prompt);
  return prompts;
}

GroupBatch GroupData::sample(std::int64_t number) const {
  const std::vector<Asked> questions = asked(number);
  const std::uint64_t seed =
      Random(options_.seed, fmt::format("grpo/{}/samples/{}", options_.stage, number)).next();
  std::vector<SampledAnswer> sampled =
      model_->answers(prompts(number * options_.updates), {.seed = seed,
                                                           .max_new_tokens = options_.max_new_tokens,
                                                           .batch_size = options_.batch_size,
                                                           .ends = judging_.ends});
  GroupBatch batch{.number = number, .groups = {}};
  for (const Asked& one : questions) {
    AnswerGroup& group = batch.groups.emplace_back();
    group.program = one.question.program->name;
    group.template_index = one.question.template_index;
    group.execution = one.execution;
    for (int i = 0; i < options_.samples; ++i) {
      const std::size_t index = (batch.groups.size() - 1) * static_cast<std::size_t>(options_.samples);
      const SampledAnswer& said = sampled[index + static_cast<std::size_t>(i)];
      const std::size_t judged = said.tokens.size() - (said.cut ? 0 : 1);
      GroupAnswer& answer = group.answers.emplace_back();
      answer.tokens = one.prompt;
      answer.question = one.prompt.size();
      answer.tokens.insert(answer.tokens.end(), said.tokens.begin(), said.tokens.end());
      answer.mark = judging_.mark(one.question, std::span(said.tokens).first(judged), said.cut);
      answer.cut = said.cut;
      answer.reward = (answer.mark.right ? 1 : 0) + options_.recall_reward * answer.mark.recalled;
      answer.log_probability = said.log_probability;
    }
  }
  return batch;
}

// What updates compare the model with: itself as it sampled, and as the stage began.
void GroupData::score(GroupBatch& batch) const {
  const bool is_held = options_.policy.kl > 0;
  if (options_.updates == 1 && !is_held) return;
  const std::vector<Example> examples = live_examples(batch);
  PolicyModel::Scores sampled = model_->score(examples), reference;
  if (is_held) reference = model_->score_by_reference(examples);
  std::size_t next = 0;
  for (AnswerGroup& group : batch.groups) {
    if (is_dead(group.rewards())) continue;
    for (GroupAnswer& answer : group.answers) {
      answer.sampled = std::move(sampled[next]);
      if (is_held) answer.reference = std::move(reference[next]);
      ++next;
    }
  }
}

std::vector<Example> GroupData::supposed(std::int64_t batch) const {
  std::vector<Example> examples;
  for (const Asked& one : asked(batch)) {
    Example example = make_execution(*tokenizer_, *one.question.program, *one.question.truth, options_.form,
                                     one.question.template_index);
    example.execution = one.execution;
    examples.insert(examples.end(), static_cast<std::size_t>(options_.samples), example);
  }
  return examples;
}

std::vector<Example> GroupData::step(std::int64_t index) const {
  const std::int64_t number = index / options_.updates;
  if (!model_) return supposed(number);
  sampling_seconds_ = 0;
  const bool samples = index % options_.updates == 0;
  if (samples) {
    const Stopwatch watch;
    GroupBatch batch = sample(number);
    sampling_seconds_ = watch.seconds();
    score(batch);
    batch_ = std::move(batch);
  }
  if (batch_.number != number)
    throw Error(
        fmt::format("stage {}: step {} goes on with answers that are not there", options_.stage, index));
  AnswerScores scores;
  if (!samples) scores = model_->score(live_examples(batch_));
  if (samples && options_.policy.kl > 0) {
    for (const AnswerGroup& group : batch_.groups) {
      for (const GroupAnswer& answer : group.answers) {
        if (!answer.sampled.empty()) scores.push_back(answer.sampled);
      }
    }
  }
  update_ = policy_update(batch_, scores, options_.most_tokens(), options_.policy);
  return std::move(update_.examples);
}

void GroupData::observe(std::int64_t, std::span<const Example>, std::span<const ExampleOutcome>) {
  if (!model_) return;
  figures_ = batch_figures(batch_);
  if (options_.updates > 1) figures_.emplace_back("clipped_ratio", update_.clipped_ratio);
  if (options_.policy.kl > 0) figures_.emplace_back("kl", update_.divergence);
  recent_.push_back(figures_);
  if (recent_.size() > alarm_steps) recent_.pop_front();
  if (sampling_seconds_ == 0) return;
  double sampled = 0;
  for (const AnswerGroup& group : batch_.groups) {
    for (const GroupAnswer& answer : group.answers) sampled += static_cast<double>(answer.answer_tokens());
  }
  figures_.emplace_back("sampled_tokens", sampled);
  figures_.emplace_back("sampled_tokens_per_second", sampled / sampling_seconds_);
}

std::vector<StageAlarm> GroupData::alarms() const {
  return policy_alarms(recent_);
}

StageFingerprint GroupData::fingerprint() const {
  const auto text = [](const auto& value) { return fmt::format("{}", value); };
  std::uint32_t asked_of = 0;
  for (const Program* program : askable_) {
    const auto add = [&](const std::string& part) {
      asked_of = checksum(std::as_bytes(std::span(part)), asked_of);
    };
    add(program->source);
    for (const Execution& execution : programs_->executions(program->name))
      add(answer_text(*program, execution, options_.form));
  }
  const PolicyOptions& policy = options_.policy;
  return {{"stage", options_.stage},
          {"seed", text(options_.seed)},
          {"steps", text(options_.steps)},
          {"questions", text(options_.questions)},
          {"samples", text(options_.samples)},
          {"form", std::string(answer_form_name(options_.form))},
          {"max_new_tokens", text(options_.max_new_tokens)},
          {"updates", text(options_.updates)},
          {"normalisation", choice_name<GroupNormalisation>(group_normalisations, policy.normalisation)},
          {"clip_low", text(policy.clip_low)},
          {"clip_high", text(policy.clip_high)},
          {"kl", text(policy.kl)},
          {"recall_reward", text(options_.recall_reward)},
          {"executions asked (CRC-32)", fmt::format("{:08x}", asked_of)}};
}

// A sampling that is learnt from no more need not be kept; more than the next step needs does no harm.
std::string GroupData::state() const {
  json recent = json::array();
  for (const StepFigures& figures : recent_) recent.push_back(figures_to_json(figures));
  json state = {{"recent", std::move(recent)}};
  if (options_.updates > 1) state["batch"] = to_json(batch_);
  return state.dump();
}

void GroupData::restore(std::string_view state) {
  try {
    const json object = json::parse(state);
    recent_.clear();
    for (const json& figures : object.at("recent")) recent_.push_back(figures_from_json(figures));
    if (options_.updates > 1) batch_ = group_batch_from_json(object.at("batch"));
  } catch (const json::exception& error) {
    throw Error(
        fmt::format("stage {}: the state of its answers cannot be read: {}", options_.stage, error.what()));
  }
}

}  // namespace pbb

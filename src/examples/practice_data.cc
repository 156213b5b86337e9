#include "examples/practice_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <sstream>
#include <tuple>

#include "base/error.h"
#include "base/file.h"
#include "base/random.h"
#include "examples/fresh_examples.h"

namespace pbb {
namespace {

// Fresh executions are bounded by their traces.
constexpr int most_fresh_steps = 24;
constexpr std::size_t most_fresh_tokens = 768;
// Of one program in a step, while others have not passed either.
constexpr std::size_t most_of_one = 2;

}  // namespace

bool is_run_right(const Example& example, const ExampleOutcome& outcome,
                  const MachineWrites& machine_writes) {
  const auto trace = std::span(example.tokens).last(outcome.size());
  for (std::size_t at = 0; at < trace.size();) {
    const auto written = machine_writes(trace.first(at));
    if (!written.empty() && std::ranges::mismatch(written, trace.subspan(at)).in1 == written.end()) {
      at += written.size();
    } else if (!outcome[at++].most_likely) {
      return false;
    }
  }
  return true;
}

PracticeData::PracticeData(const TrainingPrograms& programs, const Tokenizer& tokenizer,
                           PracticeOptions options, const Runner& run, MachineWrites machine_writes)
    : programs_(&programs),
      tokenizer_(&tokenizer),
      options_(std::move(options)),
      machine_writes_(std::move(machine_writes)),
      cooldown_(options_.steps, options_.cooldown_share),
      fresh_({.seed = options_.seed,
              .stream = "practice/" + options_.stage,
              .shares = options_.shares,
              .max_trace_steps = most_fresh_steps,
              .taken_names = programs.names(),
              .fits = fits_in(tokenizer, most_fresh_tokens)},
             run) {
  for (const Program& program : programs.programs()) {
    if (program.split != Split::with_io || programs.executions(program.name).empty()) continue;
    practised_.push_back({.program = &program, .practice = {.program = program.name}});
    Example example = longest_execution(tokenizer, program, programs.executions(program.name));
    if (example.tokens.size() > longest_.tokens.size()) longest_ = std::move(example);
  }
  if (practised_.empty()) {
    throw InputError(
        fmt::format("stage {} practises with-IO programs, of which there are none", options_.stage),
        "raise corpus.*.with_io, or of what is imported corpus.practice_inputs");
  }
  if (options_.fresh > 0 && longest_.tokens.size() < most_fresh_tokens) {
    longest_.tokens.resize(most_fresh_tokens);
    longest_.trained.resize(most_fresh_tokens, 1);
  }
}

std::vector<std::size_t> PracticeData::shown(std::int64_t index) const {
  std::vector<std::size_t> order(practised_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  Random random(options_.seed, fmt::format("practice/{}/{}", options_.stage, index));
  random.shuffle(std::span<std::size_t>(order));
  const auto passed = [&](std::size_t i) { return !cooldown_.has_begun() && has_passed(practised_[i]); };
  std::ranges::stable_sort(
      order, {}, [&](std::size_t i) { return std::tuple(passed(i), practised_[i].practice.executions); });
  const auto wanted = static_cast<std::size_t>(options_.executions);
  const auto open = static_cast<std::size_t>(std::ranges::count_if(order, std::not_fn(passed)));
  std::vector<std::size_t> chosen;
  // Those that have not passed, some of them twice; what is left of the step asks the others again.
  for (std::size_t turn = 0; turn < most_of_one; ++turn) {
    for (std::size_t i = 0; i < open && chosen.size() < wanted; ++i) chosen.push_back(order[i]);
  }
  for (std::size_t i = open; i < order.size() && chosen.size() < wanted; ++i) chosen.push_back(order[i]);
  return chosen;
}

Example PracticeData::show(const Practised& practised, std::int64_t number) const {
  const std::string& name = practised.program->name;
  const std::vector<Execution>& all = programs_->executions(name);
  const auto count = std::ssize(all);
  std::vector<std::size_t> order(all.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const std::string round = fmt::format("{}/{}/{}", options_.stage, name, number / count);
  // The first round is in the corpus's order, in which every way through the program comes up soon.
  if (number >= count) Random(options_.seed, "round/" + round).shuffle(std::span<std::size_t>(order));
  Random random(options_.seed, fmt::format("wording/{}/{}", round, number));
  return make_execution(*tokenizer_, *practised.program, all[order[static_cast<std::size_t>(number % count)]],
                        AnswerForm::recite, draw_wording(question_templates(), random),
                        RecitedLoss::execution);
}

std::vector<Example> PracticeData::step(std::int64_t index) const {
  std::vector<Example> examples;
  std::map<std::size_t, std::int64_t> again;
  for (const std::size_t i : shown(index))
    examples.push_back(show(practised_[i], practised_[i].practice.executions + again[i]++));
  for (int i = 0; i < options_.fresh; ++i) {
    const std::int64_t number = index * options_.fresh + i;
    Random random(options_.seed, fmt::format("fresh/{}/{}", options_.stage, number));
    examples.push_back(make_fresh_execution(*tokenizer_, fresh_.at(number), random));
  }
  return examples;
}

void PracticeData::observe(std::int64_t index, std::span<const Example> examples,
                           std::span<const ExampleOutcome> outcomes) {
  const std::vector<std::size_t> order = shown(index);
  for (std::size_t i = 0; i < order.size(); ++i) {
    ProgramPractice& practice = practised_[order[i]].practice;
    practice.executions += 1;
    const bool right = is_run_right(examples[i], outcomes[i], machine_writes_);
    practice.right = right ? practice.right + 1 : 0;
    if (has_passed(practised_[order[i]]) && practice.executions_to_pass < 0)
      practice.executions_to_pass = practice.executions;
  }
  next_ = index + 1;
  // Once is enough, as of what is read.
  const bool all_passed = std::ranges::all_of(
      practised_, [](const Practised& practised) { return practised.practice.executions_to_pass >= 0; });
  cooldown_.begin_after(next_, all_passed);
}

std::vector<ProgramPractice> PracticeData::practice() const {
  std::vector<ProgramPractice> all;
  for (const Practised& practised : practised_) all.push_back(practised.practice);
  return all;
}

StageFingerprint PracticeData::fingerprint() const {
  const auto text = [](const auto& value) { return fmt::format("{}", value); };
  std::uint32_t shown = 0;
  for (const Practised& practised : practised_) {
    const auto add = [&](const std::string& part) {
      shown = checksum(std::as_bytes(std::span(part)), shown);
    };
    add(practised.program->source);
    for (const Execution& execution : programs_->executions(practised.program->name))
      add(answer_text(*practised.program, execution, AnswerForm::trace));
  }
  StageFingerprint all = {{"stage", options_.stage},
                          {"seed", text(options_.seed)},
                          {"steps", text(options_.steps)},
                          {"executions", text(options_.executions)},
                          {"fresh", text(options_.fresh)},
                          {"right_to_pass", text(options_.right_to_pass)},
                          {"right", "operations computed"},
                          {"cooldown_share", text(options_.cooldown_share)},
                          {"executions practised (CRC-32)", fmt::format("{:08x}", shown)}};
  add_shares(all, options_.shares);
  return all;
}

std::string PracticeData::state() const {
  std::string text = fmt::format("{} {}\n", next_, cooldown_.begun());
  for (const Practised& practised : practised_) {
    const ProgramPractice& practice = practised.practice;
    text += fmt::format("{} {} {}\n", practice.executions, practice.right, practice.executions_to_pass);
  }
  return text;
}

void PracticeData::restore(std::string_view state) {
  std::istringstream text{std::string(state)};
  std::int64_t begun = -1;
  text >> next_ >> begun;
  cooldown_.restore(begun);
  for (Practised& practised : practised_) {
    ProgramPractice& practice = practised.practice;
    if (!(text >> practice.executions >> practice.right >> practice.executions_to_pass))
      throw Error(fmt::format("stage {}: the state of its practice cannot be read", options_.stage));
  }
}

}  // namespace pbb

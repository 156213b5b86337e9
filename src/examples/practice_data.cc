#include "examples/practice_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <set>
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

// What the conditions of a step come to, one letter each, and whether it raises.
std::string decided(std::string_view step) {
  std::string all;
  for (; !step.empty(); step.remove_prefix(1)) {
    if (step.starts_with("True")) all += 'T';
    if (step.starts_with("False")) all += 'F';
    if (step.starts_with(" raises ")) all += '!';
  }
  return all;
}

// The lines that a run goes through behind its head, where the arguments stand, and what was decided in each.
using WayKey = std::set<std::pair<int, std::string>>;
WayKey way_of(const Execution& execution) {
  WayKey way;
  for (std::size_t i = 1; i < execution.trace.size(); ++i)
    way.emplace(execution.trace[i].line, decided(execution.trace[i].step));
  return way;
}

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
    practised_.push_back({.program = &program, .practice = {.program = program.name}, .ways = {}});
    std::map<WayKey, std::size_t> known;
    std::vector<Way>& ways = practised_.back().ways;
    const std::vector<Execution>& executions = programs.executions(program.name);
    for (std::size_t i = 0; i < executions.size(); ++i) {
      const auto [place, is_new] = known.emplace(way_of(executions[i]), ways.size());
      if (is_new) ways.emplace_back();
      ways[place->second].executions.push_back(i);
    }
    practised_.back().practice.ways = static_cast<int>(ways.size());
    Example example = longest_execution(tokenizer, program, executions);
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

bool PracticeData::has_passed(const Practised& practised) const {
  return std::ranges::all_of(practised.ways, [&](const Way& way) { return has_passed(way); });
}

std::vector<std::size_t> PracticeData::chosen(std::int64_t index) const {
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

std::vector<PracticeData::Shown> PracticeData::shown(std::int64_t index) const {
  std::vector<Shown> all;
  std::map<std::size_t, std::size_t> again;
  for (const std::size_t i : chosen(index)) {
    const std::vector<Way>& ways = practised_[i].ways;
    std::vector<std::size_t> order(ways.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {},
                             [&](std::size_t w) { return std::pair(has_passed(ways[w]), ways[w].shown); });
    const std::size_t turn = again[i]++;
    const std::size_t w = order[turn % order.size()];
    const std::size_t at = static_cast<std::size_t>(ways[w].shown) + turn / order.size();
    all.push_back({.program = i,
                   .way = w,
                   .execution = ways[w].executions[at % ways[w].executions.size()],
                   .number = practised_[i].practice.executions + static_cast<std::int64_t>(turn)});
  }
  return all;
}

std::vector<Example> PracticeData::step(std::int64_t index) const {
  std::vector<Example> examples;
  for (const Shown& one : shown(index)) {
    const Program& program = *practised_[one.program].program;
    Random random(options_.seed, fmt::format("wording/{}/{}/{}", options_.stage, program.name, one.number));
    examples.push_back(make_execution(*tokenizer_, program,
                                      programs_->executions(program.name)[one.execution], AnswerForm::recite,
                                      draw_wording(question_templates(), random), RecitedLoss::execution));
  }
  for (int i = 0; i < options_.fresh; ++i) {
    const std::int64_t number = index * options_.fresh + i;
    Random random(options_.seed, fmt::format("fresh/{}/{}", options_.stage, number));
    examples.push_back(make_fresh_execution(*tokenizer_, fresh_.at(number), random));
  }
  return examples;
}

void PracticeData::observe(std::int64_t index, std::span<const Example> examples,
                           std::span<const ExampleOutcome> outcomes) {
  const std::vector<Shown> all = shown(index);
  for (std::size_t i = 0; i < all.size(); ++i) {
    Practised& practised = practised_[all[i].program];
    Way& way = practised.ways[all[i].way];
    way.shown += 1;
    way.right = is_run_right(examples[i], outcomes[i], machine_writes_) ? way.right + 1 : 0;
    ProgramPractice& practice = practised.practice;
    practice.executions += 1;
    if (has_passed(practised) && practice.executions_to_pass < 0)
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
                          {"right", "operations computed, on each way"},
                          {"cooldown_share", text(options_.cooldown_share)},
                          {"executions practised (CRC-32)", fmt::format("{:08x}", shown)}};
  add_shares(all, options_.shares);
  return all;
}

std::string PracticeData::state() const {
  std::string text = fmt::format("{} {}\n", next_, cooldown_.begun());
  for (const Practised& practised : practised_) {
    const ProgramPractice& practice = practised.practice;
    text += fmt::format("{} {}", practice.executions, practice.executions_to_pass);
    for (const Way& way : practised.ways) text += fmt::format(" {} {}", way.shown, way.right);
    text += "\n";
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
    text >> practice.executions >> practice.executions_to_pass;
    for (Way& way : practised.ways) text >> way.shown >> way.right;
    if (!text) throw Error(fmt::format("stage {}: the state of its practice cannot be read", options_.stage));
  }
}

}  // namespace pbb

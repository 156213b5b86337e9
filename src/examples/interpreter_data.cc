#include "examples/interpreter_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <numeric>

#include "base/error.h"
#include "examples/fresh_examples.h"
#include "examples/own_texts.h"

namespace pbb {
namespace {

// How fast a measured error follows the results: some 50 of them.
constexpr double error_memory = 0.98;
constexpr double error_before_any_result = 0.3;

FreshOptions fresh_options(const Tokenizer& tokenizer, const InterpreterOptions& options, const char* stream,
                           int executions) {
  return {.seed = options.seed,
          .stream = stream,
          .executions = executions,
          .shares = options.shares,
          .max_trace_steps = options.max_trace_steps,
          .fits = fits_in(tokenizer, static_cast<std::size_t>(options.max_tokens))};
}

// Position `place` of a shuffled 0 … count - 1.
std::int64_t shuffled(std::int64_t count, std::int64_t place, Random random) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  random.shuffle(std::span<std::int64_t>(order));
  return order[static_cast<std::size_t>(place)];
}

}  // namespace

InterpreterData::InterpreterData(const Tokenizer& tokenizer, InterpreterOptions options, const Runner& run,
                                 std::vector<std::vector<std::int32_t>> texts)
    : tokenizer_(&tokenizer),
      options_(std::move(options)),
      texts_(std::move(texts)),
      fresh_(fresh_options(tokenizer, options_, "fresh", 1), run),
      study_(fresh_options(tokenizer, options_, "study", options_.study_executions), run),
      drill_errors_(drill_kinds().size(), error_before_any_result) {
  if (options_.texts > 0 && texts_.empty())
    throw Error("an interpreter's texts are asked for, but there are none");
  longest_.program = "(the longest)";
  longest_.tokens.resize(static_cast<std::size_t>(options_.max_tokens));
  longest_.trained.assign(longest_.tokens.size(), 1);
}

std::vector<Example> InterpreterData::step(std::int64_t index) const {
  std::vector<Example> examples;
  for (int i = 0; i < options_.drills; ++i) {
    Random random = drill_random(index * options_.drills + i);
    const DrillPlan plan = drill_plan(random);
    examples.push_back(make_drills(*tokenizer_, plan, random));
  }
  for (int i = 0; i < options_.executions; ++i)
    examples.push_back(execution(index * options_.executions + i));
  for (int i = 0; i < options_.texts; ++i) {
    examples.push_back(own_text_at(texts_, index * options_.texts + i));
    if (options_.text_weight != 1)
      examples.back().weights.assign(examples.back().tokens.size(), static_cast<float>(options_.text_weight));
  }
  for (int i = 0; i < options_.studied; ++i) {
    examples.push_back(studied(index * options_.studied + i));
    examples.back().fresh = true;
  }
  for (const Example& example : examples) {
    if (example.tokens.size() <= longest_.tokens.size()) continue;
    throw Error(fmt::format("program {}: an example of {} tokens, more than max_tokens ({})", example.program,
                            example.tokens.size(), options_.max_tokens),
                "raise interpreter.max_tokens, or lower interpreter.max_trace_steps");
  }
  return examples;
}

Random InterpreterData::drill_random(std::int64_t index) const {
  return Random(options_.seed, fmt::format("drill/{}", index));
}

DrillPlan InterpreterData::drill_plan(Random& random) const {
  return draw_drill_plan(drill_shares(drill_errors_), options_.drill_length, random);
}

Example InterpreterData::execution(std::int64_t index) const {
  Random random(options_.seed, fmt::format("execution/{}", index));
  return make_fresh_execution(*tokenizer_, fresh_.at(index), random);
}

// Programs are studied in groups: each round shows every program of the group once, in an order of its own.
// Rounds of execution are spread evenly among those of declaration, and the last round is one. Every second
// declaration is a recitation, as reading has it.
Example InterpreterData::studied(std::int64_t index) const {
  const std::int64_t rounds = options_.study_declarations + options_.study_executions;
  const std::int64_t group = index / (options_.study_group * rounds);
  const std::int64_t round = index / options_.study_group % rounds;
  const std::int64_t member = shuffled(options_.study_group, index % options_.study_group,
                                       Random(options_.seed, fmt::format("study/{}/{}", group, round)));
  const FreshProgram& fresh = study_.at(group * options_.study_group + member);
  const auto executed = [&](std::int64_t until) { return until * options_.study_executions / rounds; };
  Random random(options_.seed, fmt::format("studied/{}", index));
  if (executed(round + 1) == executed(round)) {
    const std::int64_t declared = round - executed(round);
    if (declared % 2 == 1) return make_unanswered_recitation(*tokenizer_, fresh.program, random);
    return make_declaration(*tokenizer_, fresh.program, draw_wording(declaration_templates(), random));
  }
  const auto turn = static_cast<std::size_t>(executed(round));
  const Execution& execution = fresh.executions[turn % fresh.executions.size()];
  return make_execution(*tokenizer_, fresh.program, execution, AnswerForm::recite,
                        draw_wording(question_templates(), random));
}

StageFingerprint InterpreterData::fingerprint() const {
  const auto text = [](const auto& value) { return fmt::format("{}", value); };
  StageFingerprint all = {{"stage", std::string(name())},
                          {"seed", text(options_.seed)},
                          {"steps", text(options_.steps)},
                          {"drills", text(options_.drills)},
                          {"executions", text(options_.executions)},
                          {"studied", text(options_.studied)},
                          {"texts", text(options_.texts)},
                          {"drill_length", text(options_.drill_length)},
                          {"study_group", text(options_.study_group)},
                          {"study_declarations", text(options_.study_declarations)},
                          {"study_executions", text(options_.study_executions)},
                          {"max_trace_steps", text(options_.max_trace_steps)}};
  add_shares(all, options_.shares);
  // Stages that were begun before there were such go on.
  if (options_.text_weight != 1) all["text_weight"] = text(options_.text_weight);
  if (options_.texts > 0) all["texts (CRC-32)"] = fmt::format("{:08x}", checksum_of_texts(texts_));
  return all;
}

void InterpreterData::observe(std::int64_t index, std::span<const Example> examples,
                              std::span<const ExampleOutcome> outcomes) {
  // The plans that step() drew: from the errors as they were before this step.
  std::vector<DrillPlan> plans;
  for (int i = 0; i < options_.drills; ++i) {
    Random random = drill_random(index * options_.drills + i);
    plans.push_back(drill_plan(random));
  }
  for (std::size_t i = 0; i < plans.size(); ++i) {
    // Each result is a run of trained tokens of its own.
    const Example& example = examples[i];
    std::size_t step = 0, target = 0;
    bool right = true;
    for (std::size_t t = 1; t < example.tokens.size(); ++t) {
      if (example.trained[t] == 0) continue;
      right = right && outcomes[i][target++].most_likely;
      const bool run_ends = t + 1 == example.tokens.size() || example.trained[t + 1] == 0;
      if (!run_ends) continue;
      double& error = drill_errors_[plans[i][step++]];
      error = error_memory * error + (1 - error_memory) * (right ? 0 : 1);
      right = true;
    }
  }
}

std::string InterpreterData::state() const {
  return fmt::format("{}", fmt::join(drill_errors_, " "));
}

void InterpreterData::restore(std::string_view state) {
  for (double& error : drill_errors_) {
    const auto [end, failure] = std::from_chars(state.data(), state.data() + state.size(), error);
    if (failure != std::errc()) throw Error("the state of an interpreter's drills cannot be read");
    state.remove_prefix(std::min(state.size(), static_cast<std::size_t>(end - state.data()) + 1));
  }
}

}  // namespace pbb

// Difficulty is drawn for each program anew, so that an interpreter meets short and long ones, small numbers
// and large ones, side by side.
#include "programs/fresh.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/random.h"
#include "programs/arithmetic.h"
#include "programs/everyday.h"
#include "programs/execute.h"
#include "programs/names.h"
#include "programs/rules.h"

namespace pbb {
namespace {

constexpr int block_size = 256;

struct Draft {
  Program program;
  std::vector<Input> inputs;
  bool is_everyday = false;
};

// So many inputs are tried of an everyday program, whose ways are seldom equally wide.
constexpr int everyday_trials = 8;

template <typename T>
T pick(Random& random, std::initializer_list<T> choices) {
  return random.choice(std::span<const T>(choices.begin(), choices.size()));
}

ArithmeticOptions draw_arithmetic_options(Random& random) {
  ArithmeticOptions options;
  options.max_statements = pick(random, {1, 2, 3, 4, 4, 4});
  options.min_statements = std::min(options.max_statements, 2);
  options.max_constant = pick(random, {10, 20, 20, 20, 50});
  options.max_factor = pick(random, {5, 5, 9});
  options.operators = pick<const char*>(random, {"+-*", "+-*", "+-*", "+-*", "+-", "+-*//%"});
  options.max_input = pick(random, {9, 20, 20, 50});
  const double shape = random.uniform();
  options.branch_share = shape < 0.4 ? 1 : 0;
  options.loop_share = shape >= 0.4 && shape < 0.55 ? 1 : 0;
  options.call_share = shape >= 0.55 && shape < 0.7 ? 1 : 0;
  return options;
}

template <typename DrawInput>
std::vector<Input> draw_inputs(int count, DrawInput draw) {
  std::vector<Input> inputs;
  std::set<std::string> seen;
  for (int attempt = 0; attempt < 20 * count && std::ssize(inputs) < count; ++attempt) {
    Input input = draw();
    if (seen.insert(call_text("", input)).second) inputs.push_back(std::move(input));
  }
  return inputs;
}

// The name stands in the head of the function and nowhere else.
void rename_program(Program& program, const std::string& name) {
  program.source.replace(program.source.find(program.name), program.name.size(), name);
  std::string& prose = program.view("prose");
  prose.replace(prose.find(program.name), program.name.size(), name);
  program.name = name;
}

Draft draw_everyday_draft(const FreshOptions& options, const std::set<std::string>& names, Random& random) {
  std::string name;
  do {
    name = random.uniform() < 0.3 ? draw_fresh_name(random) : draw_everyday_name(random);
  } while (names.contains(name) || options.taken_names.contains(name));
  EverydayProgram everyday = draw_everyday({}, name, random);
  Draft draft;
  draft.is_everyday = true;
  draft.inputs = draw_inputs(std::max(everyday_trials, 3 * options.executions),
                             [&] { return draw_everyday_input(everyday, random); });
  draft.program = std::move(everyday.program);
  return draft;
}

Draft draw(const FreshOptions& options, const std::set<std::string>& names, Random& random) {
  if (options.everyday_share > 0 && random.uniform() < options.everyday_share)
    return draw_everyday_draft(options, names, random);
  Draft draft;
  if (random.uniform() < options.rules_share) {
    RulesOptions rules;
    rules.max_conditions = static_cast<int>(random.integer(1, 4));
    rules.varied_forms = random.uniform() < 0.3;
    draft.program = draw_rule(rules, random);
    draft.inputs = draw_inputs(options.executions, [&] { return draw_rule_input(draft.program, random); });
  } else {
    const ArithmeticOptions arithmetic = draw_arithmetic_options(random);
    draft.program = draw_arithmetic(arithmetic, random);
    draft.inputs = draw_inputs(options.executions, [&] { return draw_arithmetic_input(arithmetic, random); });
  }
  std::string name = draw_fresh_name(random);
  while (options.taken_names.contains(name)) name = draw_fresh_name(random);
  rename_program(draft.program, name);
  return draft;
}

// As many executions of an everyday program as are asked for: of its ways, in an order drawn anew, one after
// the other; those that raise only where that `may_raise`.
void choose_ways(std::vector<Execution>& executions, int count, bool may_raise, Random& random) {
  const auto raises = [](const Execution& one) { return std::holds_alternative<Raised>(one.outcome); };
  if (!may_raise) std::erase_if(executions, raises);
  random.shuffle(std::span(executions));
  executions = spread_over_paths(std::move(executions));
  // Every way stands once at the front: which comes first is to be as likely for a narrow one as for a wide
  // one.
  std::set<std::vector<int>> ways;
  for (const Execution& execution : executions) {
    std::vector<int> lines;
    for (const TraceStep& step : execution.trace) lines.push_back(step.line);
    ways.insert(std::move(lines));
  }
  random.shuffle(std::span(executions).first(ways.size()));
  if (std::ssize(executions) > count) executions.resize(static_cast<std::size_t>(count));
}

}  // namespace

FreshPrograms::FreshPrograms(FreshOptions options, Runner run)
    : options_(std::move(options)), run_(std::move(run)) {}

const FreshProgram& FreshPrograms::at(std::int64_t index) {
  const std::int64_t number = index / block_size;
  Block* block = std::ranges::find(blocks_, number, &Block::number);
  if (block == std::end(blocks_)) {
    block = std::ranges::min_element(blocks_, {}, &Block::number);
    *block = {number, make_block(number)};
  }
  return block->programs[static_cast<std::size_t>(index % block_size)];
}

std::vector<FreshProgram> FreshPrograms::make_block(std::int64_t number) const {
  Random random(options_.seed, fmt::format("{}/{}", options_.stream, number));
  std::vector<FreshProgram> kept;
  std::set<std::string> names;
  int everyday = 0, raised = 0;
  while (kept.size() < block_size) {
    std::vector<Draft> drafts;
    std::vector<ProgramCall> calls;
    for (std::size_t missing = block_size - kept.size(); missing > 0; --missing) {
      const Draft& draft = drafts.emplace_back(draw(options_, names, random));
      names.insert(draft.program.name);
      add_calls(draft.program, draft.inputs, true, calls);
    }
    const auto results = run_calls(run_, calls);
    auto result = results.begin();
    for (Draft& draft : drafts) {
      FreshProgram fresh;
      for (Input& input : draft.inputs) {
        const CallResult& outcome = *result++;
        const auto came_to =
            draft.is_everyday || outcome.status == CallStatus::returned ? outcome.outcome() : std::nullopt;
        if (!came_to || std::ssize(outcome.trace) > options_.max_trace_steps) continue;
        Execution execution{std::move(input), *came_to, outcome.trace};
        if (!options_.fits || options_.fits(draft.program, execution))
          fresh.executions.push_back(std::move(execution));
      }
      if (draft.is_everyday) {
        choose_ways(fresh.executions, options_.executions,
                    raised + 1 <= options_.raised_share * (everyday + 1), random);
      }
      if (fresh.executions.empty()) continue;
      if (draft.is_everyday) {
        everyday += 1;
        raised += std::ranges::any_of(fresh.executions, [](const Execution& one) {
          return std::holds_alternative<Raised>(one.outcome);
        });
      }
      fresh.program = std::move(draft.program);
      kept.push_back(std::move(fresh));
    }
  }
  return kept;
}

}  // namespace pbb

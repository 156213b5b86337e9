// Difficulty is drawn for each program anew, so that an interpreter meets short and long ones, small numbers
// and large ones, side by side.
#include "programs/fresh.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/random.h"
#include "programs/arithmetic.h"
#include "programs/execute.h"
#include "programs/names.h"
#include "programs/rules.h"

namespace pbb {
namespace {

constexpr int block_size = 256;

struct Draft {
  Program program;
  std::vector<Input> inputs;
};

template <typename T>
T pick(Random& random, std::initializer_list<T> choices) {
  return random.choice(std::span<const T>(choices.begin(), choices.size()));
}

ArithmeticOptions draw_arithmetic_options(Random& random) {
  ArithmeticOptions options;
  options.min_statements = 1;
  options.max_statements = static_cast<int>(random.integer(1, 4));
  options.max_constant = pick(random, {10, 20, 20, 20, 50});
  options.max_factor = pick(random, {5, 5, 9});
  options.operators = pick<const char*>(random, {"+-*", "+-*", "+-*", "+-*", "+-", "+-*//%"});
  options.max_input = pick(random, {9, 20, 20, 50});
  const double shape = random.uniform();
  options.branch_share = shape < 0.35 ? 1 : 0;
  options.loop_share = shape >= 0.35 && shape < 0.5 ? 1 : 0;
  options.call_share = shape >= 0.5 && shape < 0.65 ? 1 : 0;
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

Draft draw(const FreshOptions& options, Random& random) {
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
  rename_program(draft.program, draw_fresh_name(random));
  return draft;
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
  while (kept.size() < block_size) {
    std::vector<Draft> drafts;
    std::vector<ProgramCall> calls;
    for (std::size_t missing = block_size - kept.size(); missing > 0; --missing) {
      const Draft& draft = drafts.emplace_back(draw(options_, random));
      add_calls(draft.program, draft.inputs, true, calls);
    }
    const auto results = run_calls(run_, calls);
    auto result = results.begin();
    for (Draft& draft : drafts) {
      FreshProgram fresh;
      for (Input& input : draft.inputs) {
        const CallResult& outcome = *result++;
        if (outcome.status != CallStatus::returned || std::ssize(outcome.trace) > options_.max_trace_steps)
          continue;
        fresh.executions.push_back({std::move(input), outcome.output, outcome.trace});
      }
      if (fresh.executions.empty()) continue;
      fresh.program = std::move(draft.program);
      kept.push_back(std::move(fresh));
    }
  }
  return kept;
}

}  // namespace pbb

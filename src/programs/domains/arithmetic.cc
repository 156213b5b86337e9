// The domain `arithmetic`: its options, its inputs and its row. Programs are drawn in arithmetic_draft.cc.
#include "programs/domains/arithmetic.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.h"

namespace pbb {
namespace {

constexpr int arithmetic_probes = 24;

template <typename Number>
void check_range(const char* name, Number value, Number low, Number high) {
  if (value >= low && value <= high) return;
  throw InputError(fmt::format("arithmetic: {} is {}, expected {} to {}", name, value, low, high),
                   fmt::format("set {} to a value in that range", name));
}

void check_operators(const std::string& operators) {
  std::set<std::string> seen;
  for (const std::string& symbol : split_arithmetic_operators(operators)) {
    const bool known = symbol == "+" || symbol == "-" || symbol == "*" || symbol == "//" || symbol == "%";
    if (known && seen.insert(symbol).second) continue;
    throw InputError(fmt::format("arithmetic: operators is \"{}\", where \"{}\" is {}", operators, symbol,
                                 known ? "listed twice" : "not one of them"),
                     "write some of + - * // % one after the other, each once: \"+-*\"");
  }
  if (seen.empty()) throw InputError("arithmetic: operators is empty", "\"+-*\" is a good start");
}

ArithmeticOptions draw_fresh_options(Random& random) {
  ArithmeticOptions options;
  options.max_statements = random.choice({1, 2, 3, 4, 4, 4});
  options.min_statements = std::min(options.max_statements, 2);
  options.max_constant = random.choice({10, 20, 20, 20, 50});
  options.max_factor = random.choice({5, 5, 9});
  options.operators = random.choice<const char*>({"+-*", "+-*", "+-*", "+-*", "+-", "+-*//%"});
  options.max_input = random.choice({9, 20, 20, 50});
  const double shape = random.uniform();
  options.branch_share = shape < 0.4 ? 1 : 0;
  options.loop_share = shape >= 0.4 && shape < 0.55 ? 1 : 0;
  options.call_share = shape >= 0.55 && shape < 0.7 ? 1 : 0;
  return options;
}

FreshDraft draw_fresh_arithmetic(const FreshRequest& request, Random& random) {
  const ArithmeticOptions options = draw_fresh_options(random);
  FreshDraft draft{.program = draw_arithmetic(options, random), .inputs = {}};
  draft.inputs =
      draw_different_inputs(request.executions, [&] { return draw_arithmetic_input(options, random); });
  give_fresh_name(draft.program, request, random);
  return draft;
}

void check_input_count(const ArithmeticOptions& options, int needed) {
  const int inputs = options.max_input - options.min_input + 1;
  if (inputs >= needed) return;
  throw InputError(fmt::format("arithmetic: inputs {} to {} are {}, but a program needs {} different ones",
                               options.min_input, options.max_input, inputs, needed),
                   "raise max_input, or ask for fewer train_inputs or test_inputs");
}

std::string summary(const ArithmeticOptions& options) {
  return fmt::format(
      "{} to {} statements, constants {} to {}, factors to {}, operators {}, inputs {} to {}, branches {}, "
      "loops {}",
      options.min_statements, options.max_statements, options.min_constant, options.max_constant,
      options.max_factor, options.operators, options.min_input, options.max_input, options.branch_share,
      options.loop_share);
}

std::vector<Input> probes(const ArithmeticOptions& options, const Program&, std::uint64_t) {
  std::vector<Input> inputs;
  for (std::int64_t x : spaced_inputs(options, arithmetic_probes)) inputs.push_back({Value{x}});
  return inputs;
}

}  // namespace

void check_options(const ArithmeticOptions& options) {
  check_ranges("arithmetic", options);
  check_range("max_statements", options.max_statements, options.min_statements, 12);
  check_range("max_constant", options.max_constant, options.min_constant, 999);
  check_range("max_input", options.max_input, options.min_input + 1, 999);
  check_range("loop_share", options.loop_share, 0.0, 1.0 - options.branch_share);
  check_range("call_share", options.call_share, 0.0, 1.0 - options.branch_share - options.loop_share);
  check_operators(options.operators);
  if (options.operators.find('%') != std::string::npos) {
    check_range("max_constant", options.max_constant, 2, 999);
  }
}

std::vector<Value> draw_arithmetic_input(const ArithmeticOptions& options, Random& random) {
  return {Value{random.integer(options.min_input, options.max_input)}};
}

std::vector<std::int64_t> spaced_inputs(const ArithmeticOptions& options, int count) {
  const std::int64_t last = options.max_input - options.min_input;
  const std::int64_t steps = std::min<std::int64_t>(last, count - 1);
  std::vector<std::int64_t> inputs;
  for (std::int64_t i = 0; i <= steps; ++i) inputs.push_back(options.min_input + i * last / steps);
  return inputs;
}

Domain arithmetic_domain() {
  using Options = ArithmeticOptions;
  const auto draw_input = [](const Options& options, const Program&, Random& random) {
    return draw_arithmetic_input(options, random);
  };
  const auto check = [](const Options& options) { check_options(options); };
  return {.name = "arithmetic",
          .kinds = {"straight-line", "branch", "loop", "call"},
          .has_plain_calls = true,
          .corpus = CorpusDomain{.help = "Invent arithmetic programs",
                                 .defaults = DomainOptions::of(Options()),
                                 .check = with_options<Options>(check),
                                 .check_inputs = with_options<Options>(check_input_count),
                                 .summary = with_options<Options>(summary),
                                 .draw = with_options<Options>(draw_arithmetic),
                                 .draw_input = with_options<Options>(draw_input),
                                 .probes = with_options<Options>(probes)},
          .fresh = {.share = 1, .share_help = {}, .draw = draw_fresh_arithmetic, .chooses_ways = false}};
}

}  // namespace pbb

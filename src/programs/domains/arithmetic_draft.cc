// Drawing arithmetic programs statement by statement, with every input of the range followed through: a
// statement that does nothing there, or too much, is drawn again.
#include "programs/domains/arithmetic.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "programs/names.h"

namespace pbb {
namespace {

constexpr std::int64_t largest_value = 9999;
constexpr int followed_inputs = 200;
constexpr int attempts = 200;
constexpr int most_rounds = 5;

constexpr std::string_view helpers[] = {"adjust", "apply", "change", "convert",
                                        "move",   "shift", "turn",   "update"};

using Values = std::vector<std::int64_t>;

// What a program has one of, beside plain statements.
enum class Shape { straight_line, branch, loop, call };

struct Operation {
  std::string symbol;
  int constant = 0;

  std::string statement() const { return fmt::format("x = x {} {}", symbol, constant); }

  std::string in_words() const {
    if (symbol == "+") return fmt::format("add {} to x", constant);
    if (symbol == "-") return fmt::format("subtract {} from x", constant);
    if (symbol == "*") return fmt::format("multiply x by {}", constant);
    if (symbol == "//") return fmt::format("divide x by {} and round down", constant);
    return fmt::format("replace x by the remainder of dividing x by {}", constant);
  }

  std::int64_t apply(std::int64_t x) const {
    if (symbol == "+") return x + constant;
    if (symbol == "-") return x - constant;
    if (symbol == "*") return x * constant;
    const std::int64_t remainder = ((x % constant) + constant) % constant;  // Python's: never negative
    return symbol == "%" ? remainder : (x - remainder) / constant;
  }
};

std::string capitalised(std::string text) {
  if (text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

// A program as far as it is written, and where its inputs have come to.
class ArithmeticDraft {
 public:
  ArithmeticDraft(const ArithmeticOptions& options, Random& random)
      : options_(options),
        random_(random),
        symbols_(split_arithmetic_operators(options.operators)),
        values_(spaced_inputs(options, followed_inputs)),
        past_{values_} {}

  bool add_statement() {
    const auto operation = draw(values_, 1);
    if (!operation) return false;
    source_ += fmt::format("    {}\n", operation->statement());
    prose_ += fmt::format(" {}.", capitalised(operation->in_words()));
    return true;
  }

  bool add_loop() {
    const int rounds = static_cast<int>(random_.integer(2, most_rounds));
    const auto operation = draw(values_, rounds);
    if (!operation) return false;
    source_ += fmt::format("    for i in range({}):\n        {}\n", rounds, operation->statement());
    prose_ += fmt::format(" Do this {} times: {}.", rounds, operation->in_words());
    return true;
  }

  // The helper stands below the program, whose head comes first as it does in every other.
  bool add_call() {
    const auto operation = draw(values_, 1);
    if (!operation) return false;
    const std::string_view helper = random_.choice(std::span<const std::string_view>(helpers));
    source_ += fmt::format("    x = {}(x)\n", helper);
    below_ =
        fmt::format("\ndef {}(x):\n    return x {} {}\n", helper, operation->symbol, operation->constant);
    prose_ += fmt::format(" {}.", capitalised(operation->in_words()));
    return true;
  }

  // The bound is one of the middle values, so that both arms have inputs that take them.
  bool add_branch() {
    Values sorted = values_;
    std::sort(sorted.begin(), sorted.end());
    const auto size = static_cast<std::int64_t>(sorted.size());
    const auto bound = sorted[static_cast<std::size_t>(random_.integer(size / 4, size - 1 - size / 4))];
    Values below, others;
    for (std::int64_t x : values_) (x < bound ? below : others).push_back(x);
    if (below.empty() || others.empty()) return false;
    const auto first = draw(below, 1);
    const auto second = draw(others, 1);
    if (!first || !second) return false;
    for (std::int64_t& x : values_) x = (x < bound ? *first : *second).apply(x);
    source_ += fmt::format("    if x < {}:\n        {}\n    else:\n        {}\n", bound, first->statement(),
                           second->statement());
    prose_ +=
        fmt::format(" If x is less than {}, {}; otherwise {}.", bound, first->in_words(), second->in_words());
    return true;
  }

  bool add(Shape shape) {
    switch (shape) {
      case Shape::branch:
        return add_branch();
      case Shape::loop:
        return add_loop();
      case Shape::call:
        return add_call();
      case Shape::straight_line:
        break;
    }
    return add_statement();
  }

  Program finish(Shape shape) && {
    static constexpr std::string_view kinds[] = {"straight-line", "branch", "loop", "call"};
    Program program{.name = draw_name(random_),
                    .source = {},
                    .views = {},
                    .domain = "arithmetic",
                    .kind = std::string(kinds[static_cast<std::size_t>(shape)])};
    program.source = fmt::format("def {}(x):\n{}    return x\n{}", program.name, source_, below_);
    program.view("prose") =
        fmt::format("{} takes a whole number x.{} The result is x.\n", program.name, prose_);
    return program;
  }

 private:
  // An operation worth doing `rounds` times to these values, which then have gone through it.
  std::optional<Operation> draw(Values& values, int rounds) {
    for (int attempt = 0; attempt < attempts; ++attempt) {
      Operation operation{.symbol = random_.choice(std::span<const std::string>(symbols_))};
      for (int constant = 0; constant < 20;
           ++constant) {  // the same operator as long as it can be had: uniform
        operation.constant = draw_constant(operation.symbol);
        if (try_operation(operation, values, rounds)) return operation;
      }
    }
    return std::nullopt;
  }

  int draw_constant(const std::string& symbol) {
    const bool is_factor = symbol == "*" || symbol == "//";
    const int least = symbol == "%" ? std::max(2, options_.min_constant) : options_.min_constant;
    return static_cast<int>(is_factor ? random_.integer(2, options_.max_factor)
                                      : random_.integer(least, options_.max_constant));
  }

  bool try_operation(const Operation& operation, Values& values, int rounds) {
    if (statements_.contains(operation.statement())) return false;
    std::vector<Values> steps;
    Values now = values;
    for (int round = 0; round < rounds; ++round) {
      std::size_t changed = 0;
      for (std::int64_t& x : now) {
        const std::int64_t after = operation.apply(x);
        if (std::abs(after) > largest_value) return false;
        changed += after != x;
        x = after;
      }
      if (changed * 2 < now.size()) return false;
      if (std::find(past_.begin(), past_.end(), now) != past_.end()) return false;
      steps.push_back(now);
    }
    statements_.insert(operation.statement());
    past_.insert(past_.end(), steps.begin(), steps.end());
    values = std::move(now);
    return true;
  }

  const ArithmeticOptions& options_;
  Random& random_;
  std::vector<std::string> symbols_;
  Values values_;             // of x, one for each input followed
  std::vector<Values> past_;  // what they have been: never to be again
  std::set<std::string> statements_;
  std::string source_, below_, prose_;
};

std::optional<Program> try_draw(const ArithmeticOptions& options, Random& random) {
  const double place = random.uniform();
  const Shape shape = place < options.branch_share                        ? Shape::branch
                      : place < options.branch_share + options.loop_share ? Shape::loop
                      : place < options.branch_share + options.loop_share + options.call_share
                          ? Shape::call
                          : Shape::straight_line;
  const auto statements = random.integer(options.min_statements, options.max_statements);
  const auto special = shape == Shape::straight_line ? statements : random.integer(0, statements - 1);
  ArithmeticDraft draft(options, random);
  for (std::int64_t i = 0; i < statements; ++i) {
    const bool added = i != special ? draft.add_statement() : draft.add(shape);
    if (!added) return std::nullopt;
  }
  return std::move(draft).finish(shape);
}

}  // namespace

std::vector<std::string> split_arithmetic_operators(const std::string& operators) {
  std::vector<std::string> symbols;
  for (std::size_t i = 0; i < operators.size(); ++i) {
    const bool is_division = operators[i] == '/' && i + 1 < operators.size() && operators[i + 1] == '/';
    symbols.push_back(is_division ? "//" : std::string(1, operators[i]));
    i += is_division ? 1 : 0;
  }
  return symbols;
}

Program draw_arithmetic(const ArithmeticOptions& options, Random& random) {
  check_options(options);
  for (int attempt = 0; attempt < attempts; ++attempt) {
    if (auto program = try_draw(options, random)) return std::move(*program);
  }
  throw InputError(
      fmt::format("arithmetic: no program of {} to {} statements with operators \"{}\" and constants "
                  "{} to {} (factors 2 to {}) does something sensible on inputs {} to {}",
                  options.min_statements, options.max_statements, options.operators, options.min_constant,
                  options.max_constant, options.max_factor, options.min_input, options.max_input),
      "allow fewer statements, more operators or more constants");
}

}  // namespace pbb

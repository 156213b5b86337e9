#include "evaluation/arithmetic_step.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include "evaluation/expression.h"
#include "evaluation/functions.h"
#include "evaluation/operators.h"
#include "evaluation/steps.h"

namespace pbb {
namespace {

using Kind = Expression::Kind;
// Of what a loop goes through: as tracing/loops.py has it.
constexpr std::size_t most_items_shown = 8;
constexpr std::int64_t largest_range = 1000;

using Result = std::optional<Value>;  // nothing: it raises, or is not computed here

Result evaluate(const Expression& expression);

// The values of parts, from `first` on; nothing where one has none.
std::optional<std::vector<Value>> values_of(const Expression& expression, std::size_t first = 0) {
  std::vector<Value> values;
  for (std::size_t i = first; i < expression.parts.size(); ++i) {
    Result value = evaluate(expression.parts[i]);
    if (!value) return std::nullopt;
    values.push_back(std::move(*value));
  }
  return values;
}

std::optional<bool> truth_of(const Expression& expression) {
  const Result value = evaluate(expression);
  return value ? is_true(*value) : std::nullopt;
}

// Of `a and b`, b counts only where a does not decide.
Result evaluate_junction(const Expression& junction) {
  const bool decisive = junction.kind == Kind::disjunction;
  for (const Expression& part : junction.parts) {
    const auto truth = truth_of(part);
    if (!truth) return std::nullopt;
    if (*truth == decisive || &part == &junction.parts.back()) return evaluate(part);
  }
  return std::nullopt;
}

// Of a chain every pair must hold, and those after one that does not are never looked at.
Result evaluate_comparison(const Expression& chain) {
  Result left = evaluate(chain.parts.front());
  for (std::size_t i = 0; i < chain.symbols.size(); ++i) {
    Result right = evaluate(chain.parts[i + 1]);
    const auto holds = left && right ? compare(chain.symbols[i], *left, *right) : std::nullopt;
    if (!holds) return std::nullopt;
    if (!*holds) return Value{false};
    left = std::move(right);
  }
  return Value{true};
}

Result evaluate(const Expression& expression) {
  switch (expression.kind) {
    case Kind::value:
      return expression.value;
    case Kind::conjunction:
    case Kind::disjunction:
      return evaluate_junction(expression);
    case Kind::comparison:
      return evaluate_comparison(expression);
    case Kind::conditional: {
      const auto truth = truth_of(expression.parts[1]);
      return truth ? evaluate(expression.parts[*truth ? 0 : 2]) : std::nullopt;
    }
    case Kind::negation: {
      const auto truth = truth_of(expression.parts[0]);
      return truth ? Result(Value{!*truth}) : std::nullopt;
    }
    default:
      break;
  }
  auto values = values_of(expression);
  if (!values) return std::nullopt;
  switch (expression.kind) {
    case Kind::tuple:
      return Value{TupleValue{std::move(*values)}};
    case Kind::unary:
      return calculate(expression.symbol, Value{std::int64_t{0}}, (*values)[0], true);
    case Kind::binary:
      return calculate(expression.symbol, (*values)[0], (*values)[1]);
    case Kind::element:
      return element((*values)[0], (*values)[1]);
    case Kind::call:
      return values->empty() ? std::nullopt : call_function(expression.symbol, *values);
    default:
      return call_method(values->front(), expression.symbol, std::span(*values).subspan(1));
  }
}

// Works out what is ready in an expression, and keeps what takes its place in the text.
class Stage {
 public:
  explicit Stage(std::string_view text) : text_(text) {}

  // Whether anything in `expression` was ready.
  bool reduce(const Expression& expression, bool takes_brackets = false) {
    switch (expression.kind) {
      case Kind::value:
        return false;
      case Kind::conditional:
        return reduce_conditional(expression);
      case Kind::conjunction:
      case Kind::disjunction:
        return reduce_junction(expression);
      default:
        break;
    }
    bool changed = false;
    for (const Expression& part : expression.parts) {
      const bool is_first = &part == &expression.parts.front();
      changed = reduce(part, is_first && binds_closely(expression)) || changed;
    }
    if (changed || !std::ranges::all_of(expression.parts, &Expression::is_value)) return changed;
    const Result value = expression.kind == Kind::tuple ? std::nullopt : evaluate(expression);
    return value && replace(expression, to_python(*value), takes_brackets);
  }

  std::string text() const {
    std::string all;
    std::size_t at = 0;
    for (const Replacement& one : replacements_) {
      all += text_.substr(at, one.begin - at);
      all += one.text;
      at = one.end;
    }
    return all += text_.substr(at);
  }

 private:
  struct Replacement {
    std::size_t begin = 0, end = 0;
    std::string text;
  };

  // A number below zero stands in brackets as its first operand: (-5) ** 2.
  static bool binds_closely(const Expression& expression) {
    return expression.kind == Kind::unary || expression.kind == Kind::method ||
           (expression.kind == Kind::binary && expression.symbol == "**");
  }
  bool replace(const Expression& expression, std::string text, bool takes_brackets) {
    if (takes_brackets && text.starts_with('-')) text = "(" + text + ")";
    replacements_.push_back({expression.begin, expression.end, std::move(text)});
    return true;
  }
  // The condition is worked out; then one of the two stands alone.
  bool reduce_conditional(const Expression& conditional) {
    const Expression& condition = conditional.parts[1];
    if (!condition.is_value()) return reduce(condition);
    const auto truth = is_true(condition.value);
    if (!truth) return false;
    const Expression& chosen = conditional.parts[*truth ? 0 : 2];
    std::string text(text_.substr(chosen.begin, chosen.end - chosen.begin));
    if (conditional.in_brackets && !chosen.is_value() && !chosen.in_brackets) text = "(" + text + ")";
    return replace(conditional, std::move(text), false);
  }
  // All parts side by side, as far as they can be: a later one may be what an earlier one guards.
  bool reduce_junction(const Expression& junction) {
    const bool decisive = junction.kind == Kind::disjunction;
    for (const Expression& part : junction.parts) {
      if (!part.is_value()) break;
      const auto truth = is_true(part.value);
      if (truth && (*truth == decisive || &part == &junction.parts.back()))
        return replace(junction, to_python(part.value), false);
    }
    bool changed = false;
    for (const Expression& part : junction.parts) changed = reduce(part) || changed;
    return changed;
  }

  std::string_view text_;
  std::vector<Replacement> replacements_;
};

// The part of a step after its last `separator`.
std::string_view last_part(std::string_view step, std::string_view separator) {
  const auto places = find_outside_quotes(step, separator);
  return places.empty() ? step : step.substr(places.back() + separator.size());
}

// The expression that a condition's step ends in: a stage before it ends in ": ", which parts a dict's items too.
template <typename Found>
std::optional<std::string> of_condition(std::string_view step, Found found) {
  if (step.starts_with("assert ")) step.remove_prefix(7);
  auto result = found(step);
  for (const std::size_t place : find_outside_quotes(step, ": ")) {
    if (!result) result = found(step.substr(place + 2));
  }
  return result;
}

bool has_digits_after_a_point(std::string_view step) {
  for (std::size_t i = 1; i + 1 < step.size(); ++i) {
    const auto is_digit = [&](std::size_t at) { return step[at] >= '0' && step[at] <= '9'; };
    if (step[i] == '.' && is_digit(i - 1) && is_digit(i + 1)) return true;
  }
  return false;
}

std::optional<std::string> truth_text(std::string_view expression) {
  const auto value = compute(expression);
  if (!value || !std::holds_alternative<bool>(value->data)) return std::nullopt;
  return to_python(*value);
}

// After ":"; a stage that is a truth alone is said after " is".
std::optional<std::string> next_of_condition(std::string_view expression) {
  auto stage = next_stage(expression);
  if (!stage || *stage == "True" || *stage == "False") return std::nullopt;
  const auto after = next_stage(*stage);
  if (after && (*after == "True" || *after == "False")) *stage += " is " + *after;
  return stage;
}

// What "for i in range(1, 3) =" goes on with: "[1, 2]", of a range of few items, as sandbox/tracing/loops.py shows it.
std::optional<std::string> items_of_range(std::string_view expression) {
  const auto tree = read_expression(expression);
  if (!tree || tree->kind != Kind::call || tree->symbol != "range") return std::nullopt;
  std::vector<std::int64_t> ends;
  for (const Expression& part : tree->parts) {
    const auto* end = std::get_if<std::int64_t>(&part.value.data);
    if (!part.is_value() || !end || std::abs(*end) > largest_range) return std::nullopt;
    ends.push_back(*end);
  }
  if (ends.size() == 1) ends.insert(ends.begin(), 0);
  if (ends.size() != 2) return std::nullopt;
  ListValue items;
  for (std::int64_t i = ends[0]; i < ends[1]; ++i) items.items.push_back({i});
  if (items.items.size() > most_items_shown) return std::nullopt;
  return to_python({std::move(items)});
}

// Of the head of a loop, "for i in range(2 - 1) =".
std::optional<std::string> of_loop(std::string_view step) {
  const auto places = find_outside_quotes(step, " in ");
  if (places.empty()) return std::nullopt;
  const std::string_view last = last_part(step.substr(places.front() + 4), " = ");
  auto stage = next_stage(last);
  return stage ? stage : items_of_range(last);
}

}  // namespace

std::optional<Value> compute(std::string_view expression) {
  const auto tree = read_expression(expression);
  return tree && !tree->is_value() ? evaluate(*tree) : std::nullopt;
}

std::optional<std::string> next_stage(std::string_view expression) {
  const auto tree = read_expression(expression);
  Stage stage(expression);
  if (!tree || !stage.reduce(*tree)) return std::nullopt;
  return stage.text();
}

std::optional<std::string> computed_result(std::string_view trace) {
  const auto steps = split_steps(trace);
  if (steps.empty() || trace.ends_with(' ')) return std::nullopt;
  std::string_view step = steps.back();
  // Steps show a Decimal by its digits, which read as a float and are calculated otherwise.
  const bool may_be_decimal = trace.find("Decimal(") != std::string_view::npos;
  if (may_be_decimal && has_digits_after_a_point(step)) return std::nullopt;
  if (step.ends_with(" =")) {
    step.remove_suffix(2);
    if (step.starts_with("for ")) return of_loop(step);
    for (const std::string_view word : {"return ", "match "}) {
      if (step.starts_with(word)) step.remove_prefix(word.size());
    }
    return next_stage(last_part(step, " = "));
  }
  if (step.ends_with(" is")) return of_condition(step.substr(0, step.size() - 3), truth_text);
  if (step.ends_with(':')) return of_condition(step.substr(0, step.size() - 1), next_of_condition);
  return std::nullopt;
}

}  // namespace pbb

#include "evaluation/arithmetic_step.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include "evaluation/expression.h"
#include "evaluation/functions.h"
#include "evaluation/operators.h"

namespace pbb {
namespace {

using Kind = Expression::Kind;
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

}  // namespace pbb

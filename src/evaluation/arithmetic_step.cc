// A recursive-descent parser of Python's expressions over literals, evaluating as it reads.
#include "evaluation/arithmetic_step.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "evaluation/operators.h"
#include "evaluation/steps.h"

namespace pbb {
namespace {

using Result = std::optional<Value>;  // nothing: it raises, or is not computed here

constexpr int deepest_nesting = 100;

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || static_cast<unsigned char>(c) >= 128;
}

// A call and what it gives, at its place in the text.
struct Call {
  std::size_t begin = 0, end = 0;
  Result value;
};

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  // The value of the whole text.
  Result whole() {
    Result value = conditional();
    skip_blanks();
    if (at_ != text_.size()) failed_ = true;
    return failed_ ? std::nullopt : value;
  }
  bool has_operation() const { return operations_ > 0; }
  // Holds a call of a method or of a module's function, which traces do not replace by its value.
  bool calls_attribute() const { return calls_attribute_; }
  bool chooses() const { return chooses_; }                  // holds and, or, or a conditional expression
  const std::vector<Call>& calls() const { return calls_; }  // the outermost

 private:
  void skip_blanks() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool take(std::string_view symbol) {
    skip_blanks();
    const std::string_view rest = text_.substr(at_);
    if (!rest.starts_with(symbol)) return false;
    if (is_word(symbol.back()) && rest.size() > symbol.size() && is_word(rest[symbol.size()])) return false;
    at_ += symbol.size();
    return true;
  }
  // The first of `symbols` that stands here; a longer one comes before its beginning.
  std::string_view take_any(std::initializer_list<std::string_view> symbols) {
    for (const std::string_view symbol : symbols) {
      if (take(symbol)) return symbol;
    }
    return {};
  }

  Result conditional() {
    if (++depth_ > deepest_nesting) failed_ = true;
    if (failed_) return std::nullopt;
    Result value = disjunction();
    if (take("if")) {
      chooses_ = true, ++operations_;
      const Result condition = disjunction();
      if (!take("else")) failed_ = true;
      Result other = conditional();
      const auto truth = condition ? is_true(*condition) : std::nullopt;
      value = !truth ? std::nullopt : *truth ? value : other;
    }
    --depth_;
    return value;
  }
  // Of `a or b`, b counts only where a does not decide.
  Result disjunction() {
    Result value = conjunction();
    while (!failed_ && take("or")) value = decide(value, conjunction(), true);
    return value;
  }
  Result conjunction() {
    Result value = negation();
    while (!failed_ && take("and")) value = decide(value, negation(), false);
    return value;
  }
  Result decide(const Result& left, const Result& right, bool decisive) {
    chooses_ = true, ++operations_;
    const auto truth = left ? is_true(*left) : std::nullopt;
    if (!truth) return std::nullopt;
    return *truth == decisive ? left : right;
  }
  Result negation() {
    if (!take("not")) return comparison();
    ++operations_;
    if (++depth_ > deepest_nesting) failed_ = true;
    const Result value = failed_ ? std::nullopt : negation();
    --depth_;
    const auto truth = value ? is_true(*value) : std::nullopt;
    return truth ? Result(Value{!*truth}) : std::nullopt;
  }
  Result comparison() {
    Result left = sum();
    Result all;  // of a chain, whether every pair holds so far
    bool any = false;
    while (!failed_) {
      std::string_view symbol = take_any({"==", "!=", "<=", ">=", "<", ">", "not in", "in", "is not", "is"});
      if (symbol.empty()) break;
      ++operations_;
      Result right = sum();
      const auto holds = left && right ? compare(symbol, *left, *right) : std::nullopt;
      const bool decided = any && all && !std::get<bool>(all->data);
      if (!decided) all = holds ? Result(Value{*holds}) : std::nullopt;
      if (any && !all) return std::nullopt;
      any = true;
      left = std::move(right);
    }
    return any ? all : left;
  }
  Result sum() {
    Result left = product();
    while (!failed_) {
      const std::string_view symbol = take_any({"+", "-"});
      if (symbol.empty()) break;
      left = operate(symbol, left, product());
    }
    return left;
  }
  Result product() {
    Result left = signed_value();
    while (!failed_) {
      const std::string_view symbol = take_any({"//", "/", "%", "*"});
      if (symbol.empty()) break;
      left = operate(symbol, left, signed_value());
    }
    return left;
  }
  Result operate(std::string_view symbol, const Result& left, const Result& right) {
    ++operations_;
    return left && right ? calculate(symbol, *left, *right) : std::nullopt;
  }
  Result signed_value() {
    skip_blanks();
    const std::size_t begin = at_;
    const std::string_view sign = take_any({"-", "+"});
    if (sign.empty()) return power();
    const bool literal =
        at_ == begin + 1 && at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_]));
    if (++depth_ > deepest_nesting) failed_ = true;
    const Result value = failed_ ? std::nullopt : signed_value();
    --depth_;
    if (!literal || sign == "+") ++operations_;
    if (!value) return std::nullopt;
    return calculate(sign, Value{std::int64_t{0}}, *value, true);
  }
  Result power() {
    const Result base = primary();
    if (failed_ || !take("**")) return base;
    const Result exponent = signed_value();
    return operate("**", base, exponent);
  }
  // An atom and what is asked of it: ['a'], .lower().
  Result primary() {
    skip_blanks();
    const std::size_t begin = at_;
    Result value = atom();
    while (!failed_ && at_ < text_.size() && (text_[at_] == '[' || text_[at_] == '.')) {
      value = take("[") ? subscript(value) : method(value, begin);
    }
    return value;
  }
  Result subscript(const Result& container) {
    ++operations_;
    ++nested_calls_;
    const Result key = conditional();
    --nested_calls_;
    if (!take("]")) failed_ = true;
    return container && key && !failed_ ? element(*container, *key) : std::nullopt;
  }
  Result method(const Result& object, std::size_t begin) {
    std::size_t end = ++at_;
    while (end < text_.size() && is_word(text_[end])) ++end;
    const std::string_view name = text_.substr(at_, end - at_);
    at_ = end;
    const std::vector<Result> arguments = call_arguments();
    // Of the calls before, those of the object itself are not the outermost.
    std::erase_if(calls_, [&](const Call& call) { return call.begin >= begin; });
    std::vector<Value> known;
    for (const Result& argument : arguments) {
      if (argument) known.push_back(*argument);
    }
    const bool is_known = object && known.size() == arguments.size() && !failed_;
    const Result value = is_known ? call_method(*object, name, known) : std::nullopt;
    calls_attribute_ = true;
    if (nested_calls_ == 0) calls_.push_back({begin, at_, value});
    return value;
  }
  Result atom() {
    skip_blanks();
    if (take("(")) {
      const Result value = conditional();
      if (take(")")) return value;
      return rest_of_tuple(value);
    }
    for (const std::string_view name :
         {"min", "max", "abs", "len", "round", "int", "sum", "math.ceil", "math.floor"}) {
      const std::size_t begin = at_;
      if (take(name)) return call(name, begin);
    }
    const auto literal = parse_value_prefix(text_.substr(at_));
    if (!literal || literal->second == 0) {
      failed_ = true;
      return std::nullopt;
    }
    at_ += literal->second;
    return literal->first;
  }
  // After its first item.
  Result rest_of_tuple(const Result& first) {
    TupleValue tuple;
    bool is_known = first.has_value();
    if (first) tuple.items.push_back(*first);
    bool is_closed = false;
    while (!failed_ && !is_closed && take(",")) {
      is_closed = take(")");
      if (is_closed) break;
      const Result item = conditional();
      is_known = is_known && item;
      if (item) tuple.items.push_back(*item);
    }
    if (!is_closed && !take(")")) failed_ = true;
    return is_known && !failed_ ? Result(Value{std::move(tuple)}) : std::nullopt;
  }
  Result call(std::string_view name, std::size_t begin) {
    const std::vector<Result> arguments = call_arguments();
    std::vector<Value> known;
    for (const Result& argument : arguments) {
      if (argument) known.push_back(*argument);
    }
    const bool is_known = !known.empty() && known.size() == arguments.size() && !failed_;
    const Result value = is_known ? call_function(name, known) : std::nullopt;
    if (name.starts_with("math.")) calls_attribute_ = true;
    if (nested_calls_ == 0) calls_.push_back({begin, at_, value});
    return value;
  }
  std::vector<Result> call_arguments() {
    ++operations_;
    std::vector<Result> arguments;
    if (!take("(")) failed_ = true;
    if (take(")")) return arguments;
    ++nested_calls_;
    do {
      arguments.push_back(conditional());
    } while (!failed_ && take(","));
    --nested_calls_;
    if (!take(")")) failed_ = true;
    return arguments;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool failed_ = false, chooses_ = false, calls_attribute_ = false;
  int operations_ = 0, depth_ = 0, nested_calls_ = 0;
  std::vector<Call> calls_;
};

// The expression with each of its calls replaced by what it gives, as tracing.py of the worker words it.
std::optional<std::string> with_calls_replaced(std::string_view expression, const std::vector<Call>& calls) {
  std::string text;
  std::size_t at = 0;
  for (const Call& call : calls) {
    if (!call.value) return std::nullopt;
    const std::string shown = to_python(*call.value);
    if (shown.starts_with('-')) return std::nullopt;  // brackets may be due
    text += expression.substr(at, call.begin - at);
    text += shown;
    at = call.end;
  }
  return text += expression.substr(at);
}

// The part of a step after its last `separator`.
std::string_view last_part(std::string_view step, std::string_view separator) {
  const auto places = find_outside_quotes(step, separator);
  return places.empty() ? step : step.substr(places.back() + separator.size());
}

// What follows " =": the calls' values in their places, then the value.
std::optional<std::string> after_equals(std::string_view expression) {
  Parser parser(expression);
  const auto value = parser.whole();
  if (!value || !parser.has_operation()) return std::nullopt;
  const auto& calls = parser.calls();
  const bool is_bare_call =
      calls.size() == 1 && calls.front().begin == 0 && calls.front().end == expression.size();
  if (calls.empty() || is_bare_call || parser.calls_attribute()) return to_python(*value);
  return parser.chooses() ? std::nullopt : with_calls_replaced(expression, calls);
}

}  // namespace

std::optional<Value> compute(std::string_view expression) {
  Parser parser(expression);
  const auto value = parser.whole();
  return parser.has_operation() ? value : std::nullopt;
}

std::optional<std::string> computed_result(std::string_view trace) {
  const auto steps = split_steps(trace);
  if (steps.empty() || trace.ends_with(' ')) return std::nullopt;
  std::string_view step = steps.back();
  if (step.ends_with(" =")) {
    step.remove_suffix(2);
    for (const std::string_view word : {"return ", "match "}) {
      if (step.starts_with(word)) step.remove_prefix(word.size());
    }
    return after_equals(last_part(step, " = "));
  }
  if (step.ends_with(" is")) {
    step.remove_suffix(3);
    // A working may stand before it, "min(3, 4) > 2: 3 > 2"; the ": " of a dict is none that parts them.
    std::optional<Value> value = compute(step);
    for (const std::size_t place : find_outside_quotes(step, ": ")) {
      if (!value) value = compute(step.substr(place + 2));
    }
    if (value && std::holds_alternative<bool>(value->data)) return to_python(*value);
  }
  return std::nullopt;
}

}  // namespace pbb

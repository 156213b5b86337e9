// A recursive-descent parser of Python's expressions over literals.
#include "evaluation/expression.h"

#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <utility>

namespace pbb {
namespace {

using Kind = Expression::Kind;

constexpr int deepest_nesting = 100;

bool is_digit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}
bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || static_cast<unsigned char>(c) >= 128;
}

// Reads on after a failure, without looking at anything: what it gives is not used then.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::optional<Expression> whole() {
    Expression expression = conditional();
    skip_blanks();
    if (!failed_ && at_ < text_.size() && text_[at_] == ',') expression = bare_tuple(std::move(expression));
    skip_blanks();
    if (failed_ || at_ != text_.size()) return std::nullopt;
    return expression;
  }

 private:
  // Counts how deep the reader is.
  class Level {
   public:
    explicit Level(Parser& parser) : parser_(parser) {
      if (++parser_.depth_ > deepest_nesting) parser_.failed_ = true;
    }
    ~Level() { --parser_.depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    Parser& parser_;
  };

  void skip_blanks() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool take(std::string_view symbol) {
    skip_blanks();
    const std::string_view rest = text_.substr(at_);
    if (failed_ || !rest.starts_with(symbol)) return false;
    if (is_word(symbol.back()) && rest.size() > symbol.size() && is_word(rest[symbol.size()])) return false;
    at_ += symbol.size();
    read_ = at_;
    return true;
  }
  void need(std::string_view symbol) {
    if (!take(symbol)) failed_ = true;
  }
  // The first of `symbols` that stands here; a longer one comes before its beginning.
  std::string_view take_any(std::initializer_list<std::string_view> symbols) {
    for (const std::string_view symbol : symbols) {
      if (take(symbol)) return symbol;
    }
    return {};
  }
  std::size_t here() {
    skip_blanks();
    return at_;
  }
  Expression made(Kind kind, std::string_view symbol, std::vector<Expression> parts,
                  std::size_t begin) const {
    Expression expression;
    expression.kind = kind, expression.symbol = symbol, expression.parts = std::move(parts);
    expression.begin = begin, expression.end = read_;
    return expression;
  }
  Expression joined(Kind kind, std::string_view symbol, Expression left, Expression right) const {
    const std::size_t begin = left.begin;
    std::vector<Expression> parts;
    parts.push_back(std::move(left)), parts.push_back(std::move(right));
    return made(kind, symbol, std::move(parts), begin);
  }
  Expression literal(Value value, std::size_t begin) const {
    Expression expression = made(Kind::value, {}, {}, begin);
    expression.value = std::move(value);
    return expression;
  }

  Expression conditional() {
    const Level level(*this);
    if (failed_) return {};
    Expression value = disjunction();
    if (!take("if")) return value;
    const std::size_t begin = value.begin;
    std::vector<Expression> parts;
    parts.push_back(std::move(value));
    parts.push_back(disjunction());
    need("else");
    parts.push_back(conditional());
    return made(Kind::conditional, {}, std::move(parts), begin);
  }
  Expression disjunction() {
    Expression first = conjunction();
    return chained(Kind::disjunction, "or", std::move(first), [this] { return conjunction(); });
  }
  Expression conjunction() {
    Expression first = negation();
    return chained(Kind::conjunction, "and", std::move(first), [this] { return negation(); });
  }
  template <typename Next>
  Expression chained(Kind kind, std::string_view symbol, Expression first, Next next) {
    const std::size_t begin = first.begin;
    std::vector<Expression> parts;
    while (take(symbol)) {
      if (parts.empty()) parts.push_back(std::move(first));
      parts.push_back(next());
    }
    return parts.empty() ? first : made(kind, symbol, std::move(parts), begin);
  }
  Expression negation() {
    const std::size_t begin = here();
    if (!take("not")) return comparison();
    const Level level(*this);
    if (failed_) return {};
    std::vector<Expression> parts;
    parts.push_back(negation());
    return made(Kind::negation, "not", std::move(parts), begin);
  }
  Expression comparison() {
    Expression first = sum();
    const std::size_t begin = first.begin;
    std::vector<Expression> parts;
    std::vector<std::string_view> symbols;
    while (true) {
      const std::string_view symbol =
          take_any({"==", "!=", "<=", ">=", "<", ">", "not in", "in", "is not", "is"});
      if (symbol.empty()) break;
      if (parts.empty()) parts.push_back(std::move(first));
      symbols.push_back(symbol);
      parts.push_back(sum());
    }
    if (parts.empty()) return first;
    Expression all = made(Kind::comparison, {}, std::move(parts), begin);
    all.symbols = std::move(symbols);
    return all;
  }
  Expression sum() {
    Expression left = product();
    while (true) {
      const std::string_view symbol = take_any({"+", "-"});
      if (symbol.empty()) return left;
      Expression right = product();
      left = joined(Kind::binary, symbol, std::move(left), std::move(right));
    }
  }
  Expression product() {
    Expression left = signed_value();
    while (true) {
      const std::string_view symbol = take_any({"//", "/", "%", "*"});
      if (symbol.empty()) return left;
      Expression right = signed_value();
      left = joined(Kind::binary, symbol, std::move(left), std::move(right));
    }
  }
  Expression signed_value() {
    const std::size_t begin = here();
    const std::string_view sign = take_any({"-", "+"});
    if (sign.empty()) return power();
    const Level level(*this);
    if (failed_) return {};
    const bool may_be_literal = sign == "-" && at_ < text_.size() && is_digit(text_[at_]);
    std::vector<Expression> parts;
    parts.push_back(signed_value());
    if (may_be_literal && parts.front().is_value() && !failed_) {
      const auto negative = parse_value_prefix(text_.substr(begin));
      if (negative && begin + negative->second == read_) return literal(negative->first, begin);
    }
    return made(Kind::unary, sign, std::move(parts), begin);
  }
  Expression power() {
    Expression base = primary();
    if (!take("**")) return base;
    Expression exponent = signed_value();
    return joined(Kind::binary, "**", std::move(base), std::move(exponent));
  }
  // An atom and what is asked of it: ['a'], .lower().
  Expression primary() {
    Expression value = atom();
    while (!failed_ && at_ < text_.size() && (text_[at_] == '[' || text_[at_] == '.')) {
      if (take("[")) {
        Expression key = conditional();
        need("]");
        value = joined(Kind::element, {}, std::move(value), std::move(key));
      } else {
        value = method(std::move(value));
      }
    }
    return value;
  }
  Expression method(Expression object) {
    const std::size_t begin = object.begin;
    std::size_t end = ++at_;
    while (end < text_.size() && is_word(text_[end])) ++end;
    const std::string_view name = text_.substr(at_, end - at_);
    at_ = end;
    std::vector<Expression> parts = arguments();
    parts.insert(parts.begin(), std::move(object));
    return made(Kind::method, name, std::move(parts), begin);
  }
  Expression atom() {
    const std::size_t begin = here();
    if (take("(")) return bracketed(begin);
    for (const std::string_view name : {"min",
                                        "max",
                                        "abs",
                                        "len",
                                        "round",
                                        "int",
                                        "sum",
                                        "float",
                                        "str",
                                        "bool",
                                        "any",
                                        "all",
                                        "math.ceil",
                                        "math.floor",
                                        "range",
                                        "enumerate",
                                        "zip",
                                        "bisect.bisect_left",
                                        "bisect.bisect_right",
                                        "bisect.bisect",
                                        "bisect_left",
                                        "bisect_right",
                                        "bisect",
                                        "decimal.Decimal"}) {
      if (take(name)) return made(Kind::call, name, arguments(), begin);
    }
    const auto found = failed_ ? std::nullopt : parse_value_prefix(text_.substr(at_));
    if (found && found->second > 0) {
      read_ = at_ += found->second;
      return literal(found->first, begin);
    }
    if (take("Decimal")) return made(Kind::call, "Decimal", arguments(), begin);  // of what is no literal
    failed_ = true;
    return {};
  }
  Expression bracketed(std::size_t begin) {
    Expression inner = conditional();
    if (take(")")) {
      inner.begin = begin, inner.end = read_, inner.in_brackets = true;
      return inner;
    }
    std::vector<Expression> items;
    items.push_back(std::move(inner));
    need(",");
    while (!failed_ && !take(")")) {
      items.push_back(conditional());
      if (take(")")) break;
      need(",");
    }
    return tuple(std::move(items), begin);
  }
  Expression bare_tuple(Expression first) {
    const std::size_t begin = first.begin;
    std::vector<Expression> items;
    items.push_back(std::move(first));
    while (take(",")) {
      skip_blanks();
      if (at_ == text_.size()) break;
      items.push_back(conditional());
    }
    return tuple(std::move(items), begin);
  }
  Expression tuple(std::vector<Expression> items, std::size_t begin) const {
    if (!std::ranges::all_of(items, &Expression::is_value))
      return made(Kind::tuple, {}, std::move(items), begin);
    TupleValue value;
    for (Expression& item : items) value.items.push_back(std::move(item.value));
    return literal(Value{std::move(value)}, begin);
  }
  std::vector<Expression> arguments() {
    std::vector<Expression> all;
    need("(");
    if (failed_ || take(")")) return all;
    do {
      take("rounding=");  // quantize's second argument, by its name
      all.push_back(conditional());
    } while (take(","));
    need(")");
    return all;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t read_ = 0;  // the end of what was taken last; blanks may follow
  int depth_ = 0;
  bool failed_ = false;
};

}  // namespace

std::optional<Expression> read_expression(std::string_view text) {
  return Parser(text).whole();
}

}  // namespace pbb

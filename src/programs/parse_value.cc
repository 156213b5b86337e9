// Reading values: a recursive descent over Python's literals that never evaluates and never recurses deeper
// than the nesting limit.
#include <algorithm>
#include <charconv>
#include <limits>
#include <unordered_map>

#include "programs/canonical.h"
#include "programs/number_text.h"
#include "programs/utf8.h"
#include "programs/value.h"

namespace pbb {
namespace {

constexpr int deepest_nesting = 100;

bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

class Parser {
 public:
  Parser(std::string_view text, bool point_may_end_number)
      : text_(text), point_may_end_number_(point_may_end_number) {}

  std::size_t position() const { return at_; }

  void skip_blanks() {
    while (at_ < text_.size() && std::string_view(" \t\r\n\f").find(text_[at_]) != std::string_view::npos)
      ++at_;
  }

  std::optional<Value> value(int depth = 0) {
    skip_blanks();
    switch (peek()) {
      case '\'':
      case '"':
        return string();
      case '[':
      case '(':
      case '{':
        if (depth == deepest_nesting) return std::nullopt;
        return container(depth + 1);
      default:
        break;
    }
    const char next = peek(peek() == '-' || peek() == '+' ? 1 : 0);
    if (is_digit(next) || next == '.') return number();
    return word();
  }

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool take(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  std::optional<Value> word() {
    std::optional<Value> result;
    if (take("None")) {
      result = Value{};
    } else if (take("True")) {
      result = Value{true};
    } else if (take("False")) {
      result = Value{false};
    } else if (take("set()")) {
      return Value{SetValue{}};
    } else if (take("Decimal('")) {
      return decimal();
    } else {
      const bool negative = peek() == '-';
      if (negative || peek() == '+') ++at_;
      using Limits = std::numeric_limits<double>;
      if (take("inf")) result = Value{negative ? -Limits::infinity() : Limits::infinity()};
      if (!result && take("nan")) result = Value{Limits::quiet_NaN()};
    }
    if (is_word(peek())) return std::nullopt;
    return result;
  }

  // The digits, and what closes.
  std::optional<Value> decimal() {
    const std::size_t end = std::min(text_.find('\'', at_), text_.size());
    auto number = read_decimal(text_.substr(at_, end - at_));
    at_ = end;
    if (!number || !take("')")) return std::nullopt;
    return Value{std::move(*number)};
  }

  // Digits with single underscores between them, without the underscores; nothing when there are none.
  std::optional<std::string> digits() {
    std::string found;
    while (is_digit(peek()) || (peek() == '_' && !found.empty() && is_digit(peek(1)))) {
      if (peek() != '_') found += peek();
      ++at_;
    }
    if (found.empty()) return std::nullopt;
    return found;
  }

  std::optional<Value> number() {
    const bool negative = peek() == '-';
    if (negative || peek() == '+') ++at_;
    const auto whole = digits();
    std::string text = whole.value_or("");
    bool is_float = false;
    if (peek() == '.' && (is_digit(peek(1)) || (whole && point_may_end_number_))) {
      ++at_;
      text.append(".").append(digits().value_or(""));
      is_float = true;
    }
    const std::size_t sign = peek(1) == '-' || peek(1) == '+' ? 1 : 0;
    if (!text.empty() && (peek() == 'e' || peek() == 'E') && is_digit(peek(1 + sign))) {
      text += peek(1) == '-' ? "e-" : "e";
      at_ += 1 + sign;
      text += *digits();
      is_float = true;
    }
    if (text.empty() || is_word(peek())) return std::nullopt;
    if (is_float) return Value{negative ? -float_value(text) : float_value(text)};
    // Python knows no 007; 0 and 00 it does.
    if (text[0] == '0' && text.find_first_not_of('0') != std::string::npos) return std::nullopt;
    return integer_value(text, negative);
  }

  std::optional<Value> string() {
    const char quote = text_[at_++];
    std::string contents;
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\0') return std::nullopt;
      if (text_[at_] == '\\') {
        if (!escape(contents)) return std::nullopt;
        continue;
      }
      const auto point = decode_utf8(text_, at_);
      if (!point) return std::nullopt;
      contents += text_.substr(at_, point->size);
      at_ += point->size;
    }
    if (!take(quote)) return std::nullopt;
    // '''...''' and 'a''b' are other kinds of literals than ours.
    if (peek() == '\'' || peek() == '"' || is_word(peek())) return std::nullopt;
    return Value{std::move(contents)};
  }

  // `count` hexadecimal digits as a code point.
  bool hexadecimal(std::size_t count, std::string& contents) {
    if (text_.size() - at_ < count) return false;
    std::uint32_t number = 0;
    const char* end = text_.data() + at_ + count;
    const auto result = std::from_chars(text_.data() + at_, end, number, 16);
    if (result.ec != std::errc() || result.ptr != end || number > 0x10ffff) return false;
    at_ += count;
    append_utf8(contents, number);
    return true;
  }

  bool escape(std::string& contents) {
    static constexpr std::string_view letters = "\\'\"abfnrtv", meanings = "\\'\"\a\b\f\n\r\t\v";
    const char letter = peek(1);
    if (at_ + 1 >= text_.size() || letter == '\0' || letter == 'N') return false;
    if (letter >= '0' && letter <= '7') {
      char32_t number = 0;
      ++at_;
      for (int i = 0; i < 3 && peek() >= '0' && peek() <= '7'; ++i) {
        number = number * 8 + static_cast<char32_t>(text_[at_++] - '0');
      }
      append_utf8(contents, number);
      return true;
    }
    if (letter == 'x' || letter == 'u' || letter == 'U') {
      at_ += 2;
      return hexadecimal(letter == 'x' ? 2 : letter == 'u' ? 4 : 8, contents);
    }
    if (letter == '\n') {  // the string goes on in the next line
      at_ += 2;
      return true;
    }
    if (const std::size_t i = letters.find(letter); i != std::string_view::npos) {
      contents += meanings[i];
      at_ += 2;
    } else {  // Python leaves an unknown escape as it is
      contents += '\\';
      ++at_;
    }
    return true;
  }

  std::optional<Value> container(int depth) {
    const char open = text_[at_++];
    if (open == '[') {
      auto items = this->items(']', depth);
      if (!items) return std::nullopt;
      return Value{ListValue{std::move(items->first)}};
    }
    if (open == '(') {
      auto items = this->items(')', depth);
      if (!items) return std::nullopt;
      if (items->first.size() == 1 && !items->second) return std::move(items->first[0]);
      return Value{TupleValue{std::move(items->first)}};
    }
    return braces(depth);
  }

  // What stands before `close`, and whether a comma stood last.
  std::optional<std::pair<std::vector<Value>, bool>> items(char close, int depth) {
    std::vector<Value> found;
    for (bool comma = true;;) {
      skip_blanks();
      if (take(close)) return std::pair{std::move(found), comma && !found.empty()};
      if (!comma) return std::nullopt;
      auto item = value(depth);
      if (!item) return std::nullopt;
      found.push_back(std::move(*item));
      skip_blanks();
      comma = take(',');
    }
  }

  static bool hashable(const Value& value) {
    if (const auto* tuple = std::get_if<TupleValue>(&value.data)) {
      for (const Value& item : tuple->items) {
        if (!hashable(item)) return false;
      }
    }
    return !std::holds_alternative<ListValue>(value.data) && !std::holds_alternative<SetValue>(value.data) &&
           !std::holds_alternative<DictValue>(value.data);
  }

  // A set or a dict; the first item tells which.
  std::optional<Value> braces(int depth) {
    std::vector<std::pair<Value, Value>> entries;  // of a set: the first halves
    std::unordered_map<std::string, std::size_t> places;
    bool is_dict = true;
    for (bool comma = true;;) {
      skip_blanks();
      if (take('}')) break;
      if (!comma) return std::nullopt;
      auto key = value(depth);
      if (!key || !hashable(*key)) return std::nullopt;
      skip_blanks();
      const bool has_value = take(':');
      if (entries.empty()) is_dict = has_value;
      if (has_value != is_dict) return std::nullopt;
      auto contents = is_dict ? value(depth) : Value{};
      if (!contents) return std::nullopt;
      const auto [place, is_new] = places.emplace(key_text(*key), entries.size());
      if (is_new) {
        entries.emplace_back(std::move(*key), std::move(*contents));
      } else {
        entries[place->second].second = std::move(*contents);
      }
      skip_blanks();
      comma = take(',');
    }
    if (is_dict) return Value{DictValue{std::move(entries)}};
    SetValue set;
    for (auto& entry : entries) set.items.push_back(std::move(entry.first));
    return Value{std::move(set)};
  }

  std::string_view text_;
  bool point_may_end_number_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<Value> parse_value(std::string_view text) {
  Parser parser(text, true);
  auto value = parser.value();
  parser.skip_blanks();
  if (!value || parser.position() != text.size()) return std::nullopt;
  return value;
}

std::optional<std::pair<Value, std::size_t>> parse_value_prefix(std::string_view text) {
  Parser parser(text, false);
  auto value = parser.value();
  if (!value) return std::nullopt;
  return std::pair{std::move(*value), parser.position()};
}

}  // namespace pbb

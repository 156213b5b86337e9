// Writing values: as Python's repr, and in two canonical spellings that make comparing a matter of equal
// text.
#include "programs/value.h"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "programs/canonical.h"
#include "programs/utf8.h"

namespace pbb {
namespace {

// Python's float_repr_style: the shortest digits that read back the same, in fixed notation from 1e-4 to
// 1e16.
std::string float_text(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number < 0 ? "-inf" : "inf";
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, number, std::chars_format::scientific).ptr;
  const std::string_view scientific(buffer, static_cast<std::size_t>(end - buffer));
  const std::size_t e = scientific.find('e');
  const int exponent = std::stoi(std::string(scientific.substr(e + 1)));
  if (exponent < -4 || exponent >= 16) return std::string(scientific);

  std::string text = number < 0 || std::signbit(number) ? "-" : "";
  std::string digits;
  for (char c : scientific.substr(0, e)) {
    if (c >= '0' && c <= '9') digits += c;
  }
  if (exponent < 0) return text.append("0.").append(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  const std::size_t whole = static_cast<std::size_t>(exponent) + 1;
  if (digits.size() < whole) digits.append(whole - digits.size(), '0');
  text.append(digits, 0, whole).append(".");
  return text + (digits.size() > whole ? digits.substr(whole) : "0");
}

// str.isprintable: nothing invisible, unassigned or private, and of the blanks only the ASCII one.
bool is_printable(char32_t code_point) {
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(code_point))) {
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return false;
    case UTF8PROC_CATEGORY_ZS:
      return code_point == U' ';
    default:
      return true;
  }
}

std::string escape(char32_t code_point) {
  const auto number = static_cast<std::uint32_t>(code_point);
  if (code_point == U'\t') return "\\t";
  if (code_point == U'\n') return "\\n";
  if (code_point == U'\r') return "\\r";
  if (number < 0x100) return fmt::format("\\x{:02x}", number);
  if (number < 0x10000) return fmt::format("\\u{:04x}", number);
  return fmt::format("\\U{:08x}", number);
}

std::string string_text(const std::string& contents) {
  const bool has_single = contents.find('\'') != std::string::npos;
  const char quote = has_single && contents.find('"') == std::string::npos ? '"' : '\'';
  std::string text(1, quote);
  for (std::size_t at = 0; at < contents.size();) {
    const auto point = decode_utf8(contents, at);
    if (!point) {
      text += escape(0xdc00 + static_cast<unsigned char>(contents[at]));
      ++at;
      continue;
    }
    if (point->value == static_cast<char32_t>(quote) || point->value == U'\\') {
      text += {'\\', contents[at]};
    } else if (is_printable(point->value)) {
      text += contents.substr(at, point->size);
    } else {
      text += escape(point->value);
    }
    at += point->size;
  }
  return text + quote;
}

// How a value is spelt. `repr` is for people; the other two are for comparing.
enum class Spelling { repr, typed, key };

std::string write(const Value& value, Spelling spelling);

std::string write_number(double number, Spelling spelling) {
  if (spelling != Spelling::repr && number == 0) number = 0.0;  // -0.0 == 0.0
  // As a key, 1.0 is 1: Python looks keys up by value, whatever the type of number.
  if (spelling == Spelling::key && std::isfinite(number) && number == std::trunc(number)) {
    return fmt::format("{:.0f}", number);
  }
  return float_text(number);
}

// Equal decimals compare as equal, however many zeros they end in; as a key, Decimal('1.0') is 1.
std::string write_decimal(const Decimal& number, Spelling spelling) {
  if (spelling == Spelling::repr) return fmt::format("Decimal('{}')", decimal_text(number));
  const Decimal same = without_trailing_zeros(number);
  if (spelling == Spelling::typed || same.exponent < 0)
    return fmt::format("Decimal('{}')", decimal_text(same));
  return (same.negative ? "-" : "") + same.digits + std::string(static_cast<std::size_t>(same.exponent), '0');
}

std::string write_bool(bool flag, Spelling spelling) {
  if (spelling == Spelling::key) return flag ? "1" : "0";
  return flag ? "True" : "False";
}

template <typename Items, typename WriteItem>
std::string write_items(const Items& items, Spelling spelling, bool ordered, WriteItem write_item) {
  std::vector<std::string> parts;
  for (const auto& item : items) parts.push_back(write_item(item));
  if (!ordered && spelling != Spelling::repr) std::sort(parts.begin(), parts.end());
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string write(const Value& value, Spelling spelling) {
  const auto item = [&](const Value& v) { return write(v, spelling); };
  const auto pair = [&](const auto& p) {
    return write(p.first, spelling) + ": " + write(p.second, spelling);
  };
  struct {
    Spelling spelling;
    decltype(item)& write_value;
    decltype(pair)& write_pair;
    std::string operator()(std::monostate) const { return "None"; }
    std::string operator()(bool flag) const { return write_bool(flag, spelling); }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(const BigInteger& number) const { return number.digits; }
    std::string operator()(double number) const { return write_number(number, spelling); }
    std::string operator()(const Decimal& number) const { return write_decimal(number, spelling); }
    std::string operator()(const std::string& contents) const { return string_text(contents); }
    std::string operator()(const ListValue& list) const {
      return fmt::format("[{}]", write_items(list.items, spelling, true, write_value));
    }
    std::string operator()(const TupleValue& tuple) const {
      return fmt::format("({}{})", write_items(tuple.items, spelling, true, write_value),
                         tuple.items.size() == 1 ? "," : "");
    }
    std::string operator()(const SetValue& set) const {
      if (set.items.empty()) return "set()";
      return fmt::format("{{{}}}", write_items(set.items, spelling, false, write_value));
    }
    std::string operator()(const DictValue& dict) const {
      return fmt::format("{{{}}}", write_items(dict.items, spelling, false, write_pair));
    }
  } writer{spelling, item, pair};
  return std::visit(writer, value.data);
}

}  // namespace

std::string to_python(const Value& value) {
  return write(value, Spelling::repr);
}

std::string key_text(const Value& value) {
  return write(value, Spelling::key);
}

bool operator==(const Value& a, const Value& b) {
  return a.data.index() == b.data.index() && write(a, Spelling::typed) == write(b, Spelling::typed);
}

}  // namespace pbb

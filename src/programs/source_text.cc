// A scan for lines that start with `def`, and of the brackets that follow, in a text whose strings and
// comments are blank.
#include "programs/source_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/file.h"
#include "programs/utf8.h"

namespace pbb {
namespace {

constexpr std::array<std::string_view, 35> keywords = {
    "False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
    "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
    "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
    "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield"};

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// A name in the source, whose letters may be of any script.
std::string_view name_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && (is_name_byte(text[end]) || static_cast<unsigned char>(text[end]) >= 0x80))
    ++end;
  return text.substr(at, end - at);
}

// Where the string that opens at `at` is closed, or the text ends.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  const std::string_view quote = text.substr(at, text.substr(at, 3) == std::string(3, text[at]) ? 3 : 1);
  for (at += quote.size(); at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (quote.size() == 1 && text[at] == '\n') {
      return at;  // never closed
    } else if (text.substr(at, quote.size()) == quote) {
      return at + quote.size();
    }
  }
  return text.size();
}

// The text with its comments and strings as blanks (of a string, a quote stays: it is a value), line for
// line.
std::string code_alone(std::string_view text) {
  std::string code(text);
  for (std::size_t at = 0; at < text.size();) {
    const bool is_string = text[at] == '"' || text[at] == '\'';
    if (!is_string && text[at] != '#') {
      ++at;
      continue;
    }
    const std::size_t end = is_string ? end_of_string(text, at) : std::min(text.find('\n', at), text.size());
    for (std::size_t i = at + (is_string ? 1 : 0); i < std::min(end, text.size()); ++i) {
      if (code[i] != '\n') code[i] = ' ';
    }
    at = end;
  }
  return code;
}

std::size_t skip_blanks(std::string_view text, std::size_t at) {
  const std::size_t next = text.find_first_not_of(" \t\r\n", at);
  return next == std::string_view::npos ? text.size() : next;
}

void add_parameter(FunctionHead& head, std::string_view part, bool& keyword_only) {
  const std::size_t start = skip_blanks(part, 0);
  if (start == part.size() || part[start] == '/') return;
  if (part[start] == '*') {
    head.any_number |= part.substr(start, 2) != "**" && !name_at(part, start + 1).empty();
    keyword_only = true;
    return;
  }
  if (keyword_only) return;
  head.parameters.emplace_back(name_at(part, start));
  if (part.find('=') == std::string_view::npos) head.required = head.parameters.size();
}

// The parameters between the brackets that open at `at`: parts between commas at depth one, but for those of
// a lambda.
void read_parameters(std::string_view source, std::size_t at, FunctionHead& head) {
  bool keyword_only = false, in_lambda = false;
  int depth = 0;
  std::size_t start = at + 1;
  for (; at < source.size(); ++at) {
    const char c = source[at];
    if (c == '(' || c == '[' || c == '{') ++depth;
    if (c == ')' || c == ']' || c == '}') --depth;
    if (depth == 1 && !is_name_byte(source[at - 1]) && name_at(source, at) == "lambda") in_lambda = true;
    if (depth == 1 && c == ':') in_lambda = false;
    if (depth == 0 || (depth == 1 && c == ',' && !in_lambda)) {
      add_parameter(head, source.substr(start, at - start), keyword_only);
      start = at + 1;
    }
    if (depth == 0) return;
  }
}

}  // namespace

std::vector<FunctionHead> find_functions(std::string_view text) {
  const std::string code = code_alone(text);
  const std::string_view source = code;
  std::vector<FunctionHead> found;
  int line = 0;
  for (std::size_t start = 0; start < source.size();) {
    ++line;
    const std::string_view head_word = source.substr(start, 4);
    if (head_word == "def " || head_word == "def\t") {
      const std::size_t at = skip_blanks(source, start + 4);
      FunctionHead head{.name = std::string(name_at(source, at)), .line = line, .parameters = {}};
      const std::size_t open = skip_blanks(source, at + head.name.size());
      if (!head.name.empty() && open < source.size() && source[open] == '(') {
        read_parameters(source, open, head);
        found.push_back(std::move(head));
      }
    }
    const std::size_t end = source.find('\n', start);
    start = end == std::string_view::npos ? source.size() : end + 1;
  }
  return found;
}

std::optional<FunctionHead> find_function(std::string_view source, std::string_view name) {
  std::optional<FunctionHead> last;
  for (auto& head : find_functions(source)) {
    if (head.name == name) last = std::move(head);
  }
  return last;
}

bool is_identifier(std::string_view name) {
  return !name.empty() && name.size() <= 100 && (name[0] < '0' || name[0] > '9') &&
         std::all_of(name.begin(), name.end(), is_name_byte) &&
         std::find(keywords.begin(), keywords.end(), name) == keywords.end();
}

std::string read_source(const std::filesystem::path& file) {
  constexpr std::uintmax_t most = 1 << 20;
  std::error_code hidden;
  if (const auto size = std::filesystem::file_size(file, hidden); !hidden && size > most) {
    throw InputError(
        fmt::format("{}: {} bytes, but a program's source has at most {}", file.string(), size, most),
        "keep in the file what the program needs, and tables small");
  }
  std::string text = read_file(file);
  if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);
  std::string source;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    source += text[i] == '\r' ? '\n' : text[i];
  }
  check_source_text(file, source);
  return source;
}

void check_source_text(const std::filesystem::path& file, std::string_view text) {
  int line = 1;
  for (std::size_t at = 0; at < text.size();) {
    const auto point = decode_utf8(text, at);
    if (!point || point->value == 0 || (point->value >= 0xd800 && point->value < 0xe000)) {
      throw InputError(fmt::format("{}:{}: byte 0x{:02x} is not text in UTF-8", file.string(), line,
                                   static_cast<unsigned char>(text[at])),
                       "save the file as UTF-8");
    }
    line += point->value == U'\n';
    at += point->size;
  }
}

}  // namespace pbb

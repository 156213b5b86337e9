#include "base/json_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/file.h"

namespace pbb {
namespace {

using nlohmann::json;

// "[json.exception.parse_error.101] parse error at line 1, column 5: unexpected …": only the reason is news.
std::string reason(const json::exception& error) {
  std::string_view text = error.what();
  if (const auto end = text.find("] "); end != std::string_view::npos) text.remove_prefix(end + 2);
  if (text.starts_with("parse error")) {
    if (const auto end = text.find(": "); end != std::string_view::npos) text.remove_prefix(end + 2);
  }
  return std::string(text);
}

// A value that holds itself 100,000 times over can be parsed, but a copy or a dump of it overflows the stack.
void check_depth(std::string_view text) {
  constexpr int most = 100;
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string && c == '\\') ++i;
    if (c == '"') in_string = !in_string;
    if (in_string) continue;
    if (c == ']' || c == '}') --depth;
    if ((c == '[' || c == '{') && ++depth > most) {
      throw json::parse_error::create(101, i + 1, fmt::format("nested deeper than {}", most), nullptr);
    }
  }
}

// Of two values for one key, one would be lost without a word.
bool refuse_second_keys(std::vector<std::set<std::string>>& open, json::parse_event_t event,
                        const json& parsed) {
  if (event == json::parse_event_t::object_start) open.emplace_back();
  if (event == json::parse_event_t::object_end) open.pop_back();
  if (event == json::parse_event_t::key && !open.back().insert(parsed.get<std::string>()).second) {
    throw json::parse_error::create(101, std::size_t{0}, fmt::format("key {} is there twice", parsed.dump()),
                                    nullptr);
  }
  return true;
}

json parse(std::string_view text, const json::parser_callback_t& callback) {
  if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
    throw json::parse_error::create(101, nul + 1, "a NUL byte", nullptr);
  }
  check_depth(text);
  try {
    return json::parse(text, callback);
  } catch (const json::out_of_range& error) {  // "… number overflow parsing '1e999'"
    const std::string_view what = error.what();
    const std::string_view number = what.substr(std::min(what.find('\'') + 1, what.size()));
    const auto digits = number.substr(0, number.find('\''));
    const std::string shown(digits.substr(0, 40));
    throw json::parse_error::create(
        101, text.find(digits) + 1,
        fmt::format("the number {}{} is too large", shown, digits.size() > 40 ? "…" : ""), nullptr);
  }
}

void visit_line(std::string_view text, const std::string& place, int line,
                const std::function<void(const json&, int line)>& visit) {
  try {
    std::vector<std::set<std::string>> open;  // the keys of each object that is being read
    const auto refuse_second = [&](int, json::parse_event_t event, json& parsed) {
      return refuse_second_keys(open, event, parsed);
    };
    visit(parse(text, refuse_second), line);
  } catch (const json::parse_error& error) {
    throw InputError(fmt::format("{}: not JSON: {}", place, reason(error)),
                     "every line holds one JSON value, complete in itself");
  } catch (const json::exception& error) {
    throw InputError(fmt::format("{}: {}", place, reason(error)),
                     "every line holds what pbb itself would write there");
  } catch (const InputError& error) {
    throw InputError(fmt::format("{}: {}", place, error.what()), error.hint());
  }
}

}  // namespace

json parse_json(std::string_view text) {
  return parse(text, nullptr);
}

void read_json_lines(const std::filesystem::path& file,
                     const std::function<void(const json&, int line)>& visit) {
  const std::string contents = read_file(file);
  refuse_lfs_pointer(file, contents);
  std::string_view rest = contents;
  for (int line = 1; !rest.empty(); ++line) {
    const std::string_view text = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(text.size() + 1, rest.size()));
    if (text.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    visit_line(text, fmt::format("{}:{}", file.string(), line), line, visit);
  }
}

json read_json(const std::filesystem::path& file) {
  const std::string contents = read_file(file);
  refuse_lfs_pointer(file, contents);
  try {
    return parse_json(contents);
  } catch (const json::parse_error& error) {
    // error.byte counts from 1 and is the place just read.
    const std::string_view before =
        std::string_view(contents).substr(0, std::max<std::size_t>(error.byte, 1) - 1);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const auto column = before.size() - (before.rfind('\n') + 1) + 1;  // npos + 1 is 0
    throw InputError(fmt::format("{}:{}:{}: not JSON: {}", file.string(), line, column, reason(error)),
                     "it may have been cut short: mend it at that place, or get it again");
  }
}

}  // namespace pbb

#include "evaluation/steps.h"

#include <algorithm>

namespace pbb {
namespace {

constexpr std::string_view line_blanks = " \t\r\v\f";
constexpr std::string_view hole_mark = "\u25a1";

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(line_blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(line_blanks) - begin + 1);
}

// Where the string that opens at `open` ends (past its closing quote); npos when it is never closed.
std::size_t quoted_end(std::string_view text, std::size_t open) {
  for (std::size_t i = open + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == text[open]) {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

}  // namespace

std::vector<std::size_t> find_outside_quotes(std::string_view text, std::string_view wanted) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '\'' || text[i] == '"') {
      const std::size_t end = quoted_end(text, i);
      i = end == std::string_view::npos ? i + 1 : end;
    } else if (text.substr(i).starts_with(wanted)) {
      places.push_back(i);
      i += wanted.size();
    } else {
      ++i;
    }
  }
  return places;
}

std::string_view answer_line(std::string_view completion) {
  const std::size_t begin = completion.find_first_not_of(" \t\r\v\f\n");
  if (begin == std::string_view::npos) return {};
  completion.remove_prefix(begin);
  return trim(completion.substr(0, completion.find('\n')));
}

std::vector<std::string_view> split_steps(std::string_view line) {
  std::vector<std::string_view> steps;
  if (trim(line).empty()) return steps;
  std::size_t begin = 0;
  for (const std::size_t end : find_outside_quotes(line, "; ")) {
    steps.push_back(trim(line.substr(begin, end - begin)));
    begin = end + 2;
  }
  steps.push_back(trim(line.substr(begin)));
  return steps;
}

std::string_view returned_text(std::string_view step) {
  constexpr std::string_view keyword = "return ";
  if (!step.starts_with(keyword)) return {};
  step.remove_prefix(keyword.size());
  const auto equals = find_outside_quotes(step, " = ");
  return trim(equals.empty() ? step : step.substr(equals.back() + 3));
}

bool matches_pattern(std::string_view step, std::string_view pattern) {
  while (true) {
    const std::size_t hole = pattern.find(hole_mark);
    const std::string_view literal = pattern.substr(0, hole);
    if (!step.starts_with(literal)) return false;
    step.remove_prefix(literal.size());
    if (hole == std::string_view::npos) return step.empty();
    const auto value = parse_value_prefix(step);
    if (!value || value->second == 0) return false;
    step.remove_prefix(value->second);
    pattern.remove_prefix(hole + hole_mark.size());
  }
}

std::vector<StepCheck> check_steps(std::string_view line, const std::vector<TraceStep>& truth) {
  std::vector<StepCheck> checks;
  for (const std::string_view step : split_steps(line)) {
    StepCheck check{.text = std::string(step)};
    if (checks.size() < truth.size()) {
      const TraceStep& expected = truth[checks.size()];
      check.right = step == trim(expected.step);
      check.recalled = check.right || matches_pattern(step, trim(expected.pattern));
    }
    checks.push_back(std::move(check));
  }
  return checks;
}

}  // namespace pbb

#include "evaluation/lenient.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <utility>
#include <variant>

#include "evaluation/steps.h"
#include "programs/source_text.h"

namespace pbb {
namespace {

constexpr std::string_view blanks_and_quotes = " \t\r\v\f'\"`*";

bool is_of_word(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) != 0 || c == '_' || byte >= 0x80;
}

std::string_view word_at(std::string_view text) {
  const auto end = std::ranges::find_if_not(text, is_of_word);
  return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

std::optional<Value> constant_of_any_case(std::string_view word) {
  const std::string lower = lower_case(word);
  if (lower == "true") return Value{true};
  if (lower == "false") return Value{false};
  if (lower == "none") return Value{};
  return std::nullopt;
}

// "raises ValueError", "raise a ValueError" or "ValueError" at the start of the text, and how long it is.
std::optional<std::pair<Outcome, std::size_t>> exception_at(std::string_view text) {
  std::size_t at = 0;
  const std::string verb = lower_case(word_at(text));
  const bool raises = verb == "raise" || verb == "raises";
  if (raises) {
    at = verb.size();
    for (const std::string_view between : {" ", "a ", "an "}) {
      if (text.substr(at).starts_with(between)) at += between.size();
    }
  }
  const std::string_view type = word_at(text.substr(at));
  const bool is_type = is_identifier(type) && std::isupper(static_cast<unsigned char>(type[0])) != 0;
  if (!is_type || !(raises || type.ends_with("Error"))) return std::nullopt;
  return std::pair(Outcome(Raised{std::string(type), {}}), at + type.size());
}

// The outcome at the start of the text, and how long it is.
std::optional<std::pair<Outcome, std::size_t>> outcome_at(std::string_view text) {
  if (auto literal = parse_value_prefix(text); literal && literal->second > 0) {
    return std::pair(Outcome(std::move(literal->first)), literal->second);
  }
  const std::string_view word = word_at(text);
  if (auto constant = constant_of_any_case(word))
    return std::pair(Outcome(std::move(*constant)), word.size());
  return exception_at(text);
}

// An outcome as text, without quotes around it.
std::string bare_text(const Outcome& outcome) {
  const auto* value = std::get_if<Value>(&outcome);
  const auto* string = value ? std::get_if<std::string>(&value->data) : nullptr;
  return string ? *string : outcome_text(outcome);
}

std::string_view bare(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  const std::size_t begin = text.find_first_not_of(blanks_and_quotes);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks_and_quotes) - begin + 1);
}

}  // namespace

std::vector<Outcome> outcomes_in(std::string_view line, bool unfinished) {
  std::vector<Outcome> outcomes;
  for (std::size_t at = 0; at < line.size();) {
    const std::string_view rest = line.substr(at);
    const bool follows_word = at > 0 && is_of_word(line[at - 1]);
    // Within a word, after one ("it's", "5-3"), or where there is nothing to read.
    const auto found = follows_word && line[at] != '(' ? std::nullopt : outcome_at(rest);
    if (!found) {
      at += std::max<std::size_t>(1, word_at(rest).size());
      continue;
    }
    at += found->second;
    if (follows_word || (unfinished && at >= line.size())) continue;
    outcomes.push_back(found->first);
  }
  return outcomes;
}

bool same_but_for_quotes(const Outcome& a, const Outcome& b) {
  if (same_answer(a, b)) return true;
  const bool raises = std::holds_alternative<Raised>(a) || std::holds_alternative<Raised>(b);
  return !raises && bare_text(a) == bare_text(b);
}

bool is_right_leniently(const ItemResult& result) {
  if (result.verdict == Verdict::correct) return true;
  const std::optional<Outcome> truth = parse_answer(result.truth);
  if (result.verdict == Verdict::error || !truth) return false;
  const auto is_right = [&](const Outcome& outcome) { return same_but_for_quotes(outcome, *truth); };
  if (result.verdict == Verdict::wrong) {
    const std::optional<Outcome> answer = parse_answer(result.answer);
    return answer && is_right(*answer);
  }
  const AnswerParts parts = split_answer(result.completion, result.form, "");
  const bool unfinished = result.cut && !parts.line_ended;
  const auto is_the_value = [&](std::string_view text) {
    const std::string_view said = bare(text);
    const auto constant = constant_of_any_case(said);
    return !said.empty() && (said == bare_text(*truth) || (constant && is_right(*constant)));
  };
  const auto steps = split_steps(parts.line);
  if (!unfinished &&
      (is_the_value(parts.line) || (!steps.empty() && is_the_value(returned_text(steps.back())))))
    return true;
  const std::vector<Outcome> outcomes = outcomes_in(parts.line, unfinished);
  return !outcomes.empty() && (is_right(outcomes.front()) || is_right(outcomes.back()));
}

}  // namespace pbb

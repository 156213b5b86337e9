// Finding the answer in a completion, and the verdict on it.
#include <algorithm>

#include "evaluation/evaluate.h"
#include "evaluation/steps.h"
#include "programs/source_text.h"

namespace pbb {
namespace {

// "raises ValueError", or "raise ValueError" as a trace ends; with its message, as sources have it, it says the same.
std::optional<Outcome> parse_raised(std::string_view text) {
  for (const std::string_view verb : {"raises ", "raise "}) {
    if (!text.starts_with(verb)) continue;
    std::string_view type = text.substr(verb.size());
    if (verb == "raise " && type.ends_with(')')) type = type.substr(0, type.find('('));
    if (is_identifier(type)) return Raised{std::string(type), {}};
  }
  return std::nullopt;
}

std::optional<Outcome> answer_in(std::string_view line, AnswerForm form) {
  if (is_traced(form)) {
    const auto steps = split_steps(line);
    if (!steps.empty() && (steps.back() == "return" || steps.back() == "return.")) return Value{};  // None
    if (!steps.empty() && steps.back().starts_with("return ")) {
      return parse_answer(returned_text(steps.back()));
    }
    if (!steps.empty() && steps.back().starts_with("raise ")) return parse_answer(steps.back());
  }
  return parse_answer(line);
}

}  // namespace

// No literal that Python prints ends with a full stop, so one at the end is a sentence's.
std::optional<Outcome> parse_answer(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  if (auto value = parse_value(text)) return std::move(*value);
  return parse_raised(text);
}

std::optional<Outcome> find_answer(const std::string& completion, AnswerForm form) {
  return answer_in(split_answer(completion, form, "").line, form);
}

ItemResult judge(const Item& item, const Question& question, const std::string& completion, bool cut) {
  ItemResult result;
  result.program = item.program.name;
  result.domain = item.program.domain;
  result.kind = item.program.kind;
  result.split = item.program.split;
  result.form = item.form;
  result.call = call_text(item.asked_as.empty() ? item.program.name : item.asked_as, item.truth.arguments);
  result.prompt = question.text;
  result.completion = completion;
  result.truth = outcome_text(item.truth.outcome);
  result.verdict = Verdict::unparsed;
  result.cut = cut;
  const std::string recitation = recitation_of(item.program).left;
  const AnswerParts parts = split_answer(completion, item.form, recitation);
  const bool line_is_whole = !cut || parts.line_ended;
  if (const auto answer = line_is_whole ? answer_in(parts.line, item.form) : std::nullopt) {
    result.answer = outcome_text(*answer);
    result.verdict = same_answer(item.truth.outcome, *answer) ? Verdict::correct : Verdict::wrong;
  }
  if (recites(item.form)) result.recitation = check_recitation(parts.source.value_or(""), recitation);
  if (is_traced(item.form)) {
    for (const TraceStep& step : item.truth.trace) result.true_steps.push_back(step.step);
    result.steps = check_steps(parts.line, item.truth.trace);
    result.recalled = !result.steps.empty() && result.steps.size() == result.true_steps.size() &&
                      std::ranges::all_of(result.steps, &StepCheck::recalled);
  }
  return result;
}

}  // namespace pbb

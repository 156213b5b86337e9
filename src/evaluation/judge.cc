// Finding the answer in a completion, and the verdict on it.
#include <algorithm>

#include "evaluation/evaluate.h"
#include "evaluation/steps.h"

namespace pbb {
namespace {

// No literal that Python prints ends with a full stop, so one at the end is a sentence's.
std::optional<Value> parse_answer(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  return parse_value(text);
}

}  // namespace

std::optional<Value> find_answer(const std::string& completion, AnswerForm form) {
  const std::string_view line = answer_line(completion);
  if (form == AnswerForm::trace) {
    const auto steps = split_steps(line);
    if (!steps.empty() && (steps.back() == "return" || steps.back() == "return.")) return Value{};  // None
    if (!steps.empty() && steps.back().starts_with("return ")) {
      return parse_answer(returned_text(steps.back()));
    }
  }
  return parse_answer(line);
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
  result.truth = to_python(item.truth.output);
  result.verdict = Verdict::unparsed;
  result.cut = cut;
  const bool line_is_whole = !cut || completion.find('\n') != std::string::npos;
  if (const auto answer = line_is_whole ? find_answer(completion, item.form) : std::nullopt) {
    result.answer = to_python(*answer);
    result.verdict = *answer == item.truth.output ? Verdict::correct : Verdict::wrong;
  }
  if (item.form == AnswerForm::trace) {
    for (const TraceStep& step : item.truth.trace) result.true_steps.push_back(step.step);
    result.steps = check_steps(answer_line(completion), item.truth.trace);
    result.recalled = !result.steps.empty() && result.steps.size() == result.true_steps.size() &&
                      std::ranges::all_of(result.steps, &StepCheck::recalled);
  }
  return result;
}

}  // namespace pbb

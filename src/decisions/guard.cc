#include "decisions/guard.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/printable.h"
#include "base/stopwatch.h"
#include "evaluation/steps.h"

namespace pbb {
namespace {

Program program_of(const RegisteredRule& rule) {
  Program program;
  program.name = rule.entry.name;
  program.source = rule.entry.source;
  return program;
}

// Of what a model said about a rule that was run.
Reason reason_of(const ItemResult& said) {
  if (said.cut) return Reason::cut;
  if (!said.recitation.verbatim) return said.answer.empty() ? Reason::unparsed : Reason::recall_differs;
  const bool all_right =
      said.steps.size() == said.true_steps.size() && std::ranges::all_of(said.steps, &StepCheck::right);
  if (!all_right) return said.answer.empty() ? Reason::unparsed : Reason::steps_differ;
  return said.verdict == Verdict::correct ? Reason::agrees : Reason::answer_differs;
}

// A model that knows the rule recites its source, and then says what the rule does.
std::vector<std::int32_t> drafted_answer(const Tokenizer& tokenizer, const Item& item, bool was_run) {
  if (was_run) return answer_tokens(tokenizer, item.program, item.truth, item.form);
  return recites(item.form) ? recitation_tokens(tokenizer, item.program) : std::vector<std::int32_t>();
}

AskedQuestion asked_about(const Item& item, const Asking& asking, const Tokenizer& tokenizer, bool was_run) {
  return {make_question(tokenizer, item, ShownSource::none, false), asking,
          drafted_answer(tokenizer, item, was_run)};
}

void ask_model(Decision& decision, const Item& item, const Tokenizer& tokenizer, const Completing& complete) {
  const AskedQuestion asked = asked_about(item, decision.asking, tokenizer, decision.guard != Guard::model);
  const ModelAnswer answer = complete(asked);
  decision.model_seconds = answer.seconds;
  decision.model_tokens = answer.tokens;
  decision.failure = answer.failure;
  if (!answer.failure.empty()) {
    decision.reason = Reason::not_answered;
    return;
  }
  decision.said = judge(item, asked.question, answer.completion, answer.cut);
  if (!decision.said.answer.empty()) decision.model_answer = parse_answer(decision.said.answer);
}

// Nothing that was held against a truth that there is not.
void leave_unjudged(ItemResult& said) {
  said.truth.clear();
  said.verdict = Verdict::error;
  said.recitation = {};
  said.recalled = false;
}

}  // namespace

std::string_view describe(Reason reason) {
  switch (reason) {
    case Reason::agrees:
      return "the model's source, steps and answer are the rule's";
    case Reason::unchecked:
      return "nothing was checked";
    case Reason::recall_differs:
      return "the model remembers another source";
    case Reason::steps_differ:
      return "a step of the model's is not the rule's";
    case Reason::answer_differs:
      return "the model's answer is not the rule's";
    case Reason::unparsed:
      return "the model gave no answer that could be read";
    case Reason::cut:
      return "the model's answer was cut for its length";
    case Reason::not_answered:
      return "the model did not answer";
  }
  return "";
}

void check_guard(Guard guard, const Asking& asking) {
  if (guard == Guard::model || recites(asking.form)) return;
  throw InputError(fmt::format("guard {} cannot check answers of the form {}",
                               choice_name<Guard>(guards, guard), answer_form_name(asking.form)),
                   "take --form recite or assisted, whose answers say which source they stand on");
}

Execution true_execution(const RegisteredRule& rule, const Input& arguments, const Runner& run) {
  const ProgramCall call{rule.entry.source, rule.entry.name, arguments, true};
  const CallResult truth = run_calls(run, {&call, 1}).front();
  const auto outcome = truth.outcome();
  if (!outcome) {
    throw InputError(fmt::format("{}: the program itself comes to no outcome: {}",
                                 call_text(rule.entry.name, arguments), printable_line(truth.detail)),
                     "see whether these are arguments that it was written for");
  }
  return {arguments, *outcome, truth.trace};
}

AskedQuestion rule_question(const RegisteredRule& rule, const Input& arguments, const Asking& asking,
                            const Tokenizer& tokenizer) {
  Item item;
  item.program = program_of(rule);
  item.form = asking.form;
  item.truth.arguments = arguments;
  return asked_about(item, asking, tokenizer, false);
}

Decision decide(Guard guard, const RegisteredRule& rule, Input arguments, const Asking& asking,
                const Tokenizer& tokenizer, const Runner& run, const Completing& complete) {
  check_guard(guard, asking);
  Decision decision;
  decision.guard = guard;
  decision.asking = asking;
  decision.call = call_text(rule.entry.name, arguments);
  decision.arguments = arguments;
  Item item;
  item.program = program_of(rule);
  item.form = asking.form;
  item.truth.arguments = std::move(arguments);
  if (guard == Guard::model) {
    ask_model(decision, item, tokenizer, complete);
    leave_unjudged(decision.said);
    decision.answer = decision.model_answer;
    if (decision.answer) decision.answered_by = AnsweredBy::model;
    if (!decision.answer && decision.failure.empty())
      decision.reason = decision.said.cut ? Reason::cut : Reason::unparsed;
    return decision;
  }
  const Stopwatch watch;
  item.truth = true_execution(rule, decision.arguments, run);
  decision.program_seconds = watch.seconds();
  decision.program = item.truth.trace;
  decision.program_answer = item.truth.outcome;
  ask_model(decision, item, tokenizer, complete);
  if (decision.failure.empty()) decision.reason = reason_of(decision.said);
  const bool by_model = guard == Guard::checked && decision.reason == Reason::agrees;
  decision.answered_by = by_model ? AnsweredBy::model : AnsweredBy::program;
  decision.answer = by_model ? decision.model_answer : decision.program_answer;
  decision.is_checked = true;
  return decision;
}

}  // namespace pbb

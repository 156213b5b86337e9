#include "programs/importers/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "base/plural.h"
#include "programs/importers/examples.h"
#include "programs/json_fields.h"

namespace pbb {
namespace {

constexpr std::size_t most_notes = 4;  // of one kind: a screen is enough

// Values may be of any length.
std::string shown_outcome(const Outcome& outcome) {
  return shortened(outcome_text(outcome));
}

// A module that is not there is no outcome of a program's own, even where its function imports it.
bool is_outcome(const CallResult& result) {
  const auto outcome = result.outcome();
  const auto* raised = outcome ? std::get_if<Raised>(&*outcome) : nullptr;
  return outcome && !(raised && (raised->type == "ModuleNotFoundError" || raised->type == "ImportError"));
}

std::string remark_text(const std::string& file, const Remark& remark) {
  return fmt::format("{}:{}: {}", file, remark.line, remark.text);
}

// A detail that ends in "(line 3)", by the line of the file.
std::string with_line_in_file(const Candidate& candidate, const std::string& detail) {
  const std::size_t place = detail.rfind(" (line ");
  int line = 0;
  if (!candidate.cut || place == std::string::npos ||
      std::sscanf(detail.c_str() + place, " (line %d)", &line) != 1)
    return detail;
  return fmt::format("{} (line {})", detail.substr(0, place), candidate.line_in_file(line));
}

std::string failure(const Candidate& candidate, const CallResult& result) {
  const std::size_t steps = result.detail.find("more than ");
  if (steps != std::string::npos && result.detail.ends_with(" trace steps"))
    return "takes " + result.detail.substr(steps);
  return fmt::format("{}: {}", status_name(result.status), with_line_in_file(candidate, result.detail));
}

std::string failure_hint(const CallResult& result) {
  if (result.detail.find("ModuleNotFoundError") != std::string::npos ||
      result.detail.find("ImportError") != std::string::npos)
    return "a program is one file of plain Python: take over what it needs from elsewhere";
  if (result.status == CallStatus::not_a_value)
    return "return plain values: numbers, strings, lists, tuples, dicts, sets; of an Enum its .value";
  if (result.status == CallStatus::timed_out || result.status == CallStatus::too_much_output)
    return "smaller inputs, or a shorter way";
  return "mend the program, or its inputs";
}

// An input that raises an exception of Python's about kinds of values is none that the rule was written for.
bool is_of_another_kind(const Survey& survey, const Outcome& outcome) {
  const auto* raised = std::get_if<Raised>(&outcome);
  return raised && (raised->type == "TypeError" || raised->type == "AttributeError") &&
         !survey.raises.contains(raised->type);
}

}  // namespace

std::string Judge::call(const Input& arguments) const {
  return shortened(call_text(candidate_.program.name, arguments));
}

std::string Judge::place(const ReadInput& input) const {
  return (input.place.empty() ? candidate_.report.file : input.place) + ": " + call(input.arguments);
}

void Judge::refuse_as_changing(const std::string& what) {
  const auto& known = candidate_.survey.dependences;
  const Remark* cause = known.empty() ? nullptr : &known[0];
  candidate_.refuse(cause ? fmt::format("{}; line {} {}", what, cause->line, cause->text) : what,
                    "an answer must follow from the arguments alone: make what it hangs on an argument");
}

bool Judge::is_silent(const ReadInput& input) const {
  return input.origin == InputOrigin::practice ||
         (input.origin == InputOrigin::boundary && !candidate_.is_made_up);
}

void Judge::leave_out(const ReadInput& input, const std::string& what, const std::string& hint,
                      bool is_final) {
  if (is_silent(input)) return;
  if (first_left_out_.text.empty() || (is_final && !is_final_)) first_left_out_ = {0, what, hint};
  is_final_ |= is_final;
  ++left_out_;
  if (input.place.empty()) return;
  if (left_out_ <= most_notes) candidate_.report.notes.push_back("left out: " + what);
}

bool Judge::same_each_time(const ReadInput& input, const Trial& trial) {
  const Outcome first = *trial.first.outcome(), second = *trial.second.outcome();
  if (!same_answer(first, second)) {
    refuse_as_changing(fmt::format("{} gives {} in one run and {} in another", place(input),
                                   shown_outcome(first), shown_outcome(second)));
    return false;
  }
  const auto differing =
      std::ranges::mismatch(trial.first.trace, trial.second.trace, {}, &TraceStep::step, &TraceStep::step);
  if (differing.in1 != trial.first.trace.end() || differing.in2 != trial.second.trace.end()) {
    const auto step = [](auto at, const auto& trace) {
      return at == trace.end() ? "the end" : shortened(at->step);
    };
    refuse_as_changing(fmt::format("{} takes other steps in another run: {} and {}", place(input),
                                   step(differing.in1, trial.first.trace),
                                   step(differing.in2, trial.second.trace)));
    return false;
  }
  if (const auto again = trial.again.outcome(); again && !same_answer(first, *again)) {
    const std::string what = fmt::format("{} gives {}, and {} when it is called again", place(input),
                                         shown_outcome(first), shown_outcome(*again));
    const auto& changes = candidate_.survey.changes;
    if (changes.empty() && !candidate_.survey.dependences.empty()) {
      refuse_as_changing(what);  // what draws at random may well draw the same in two processes
      return false;
    }
    candidate_.refuse(
        changes.empty() ? what : fmt::format("{}; line {} {}", what, changes[0].line, changes[0].text),
        "an answer must not depend on calls before: keep nothing between them");
    return false;
  }
  return true;
}

void Judge::keep(const ReadInput& input, Execution execution) {
  switch (input.origin) {
    case InputOrigin::beside:
    case InputOrigin::trial:
      candidate_.executions.push_back(std::move(execution));
      break;
    case InputOrigin::example:
      candidate_.examples.push_back(std::move(execution));
      break;
    case InputOrigin::boundary:
      if (candidate_.is_made_up) candidate_.executions.push_back(execution);
      if (!is_of_another_kind(candidate_.survey, execution.outcome))
        candidate_.boundaries.push_back(std::move(execution));
      break;
    case InputOrigin::practice:
      if (!is_of_another_kind(candidate_.survey, execution.outcome))
        candidate_.practice.push_back(std::move(execution));
      break;
  }
}

void Judge::input(const ReadInput& input, const Trial& trial) {
  if (!candidate_.is_in()) return;
  const bool is_example = input.origin == InputOrigin::example;
  for (const CallResult* result : {&trial.first, &trial.second}) {
    if (is_outcome(*result)) continue;
    if (is_example)
      return candidate_.refuse(place(input) + " " + failure(candidate_, *result), failure_hint(*result));
    // Whatever else raises: it never gives a value, or never can.
    const bool is_final = result->status == CallStatus::not_a_value || result->outcome().has_value();
    return leave_out(input, place(input) + " " + failure(candidate_, *result), failure_hint(*result),
                     is_final);
  }
  if (!same_each_time(input, trial)) return;
  Outcome outcome = *trial.first.outcome();
  const auto agree = is_example ? agrees : same_answer;
  if (input.expected && !agree(outcome, *input.expected)) {
    return candidate_.refuse(fmt::format("{} is {}, but the file says {}", place(input),
                                         shown_outcome(outcome), shown_outcome(*input.expected)),
                             is_example ? "one of them is wrong: mend the program or the example"
                                        : "mend the program or the line; 1, 1.0 and True are not the same");
  }
  const auto steps = std::ssize(trial.first.trace);
  const bool is_trial = input.origin == InputOrigin::trial;
  if (steps > options_.max_trace_steps && !is_trial) {
    if (input.place.empty()) return;
    return leave_out(input,
                     fmt::format("{} takes {}, more than {}", place(input), plural(steps, "step"),
                                 options_.max_trace_steps),
                     "smaller inputs, or a higher max_trace_steps");
  }
  if (auto* raised = std::get_if<Raised>(&outcome)) {  // a message may name an address
    if (raised->message != std::get<Raised>(*trial.second.outcome()).message) raised->message.clear();
  }
  keep(input, {input.arguments, std::move(outcome), trial.first.trace});
}

void Judge::doctest(const ToldCall& told, const Input& arguments, const CallResult& result) {
  const auto outcome = result.outcome();
  if (!candidate_.is_in() || (outcome && same_answer(*outcome, *told.answer))) return;
  const std::string what =
      fmt::format("{}:{}: the {} has {} for {}, the code gives {}", candidate_.report.file, told.line,
                  told.is_doctest ? "doctest" : "text", shown_outcome(*told.answer), call(arguments),
                  outcome ? shown_outcome(*outcome) : result.detail);
  if (told.is_doctest) {
    candidate_.refuse(what, "one of them is wrong: mend it");
  } else {
    candidate_.report.notes.push_back(what);
  }
}

void Judge::end() {
  if (!candidate_.is_in()) return;
  const Survey& survey = candidate_.survey;
  if (!survey.dependences.empty()) {
    return candidate_.refuse(
        remark_text(candidate_.report.file, survey.dependences[0]),
        "an answer must follow from the arguments alone: make what it hangs on an argument, or "
        "keep the line under if __name__ == \"__main__\"");
  }
  const auto raises = [](const Execution& one) { return std::holds_alternative<Raised>(one.outcome); };
  const bool is_empty = candidate_.executions.empty() && candidate_.examples.empty();
  if (left_out_ > 0 && (is_empty || (is_final_ && std::ranges::all_of(candidate_.executions, raises)))) {
    return candidate_.refuse(first_left_out_.text + (is_empty && left_out_ > 1 ? ", and so each input" : ""),
                             first_left_out_.hint);
  }
  auto& notes = candidate_.report.notes;
  if (left_out_ > most_notes && !candidate_.is_made_up) {
    notes.push_back(fmt::format("left out: {} in all", plural(left_out_, "input")));
  }
  if (!is_empty && std::ranges::all_of(candidate_.executions, raises)) {
    const Execution& first = candidate_.executions[0];
    const Raised& raised = std::get<Raised>(first.outcome);
    notes.push_back(fmt::format("every input{} raises, as {}: {} {}", candidate_.is_made_up ? " made up" : "",
                                call(first.arguments), raised.type, raised.message));
  }
  if (!survey.changes.empty()) {
    notes.push_back(fmt::format("line {} {}: each call is taught as if it were the first",
                                survey.changes[0].line, survey.changes[0].text));
  }
}

}  // namespace pbb

// The survey is a program like any other: its source is ours, its arguments are the source that it looks at
// and the stem of its file, its value a dict, taken apart here.
#include "programs/importers/survey.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "programs/importers/survey_values.h"

namespace pbb {
namespace {

using namespace survey_values;

const Value& entry(const Value& dict, const char* key) {
  for (const auto& [name, value] : as<DictValue>(dict).items) {
    if (as<std::string>(name) == key) return value;
  }
  throw Error(std::string("the survey of a source gave no ") + key);
}

std::vector<Remark> remarks(const Value& value) {
  std::vector<Remark> found;
  for (const Value& part : list(value)) found.push_back(remark(part));
  return found;
}

// [line, name, arguments, named arguments, [answer] or [], exception or "", "doctest" or "text"]
ToldCall told_call(const Value& value) {
  const auto& parts = list(value);
  ToldCall told{.line = line_of(parts.at(0)),
                .name = as<std::string>(parts.at(1)),
                .arguments = list(parts.at(2)),
                .named = {},
                .answer = {},
                .is_doctest = as<std::string>(parts.at(6)) == "doctest"};
  for (const auto& [name, argument] : as<DictValue>(parts.at(3)).items) {
    told.named.emplace_back(as<std::string>(name), argument);
  }
  const auto& raised = as<std::string>(parts.at(5));
  if (!list(parts.at(4)).empty()) {
    told.answer = list(parts[4])[0];
  } else if (!raised.empty()) {
    told.answer = Raised{raised, {}};
  }
  return told;
}

FunctionHead head_of(const Value& found, std::size_t defaults) {
  FunctionHead head{.name = as<std::string>(entry(found, "name")),
                    .line = line_of(entry(found, "line")),
                    .parameters = {},
                    .any_number = as<bool>(entry(found, "any_number"))};
  for (const Value& name : list(entry(found, "parameters"))) head.parameters.push_back(as<std::string>(name));
  head.required = head.parameters.size() - defaults;
  return head;
}

Survey survey_of(const CallResult& result) {
  Survey survey;
  if (result.status == CallStatus::timed_out) {
    survey.refused = {1, "looking at it takes " + result.detail,
                      "make the file smaller; or try again when the machine is less busy"};
    return survey;
  }
  if (result.status != CallStatus::returned) {  // a source that is too deep or too large for the parser
    survey.refused = {1, "Python cannot read it: " + result.detail, ""};
    return survey;
  }
  const Value& found = result.output;
  survey.refused = optional_remark(entry(found, "refused"));
  if (survey.refused) return survey;
  for (const Value& known : list(entry(found, "defaults"))) {
    survey.defaults.push_back(list(known).empty() ? std::nullopt : std::optional(list(known)[0]));
  }
  survey.head = head_of(found, survey.defaults.size());
  for (const Value& input : list(entry(found, "proposals"))) survey.proposals.push_back(list(input));
  for (const Value& input : list(entry(found, "boundaries"))) survey.boundaries.push_back(list(input));
  for (const Value& input : list(entry(found, "practice"))) survey.practice.push_back(list(input));
  for (const Value& type : list(entry(found, "raises"))) survey.raises.insert(as<std::string>(type));
  survey.not_plain = optional_remark(entry(found, "not_plain"));
  survey.dependences = remarks(entry(found, "dependences"));
  survey.changes = remarks(entry(found, "changes"));
  for (const Value& told : list(entry(found, "told"))) survey.told.push_back(told_call(told));
  survey.others = remarks(entry(found, "others"));
  survey.shape = as<std::string>(entry(found, "shape"));
  return survey;
}

// Its literal, of 2.0 that of 2.
std::string usual_text(const Value& value) {
  const auto* number = std::get_if<double>(&value.data);
  if (number != nullptr && *number == std::floor(*number) && std::abs(*number) < 0x1p53)
    return std::to_string(static_cast<std::int64_t>(*number));
  return to_python(value);
}

}  // namespace

std::vector<Survey> survey_sources(const Runner& run, std::span<const SurveyedSource> sources) {
  std::vector<ProgramCall> calls;
  for (const SurveyedSource& source : sources) {
    ProgramCall call{.source = survey_source, .name = "survey", .arguments = {}};
    for (const std::string& text : {source.source, source.stem}) call.arguments.emplace_back().data = text;
    calls.push_back(std::move(call));
  }
  auto results = run_calls(run, calls);
  std::vector<Survey> surveys;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    // On a busy machine what takes a moment may take its whole time: that says nothing of the source.
    for (int again = 0; again < 2 && results[i].status == CallStatus::timed_out; ++again)
      results[i] = run_calls(run, {&calls[i], 1}).front();
    surveys.push_back(survey_of(results[i]));
  }
  return surveys;
}

std::string usual_call(const Survey& callee, Input arguments,
                       const std::vector<std::pair<std::string, Value>>& named) {
  const auto& parameters = callee.head.parameters;
  const std::size_t required = callee.head.required;
  while (arguments.size() < parameters.size()) {
    const std::size_t at = arguments.size();
    const auto given = std::ranges::find(named, parameters[at], &std::pair<std::string, Value>::first);
    if (given != named.end()) {
      arguments.push_back(given->second);
    } else if (at >= required && callee.defaults[at - required]) {
      arguments.push_back(*callee.defaults[at - required]);
    } else {
      break;
    }
  }
  std::vector<std::string> texts;
  for (const Value& argument : arguments) texts.push_back(usual_text(argument));
  while (texts.size() > required && texts.size() <= parameters.size()) {
    const auto& left_out = callee.defaults[texts.size() - 1 - required];
    if (!left_out || usual_text(*left_out) != texts.back()) break;
    texts.pop_back();
  }
  return fmt::format("{}({})", callee.head.name, fmt::join(texts, ", "));
}

}  // namespace pbb

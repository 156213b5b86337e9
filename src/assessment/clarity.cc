#include "assessment/clarity.h"

#include <utility>

#include "base/error.h"
#include "programs/importers/survey_values.h"

namespace pbb {
namespace {

using survey_values::as;
using survey_values::list;

Value text(std::string value) {
  Value made;
  made.data = std::move(value);
  return made;
}

Value texts(const std::vector<std::string>& values) {
  ListValue made;
  for (const std::string& one : values) made.items.push_back(text(one));
  Value value;
  value.data = std::move(made);
  return value;
}

ProgramCall call_of(const char* function, std::vector<Value> arguments) {
  ProgramCall call{
      .source = std::string(survey_source) + "\n\n" + clarity_source, .name = function, .arguments = {}};
  call.arguments = std::move(arguments);
  return call;
}

int whole(const Value& value) {
  return static_cast<int>(as<std::int64_t>(value));
}

const Value& returned(const CallResult& result) {
  if (result.status != CallStatus::returned) throw Error("a source cannot be looked at: " + result.detail);
  return result.output;
}

Clarity clarity_from(const Value& found) {
  Clarity clarity;
  for (const auto& [key, value] : as<DictValue>(found).items) {
    const std::string& name = as<std::string>(key);
    if (name == "lines") clarity.lines = whole(value);
    if (name == "conditions") clarity.conditions = whole(value);
    if (name == "arithmetic") clarity.arithmetic = whole(value);
    if (name == "calls") clarity.calls = whole(value);
    if (name != "features") continue;
    for (const Value& feature : list(value)) clarity.features.push_back(as<std::string>(feature));
  }
  return clarity;
}

}  // namespace

std::vector<Clarity> clarity_of(const Runner& run, std::span<const std::string> sources) {
  std::vector<ProgramCall> calls;
  for (const std::string& source : sources) calls.push_back(call_of("clarity", {text(source)}));
  std::vector<Clarity> found;
  for (const CallResult& result : run_calls(run, calls)) found.push_back(clarity_from(returned(result)));
  return found;
}

std::vector<CodeLines> count_lines(const Runner& run, std::span<const CountedFile> files) {
  std::vector<ProgramCall> calls;
  for (const CountedFile& file : files)
    calls.push_back(call_of("code_lines", {text(file.source), texts(file.functions), texts(file.rules)}));
  std::vector<CodeLines> found;
  for (const CallResult& result : run_calls(run, calls)) {
    const auto& parts = list(returned(result));
    CodeLines& lines = found.emplace_back();
    lines.all = whole(parts.at(0));
    for (const Value& count : list(parts.at(1))) lines.of_functions.push_back(whole(count));
    lines.shared = whole(parts.at(2));
  }
  return found;
}

std::vector<std::optional<double>> microseconds_a_call(const Runner& run,
                                                       std::span<const TimedProgram> programs) {
  std::vector<ProgramCall> calls;
  std::vector<std::size_t> places;
  std::vector<std::optional<double>> found(programs.size());
  for (std::size_t i = 0; i < programs.size(); ++i) {
    if (programs[i].inputs.empty()) continue;
    ListValue inputs;
    for (const Input& input : programs[i].inputs) inputs.items.emplace_back().data = ListValue{input};
    Value all;
    all.data = std::move(inputs);
    calls.push_back(call_of("microseconds", {text(programs[i].source), text(programs[i].name), all}));
    places.push_back(i);
  }
  const auto results = run_calls(run, calls);
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (results[i].status != CallStatus::returned) continue;
    if (const auto* value = std::get_if<double>(&results[i].output.data)) found[places[i]] = *value;
  }
  return found;
}

}  // namespace pbb

// Executions to JSON lines and back; every field of a line is checked, since people edit these files.
#include "programs/execution_lines.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/json_lines.h"
#include "programs/json_fields.h"
#include "programs/source_text.h"

namespace pbb {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

TraceStep read_step(const json& object) {
  const json& line = field(object, "line");
  if (!line.is_number_integer() || line.get<std::int64_t>() < 1 || line.get<std::int64_t>() > 1'000'000) {
    throw InputError(fmt::format("\"line\" is {}, expected a line of the source, from 1", shown(line)));
  }
  return TraceStep{.line = line.get<int>(),
                   .text = text_field(object, "text"),
                   .step = text_field(object, "step"),
                   .pattern = text_field(object, "pattern")};
}

ExecutionLine read_line(const json& object) {
  ExecutionLine line;
  const std::string use = text_field(object, "use");
  if (use != "train" && use != "test") {
    throw InputError(fmt::format("\"use\" is \"{}\", expected \"train\" or \"test\"", use));
  }
  line.use = use == "train" ? Use::train : Use::test;
  for (const json& argument : list_field(object, "input")) {
    line.execution.arguments.push_back(literal(argument, "an argument in \"input\""));
  }
  line.execution.outcome = read_outcome(object);
  for (const json& step : list_field(object, "trace")) line.execution.trace.push_back(read_step(step));
  return line;
}

}  // namespace

Outcome read_outcome(const json& object) {
  if (!object.contains("raises")) return literal(field(object, "output"), "\"output\"");
  if (object.contains("output")) {
    throw InputError("\"output\" and \"raises\" are both there", "a call either returns or raises: keep one");
  }
  const std::string text = text_field(object, "raises");
  Raised raised{text.substr(0, text.find(':')), {}};
  if (raised.type.size() < text.size()) {
    const std::size_t begin = text.find_first_not_of(' ', raised.type.size() + 1);
    if (begin != std::string::npos) raised.message = text.substr(begin);
  }
  if (!is_identifier(raised.type)) {
    throw InputError(fmt::format("\"raises\" is \"{}\", expected the name of an exception", shortened(text)),
                     "as in \"ValueError\" or \"ValueError: no such tier\"");
  }
  return raised;
}

void check_argument_count(const FunctionHead& head, std::size_t count) {
  if (count >= head.required && (head.any_number || count <= head.parameters.size())) return;
  const std::string takes = head.required == head.parameters.size() && !head.any_number
                                ? std::to_string(head.required)
                                : fmt::format("{} or more", head.required);
  throw InputError(fmt::format("\"input\" has {} argument{}, but {} takes {}", count, count == 1 ? "" : "s",
                               head.name, takes),
                   "give one literal for each argument of the function");
}

Value literal(const json& text_value, const char* what) {
  if (!text_value.is_string()) {
    throw InputError(
        fmt::format("{} is {}, expected a string that holds a Python literal", what, shown(text_value)),
        "\"5\" for a number, \"'oak'\" for a string");
  }
  const auto text = text_value.get<std::string>();
  auto value = parse_value(text);
  if (!value) {
    throw InputError(fmt::format("{} is \"{}\", which is no Python literal", what, shortened(text)),
                     "\"5\" for a number, \"'oak'\" for a string");
  }
  return std::move(*value);
}

std::vector<ExecutionLine> read_execution_lines(const std::filesystem::path& file, const Program& program) {
  const auto head = find_function(program.source, program.name);
  std::vector<ExecutionLine> lines;
  std::map<std::string, int> seen;  // input to line
  read_json_lines(file, [&](const json& object, int number) {
    ExecutionLine line = read_line(object);
    if (head) check_argument_count(*head, line.execution.arguments.size());
    const std::string call = call_text(program.name, line.execution.arguments);
    if (const auto [place, is_new] = seen.emplace(call, number); !is_new) {
      throw InputError(fmt::format("{} is on line {} too", call, place->second),
                       "what is tested must not be trained on: every input stands once");
    }
    lines.push_back(std::move(line));
  });
  return lines;
}

std::string execution_lines(std::span<const Execution> executions, Use use) {
  std::string text;
  for (const Execution& execution : executions) {
    ordered_json line = {{"use", use == Use::train ? "train" : "test"}};
    line["input"] = ordered_json::array();
    for (const Value& argument : execution.arguments) line["input"].push_back(to_python(argument));
    if (const auto* raised = std::get_if<Raised>(&execution.outcome)) {
      line["raises"] = raised->message.empty() ? raised->type : raised->type + ": " + raised->message;
    } else {
      line["output"] = to_python(std::get<Value>(execution.outcome));
    }
    line["trace"] = ordered_json::array();
    for (const TraceStep& step : execution.trace) {
      line["trace"].push_back(
          {{"line", step.line}, {"text", step.text}, {"step", step.step}, {"pattern", step.pattern}});
    }
    text += line.dump() + "\n";
  }
  return text;
}

}  // namespace pbb

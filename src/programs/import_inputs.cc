// JSON lines to inputs; every line is checked, since people write these files.
#include "programs/import_inputs.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/json_lines.h"
#include "programs/execution_lines.h"
#include "programs/json_fields.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// A line of NAME.inputs.jsonl: [5, "oak"], or a Python tuple in a string for what JSON cannot say: "(5, {1,
// 2})".
Input read_input(const json& line) {
  if (line.is_array()) {
    Input input;
    for (const json& argument : line) input.push_back(value_from_json(argument));
    return input;
  }
  if (line.is_string()) {
    const auto value = parse_value(line.get<std::string>());
    if (value && std::holds_alternative<TupleValue>(value->data))
      return std::get<TupleValue>(value->data).items;
  }
  throw InputError(fmt::format("{} is no list of arguments", shown(line)),
                   "write [5, \"oak\"], or a Python tuple in a string: \"(5, 'oak')\"");
}

ReadInput read_execution(const json& line) {
  ReadInput input;
  if (!line.is_object() || !line.contains("input") || !line["input"].is_array() ||
      (!line.contains("output") && !line.contains("raises"))) {
    throw InputError(
        "expected {\"input\": [...], \"output\": ...}",
        "inputs and output are Python literals in strings: {\"input\": [\"5\"], \"output\": \"90\"}");
  }
  for (const json& argument : line["input"]) {
    input.arguments.push_back(literal(argument, "an argument in \"input\""));
  }
  input.expected = read_outcome(line);
  return input;
}

std::vector<ReadInput> read_inputs(const fs::path& file, bool with_outputs, const FunctionHead& head) {
  std::vector<ReadInput> inputs;
  std::set<std::string> seen;
  read_json_lines(file, [&](const json& line, int number) {
    ReadInput input;
    if (with_outputs) {
      input = read_execution(line);
    } else {
      input.arguments = read_input(line);
    }
    check_argument_count(head, input.arguments.size());
    const std::string call = call_text(head.name, input.arguments);
    if (!seen.insert(call).second) throw InputError(fmt::format("{} is asked for twice", call));
    input.place = fmt::format("{}:{}", file.filename().string(), number);
    inputs.push_back(std::move(input));
  });
  return inputs;
}

}  // namespace

Value value_from_json(const json& value) {
  const char* hint = "write the arguments as a Python tuple in a string: \"(5, 'oak')\"";
  Value result;
  if (value.is_boolean()) result.data = value.get<bool>();
  if (value.is_string()) result.data = value.get<std::string>();
  if (value.is_number_integer()) result = *parse_value(value.dump());
  if (value.is_number_float()) {
    const double number = value.get<double>();
    // Our JSON reader gives integers beyond 64 bits as floats, so such floats could be either.
    if (std::abs(number) >= 0x1p63) throw InputError(fmt::format("{} is too large for JSON", number), hint);
    result.data = number;
  }
  if (value.is_array()) {
    ListValue list;
    for (const json& item : value) list.items.push_back(value_from_json(item));
    result.data = std::move(list);
  }
  if (value.is_object()) {
    DictValue dict;
    for (const auto& [key, item] : value.items()) {
      auto& entry = dict.items.emplace_back();
      entry.first.data = key;
      entry.second = value_from_json(item);
    }
    result.data = std::move(dict);
  }
  return result;
}

std::vector<ReadInput> read_inputs_beside(const fs::path& python_file, const FunctionHead& head) {
  const fs::path base = python_file.parent_path() / python_file.stem();
  const fs::path inputs = base.string() + ".inputs.jsonl", executions = base.string() + ".io.jsonl";
  if (fs::exists(inputs) && fs::exists(executions)) {
    throw InputError(fmt::format("{}: there is {} too", inputs.string(), executions.filename().string()),
                     "keep one of them");
  }
  if (fs::exists(inputs)) return read_inputs(inputs, false, head);
  if (fs::exists(executions)) return read_inputs(executions, true, head);
  return {};
}

}  // namespace pbb

// JSON lines to inputs; every line is checked, since people write these files.
#include "programs/importers/inputs.h"

#include <fmt/format.h>

#include <algorithm>
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
  static const std::set<std::string> known = {"input", "output", "raises", "use", "trace"};
  for (const auto& [key, value] : line.items()) {
    if (!known.contains(key)) {
      throw InputError(fmt::format("unknown key {}", shown(json(key))),
                       "input, and output or raises; use and trace are a corpus's own");
    }
  }
  for (const json& argument : line["input"]) {
    input.arguments.push_back(literal(argument, "an argument in \"input\""));
  }
  input.expected = read_outcome(line);
  return input;
}

ReadInput read_bare_input(const json& line) {
  return {.place = {}, .arguments = read_input(line), .expected = {}};
}

std::vector<ReadInput> read_inputs(const fs::path& file, const InputFormat& format,
                                   const FunctionHead& head) {
  constexpr std::uintmax_t most = 64 << 20;
  std::error_code hidden;
  if (const auto size = fs::file_size(file, hidden); !hidden && size > most) {
    throw InputError(fmt::format("{}: {} bytes, expected at most {}", file.string(), size, most),
                     "a program needs tens of inputs: keep some of them");
  }
  std::vector<ReadInput> inputs;
  std::set<std::string> seen;
  read_json_lines(file, [&](const json& line, int number) {
    ReadInput input = format.read(line);
    check_argument_count(head, input.arguments.size());
    const std::string call = call_text(head.name, input.arguments);
    if (!seen.insert(call).second) throw InputError(fmt::format("{} is asked for twice", call));
    input.place = fmt::format("{}:{}", file.filename().string(), number);
    inputs.push_back(std::move(input));
  });
  if (inputs.empty()) {
    throw InputError(file.string() + ": no input in it",
                     "write one a line, or remove the file: inputs to try the program on are made up then");
  }
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

std::span<const InputFormat> input_formats() {
  static const std::vector<InputFormat> table = {{".inputs.jsonl", read_bare_input},
                                                 {".io.jsonl", read_execution}};
  return table;
}

const InputFormat* input_format_of(std::string_view file_name) {
  const auto found = std::ranges::find_if(
      input_formats(), [&](const InputFormat& format) { return file_name.ends_with(format.suffix); });
  return found == input_formats().end() ? nullptr : &*found;
}

std::vector<ReadInput> read_inputs_beside(const fs::path& program_file, const FunctionHead& head) {
  const std::string base = (program_file.parent_path() / program_file.stem()).string();
  std::optional<fs::path> found;
  for (const InputFormat& format : input_formats()) {
    const fs::path file = base + format.suffix;
    // A link that leads nowhere was meant to lead somewhere.
    if (fs::symlink_status(file).type() == fs::file_type::not_found) continue;
    if (found) {
      throw InputError(fmt::format("{}: there is {} too", found->string(), file.filename().string()),
                       "keep one of them");
    }
    found = file;
  }
  if (!found) return {};
  return read_inputs(*found, *input_format_of(found->filename().string()), head);
}

}  // namespace pbb

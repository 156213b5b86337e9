#include "programs/importers/json_examples.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/json_lines.h"
#include "programs/json_fields.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

NamedExample json_example(const std::string& place, const json& line) {
  NamedExample example{.place = place, .program = {}, .arguments = {}, .named = {}, .expected = {}};
  if (!line.is_object() || !line.contains("expected")) {
    throw InputError("an object with \"expected\" is expected",
                     R"(as in {"rule": "net_price", "price": 100, "expected": 80.0})");
  }
  for (const auto& [key, value] : line.items()) {
    if (key == "rule") {
      example.program = text_field(line, "rule");
    } else if (key == "call") {
      read_call(example, text_field(line, "call"));
    } else if (key == "input") {
      if (!value.is_array())
        throw InputError(fmt::format("\"input\" is {}, no list of arguments", shown(value)));
      example.arguments.emplace();
      for (const json& argument : value) example.arguments->push_back(value_from_json(argument));
    } else if (key == "expected") {
      example.expected = expected_outcome(value_from_json(value));
    } else {
      example.named.emplace_back(key, value_from_json(value));
    }
  }
  return example;
}

std::vector<NamedExample> read_json(const fs::path& file) {
  std::vector<NamedExample> examples;
  read_json_lines(file, [&](const json& line, int number) {
    examples.push_back(json_example(fmt::format("{}:{}", file.filename().string(), number), line));
  });
  return examples;
}

}  // namespace

ExampleFormat json_examples() {
  return {".jsonl", read_json};
}

}  // namespace pbb

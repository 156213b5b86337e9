// Inputs of a user's program, and where they are from: those that lie beside its file, NAME.inputs.jsonl or
// NAME.io.jsonl, are read here.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "programs/execute.h"
#include "programs/source_text.h"

namespace pbb {

enum class InputOrigin {
  beside,    // NAME.inputs.jsonl, NAME.io.jsonl
  example,   // a file of examples (examples.h)
  trial,     // made up, to find out what a program does that has none beside it
  boundary,  // made up, where the answer may change
  practice,  // made up, to be trained on
};

// An input with the place it was read at (empty of one that is made up), and the answer that the file
// promises, if it does.
struct ReadInput {
  std::string place;
  Input arguments;
  std::optional<Outcome> expected;
  InputOrigin origin = InputOrigin::beside;
};

// A JSON value as the Python value that json.loads gives. InputError for a number too large for JSON.
Value value_from_json(const nlohmann::json& value);

// What may lie beside a program NAME: files NAME.inputs.jsonl, or others that end in a suffix of their own.
struct InputFormat {
  std::string suffix;
  ReadInput (*read)(const nlohmann::json& line);  // all but its place
};
std::span<const InputFormat> input_formats();
const InputFormat* input_format_of(std::string_view file_name);  // null when it is none

// Those beside `program_file`; none where no such file is there. InputError naming file and line, or two such
// files.
std::vector<ReadInput> read_inputs_beside(const std::filesystem::path& program_file,
                                          const FunctionHead& head);

}  // namespace pbb

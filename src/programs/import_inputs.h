// The inputs that lie beside a user's file: NAME.inputs.jsonl or NAME.io.jsonl.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "programs/execute.h"
#include "programs/source_text.h"

namespace pbb {

// An input with the place it was read at, and the answer that the file promises, if it does.
struct ReadInput {
  std::string place;
  Input arguments;
  std::optional<Outcome> expected;
};

// Those of the program in `python_file`; none where neither file is there. InputError naming file and line.
std::vector<ReadInput> read_inputs_beside(const std::filesystem::path& python_file, const FunctionHead& head);

}  // namespace pbb

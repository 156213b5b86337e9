// JSON lines: one JSON value a line.
#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>

namespace pbb {

// Calls `visit(value, line)` for every non-empty line; a line that is not JSON is an InputError naming file
// and line. An InputError or json exception thrown by `visit` is rethrown as an InputError that names file
// and line.
void read_json_lines(const std::filesystem::path& file,
                     const std::function<void(const nlohmann::json&, int line)>& visit);
// The whole file as one JSON value; InputError naming file, line and column.
nlohmann::json read_json(const std::filesystem::path& file);

}  // namespace pbb

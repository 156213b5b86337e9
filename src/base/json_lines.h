// JSON lines: one JSON value a line.
#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace pbb {

// A nlohmann parse_error where json::parse has one, and where it would go on with what then goes wrong: at a
// NUL byte, which it takes for the end of the text, and at nesting too deep to be copied or written.
nlohmann::json parse_json(std::string_view text);

// Calls `visit(value, line)` for every non-empty line; a line that is not JSON is an InputError naming file
// and line. An InputError or json exception thrown by `visit` is rethrown as an InputError that names file
// and line.
void read_json_lines(const std::filesystem::path& file,
                     const std::function<void(const nlohmann::json&, int line)>& visit);
// The whole file as one JSON value; InputError naming file, line and column.
nlohmann::json read_json(const std::filesystem::path& file);

}  // namespace pbb

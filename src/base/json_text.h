// JSON as text that can always be written.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace pbb {

// As dump(indent), but bytes that are not UTF-8, which the names of files and arguments of commands may hold,
// are written as U+FFFD: dump() has an exception for them.
template <typename Json>  // json or ordered_json
std::string json_text(const Json& value, int indent = -1) {
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace pbb

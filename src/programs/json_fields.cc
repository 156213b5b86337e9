#include "programs/json_fields.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace pbb {

using nlohmann::json;

std::string shortened(const std::string& text) {
  constexpr std::size_t most = 200;
  if (text.size() <= most) return text;
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // no half characters
  return fmt::format("{}… ({} bytes)", text.substr(0, end), text.size());
}

std::string shown(const json& value) {
  return value.is_structured() ? fmt::format("an {}", value.type_name()) : shortened(value.dump());
}

const json& field(const json& object, const char* key) {
  if (!object.is_object()) throw InputError(fmt::format("expected an object, found {}", shown(object)));
  const auto found = object.find(key);
  if (found == object.end()) throw InputError(fmt::format("\"{}\" is missing", key));
  return *found;
}

const json& list_field(const json& object, const char* key) {
  const json& found = field(object, key);
  if (!found.is_array()) throw InputError(fmt::format("\"{}\" is {}, expected a list", key, shown(found)));
  return found;
}

std::string text_field(const json& object, const char* key) {
  const json& found = field(object, key);
  if (!found.is_string()) throw InputError(fmt::format("\"{}\" is {}, expected a string", key, shown(found)));
  return found.get<std::string>();
}

}  // namespace pbb

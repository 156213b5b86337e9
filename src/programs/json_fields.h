// Fields of JSON objects that people may have edited: InputError naming the field when it is not as expected.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace pbb {

const nlohmann::json& field(const nlohmann::json& object, const char* key);
const nlohmann::json& list_field(const nlohmann::json& object, const char* key);
std::string text_field(const nlohmann::json& object, const char* key);

// A value as messages show it: lists and objects, which may be of any size and depth, by their type alone.
// A long text is cut short.
std::string shown(const nlohmann::json& value);
std::string shortened(const std::string& text);

}  // namespace pbb

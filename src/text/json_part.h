// A value within a JSON file, which knows its place for messages.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"

namespace pbb {

class JsonPart {
 public:
  using json = nlohmann::json;

  JsonPart(const json& value, std::string place) : value_(&value), place_(std::move(place)) {}

  [[noreturn]] void fail(const std::string& problem, const std::string& hint = {}) const {
    throw InputError(fmt::format("{} {}", place_, problem), hint);
  }
  // The member `key`, or none where it is absent or null.
  std::optional<JsonPart> find(const std::string& key) const {
    if (!value_->is_object()) fail("is not an object");
    const auto found = value_->find(key);
    if (found == value_->end() || found->is_null()) return std::nullopt;
    return JsonPart(*found, place_ + "." + key);
  }
  JsonPart at(const std::string& key) const {
    auto part = find(key);
    if (!part) fail(fmt::format("has no {:?}", key));
    return *part;
  }
  std::string string() const {
    if (!value_->is_string()) fail("is not a string");
    return value_->get<std::string>();
  }
  bool boolean() const {
    if (!value_->is_boolean()) fail("is not true or false");
    return value_->get<bool>();
  }
  bool boolean(const std::string& key, bool otherwise) const {
    const auto part = find(key);
    return part ? part->boolean() : otherwise;
  }
  std::vector<JsonPart> list() const {
    if (!value_->is_array()) fail("is not a list");
    std::vector<JsonPart> parts;
    for (const json& item : *value_) parts.emplace_back(item, fmt::format("{}[{}]", place_, parts.size()));
    return parts;
  }
  const json& object() const {
    if (!value_->is_object()) fail("is not an object");
    return *value_;
  }
  const json& value() const { return *value_; }
  // A token's id, below `limit`.
  std::int32_t id(std::size_t limit) const { return checked_id(*value_, limit, ""); }
  std::int32_t checked_id(const json& number, std::size_t limit, const std::string& of) const {
    if (!number.is_number_unsigned() || number.get<std::uint64_t>() >= limit) {
      fail(fmt::format("{}is {}: the ids of {} tokens are 0 to {}", of, number.dump(), limit, limit - 1));
    }
    return number.get<std::int32_t>();
  }

 private:
  const json* value_;
  std::string place_;
};

}  // namespace pbb

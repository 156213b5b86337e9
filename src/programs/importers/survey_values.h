// The survey's values taken apart. Error when one is of another kind, which is a fault of ours.
#pragma once

#include "base/error.h"
#include "programs/importers/survey.h"

namespace pbb::survey_values {

template <typename T>
const T& as(const Value& value) {
  if (const T* found = std::get_if<T>(&value.data)) return *found;
  throw Error("the survey of a source gave " + to_python(value));
}

inline const std::vector<Value>& list(const Value& value) {
  return as<ListValue>(value).items;
}

inline int line_of(const Value& value) {
  return static_cast<int>(as<std::int64_t>(value));
}

// [line, text] or [line, text, hint]
inline Remark remark(const Value& value) {
  const auto& parts = list(value);
  return {line_of(parts.at(0)), as<std::string>(parts.at(1)),
          parts.size() > 2 ? as<std::string>(parts[2]) : std::string()};
}

inline std::optional<Remark> optional_remark(const Value& value) {
  return list(value).empty() ? std::nullopt : std::optional(remark(value));
}

}  // namespace pbb::survey_values

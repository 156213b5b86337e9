#include "examples/drill_parts.h"

#include <fmt/format.h>

namespace pbb {
namespace {

std::string_view text_of(bool value) {
  return value ? "True" : "False";
}

}  // namespace

DrillStep value_drill(std::string_view side, std::string_view expression, std::string_view result) {
  return {fmt::format("{}{} =", side, expression), fmt::format(" {}", result)};
}

DrillStep truth_drill(std::string_view question, bool value) {
  return {fmt::format("{} is", question), fmt::format(" {}", text_of(value))};
}

DrillStep joined_drill(std::string_view left, bool is_left, std::string_view word, std::string_view right,
                       bool is_right) {
  const bool value = word == "and" ? is_left && is_right : is_left || is_right;
  return {fmt::format("{} {} {}:", left, word, right),
          fmt::format(" {} {} {} is {}", text_of(is_left), word, text_of(is_right), text_of(value))};
}

}  // namespace pbb

// Options that a user may set. Each is listed once, beside the struct that holds it: its key, the values that
// it may take, and what it means. A list is a function template that hands every option to a visitor: the
// reader of a recipe, its writer, a check, a table of the documentation, the flags of a command.
//
//   template <typename Fields>
//   void list_options(Fields& fields, RulesOptions& options) {
//     fields("price", options.price, "rules of prices");
//     fields("max_conditions", options.max_conditions, Range{1, 5}, "conditions of a rule, at most");
//   }
//
// A visitor takes (key, std::string&, help), (key, bool&, help), (key, int&, double& or std::uint64_t&,
// Range, help), (key, std::string& or std::vector<std::string>&, Words, help) and (key, E&, choices of E,
// help).
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/error.h"

namespace pbb {

inline constexpr double no_limit = 9.2e18;  // below 2^63, as a double holds it

struct Range {
  double low = 0, high = no_limit;
  bool above_low = false;  // low itself is out of it

  bool holds(double value) const { return value >= low && value <= high && !(above_low && value == low); }
  std::string text() const {
    if (high >= no_limit) return fmt::format("{:g} or more", low);
    return above_low ? fmt::format("above {:g}, at most {:.10g}", low, high)
                     : fmt::format("{:g} to {:.10g}", low, high);
  }
};

using Words = std::span<const char* const>;  // the texts that an option may be

// One value of an enumeration, by the word that stands for it.
template <typename E>
struct Choice {
  E value;
  const char* name;
};

template <typename E>
std::string choice_name(std::span<const Choice<E>> choices, std::type_identity_t<E> value) {
  const auto found = std::ranges::find(choices, value, &Choice<E>::value);
  return found == choices.end() ? "" : found->name;
}

// None where no word of `choices` is `name`.
template <typename E>
std::optional<E> find_choice(std::span<const Choice<E>> choices, std::string_view name) {
  const auto found = std::ranges::find(choices, name, &Choice<E>::name);
  return found == choices.end() ? std::nullopt : std::optional(found->value);
}

// A visitor of options whose type only the running program knows; what it visits is listed for any other too.
class OptionVisitor {
 public:
  virtual ~OptionVisitor() = default;
  virtual void operator()(const char* key, std::string& value, const char* help) = 0;
  virtual void operator()(const char* key, bool& value, const char* help) = 0;
  virtual void operator()(const char* key, int& value, Range range, const char* help) = 0;
  virtual void operator()(const char* key, double& value, Range range, const char* help) = 0;
};

// Hands all of it to another visitor, which must outlive it.
template <typename Visitor>
class VisitorOf final : public OptionVisitor {
 public:
  explicit VisitorOf(Visitor& visitor) : visitor_(visitor) {}

  void operator()(const char* key, std::string& value, const char* help) override {
    visitor_(key, value, help);
  }
  void operator()(const char* key, bool& value, const char* help) override { visitor_(key, value, help); }
  void operator()(const char* key, int& value, Range range, const char* help) override {
    visitor_(key, value, range, help);
  }
  void operator()(const char* key, double& value, Range range, const char* help) override {
    visitor_(key, value, range, help);
  }

 private:
  Visitor& visitor_;
};

// Throws an InputError for the first option that is out of its range: "rules: max_conditions is 9, expected 1
// to 5".
class RangeCheck {
 public:
  explicit RangeCheck(std::string what) : what_(std::move(what)) {}

  template <typename T>
  requires std::is_arithmetic_v<T>
  void operator()(const char* key, T& value, Range range, const char*) const {
    if (range.holds(static_cast<double>(value))) return;
    throw InputError(fmt::format("{}: {} is {}, expected {}", what_, key, value, range.text()),
                     fmt::format("set {} to a value in that range", key));
  }
  template <typename... Rest>
  void operator()(const char*, Rest&&...) const {}  // these are checked when they are read

 private:
  std::string what_;
};

// Of every option that list_options lists. `what` names the options in the message.
template <typename Options>
void check_ranges(const std::string& what, Options options) {
  const RangeCheck check(what);
  list_options(check, options);
}

}  // namespace pbb

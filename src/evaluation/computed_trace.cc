#include "evaluation/computed_trace.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "evaluation/arithmetic_step.h"
#include "evaluation/expression.h"
#include "evaluation/steps.h"

namespace pbb {
namespace {

// Of what a loop goes through: as sandbox/tracing/loops.py has it.
constexpr std::size_t most_items_shown = 8;
constexpr std::int64_t largest_range = 1000;

bool is_truth(std::string_view text) {
  return text == "True" || text == "False";
}

// The part of a step after its last `separator`.
std::string_view last_part(std::string_view step, std::string_view separator) {
  const auto places = find_outside_quotes(step, separator);
  return places.empty() ? step : step.substr(places.back() + separator.size());
}

// The expression that a condition's step ends in: a stage before it ends in ": ", which parts a dict's items too.
template <typename Found>
std::optional<std::string> of_condition(std::string_view step, Found found) {
  if (step.starts_with("assert ")) step.remove_prefix(7);
  auto result = found(step);
  for (const std::size_t place : find_outside_quotes(step, ": ")) {
    if (!result) result = found(step.substr(place + 2));
  }
  return result;
}

bool has_digits_after_a_point(std::string_view text) {
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    const auto is_digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
    if (text[i] == '.' && is_digit(i - 1) && is_digit(i + 1)) return true;
  }
  return false;
}

std::optional<std::string> truth_text(std::string_view expression) {
  const auto value = compute(expression);
  if (!value || !std::holds_alternative<bool>(value->data)) return std::nullopt;
  return to_python(*value);
}

// The stages of a value, one after the other.
std::optional<std::string> stages_of_value(std::string_view expression) {
  auto stage = next_stage(expression);
  if (!stage) return std::nullopt;
  std::string text = *stage;
  while ((stage = next_stage(*stage))) text += " = " + *stage;
  return text;
}

// The stages after ":"; one that is a truth alone is said after " is".
std::optional<std::string> stages_of_condition(std::string_view expression) {
  auto stage = next_stage(expression);
  if (!stage || is_truth(*stage)) return std::nullopt;
  std::string text = *stage;
  while ((stage = next_stage(*stage))) text += (is_truth(*stage) ? " is " : ": ") + *stage;
  return text;
}

// What a range of few items goes through.
std::optional<std::string> items_of_range(std::string_view expression) {
  const auto tree = read_expression(expression);
  if (!tree || tree->kind != Expression::Kind::call || tree->symbol != "range") return std::nullopt;
  std::vector<std::int64_t> ends;
  for (const Expression& part : tree->parts) {
    const auto* end = std::get_if<std::int64_t>(&part.value.data);
    if (!part.is_value() || !end || std::abs(*end) > largest_range) return std::nullopt;
    ends.push_back(*end);
  }
  if (ends.size() == 1) ends.insert(ends.begin(), 0);
  if (ends.size() != 2) return std::nullopt;
  ListValue items;
  for (std::int64_t i = ends[0]; i < ends[1]; ++i) items.items.push_back({i});
  if (items.items.size() > most_items_shown) return std::nullopt;
  return to_python({std::move(items)});
}

// Of the head of a loop, "for i in range(2 - 1) =".
std::optional<std::string> stages_of_loop(std::string_view head) {
  const auto places = find_outside_quotes(head, " in ");
  if (places.empty()) return std::nullopt;
  const std::string_view last = last_part(head.substr(places.front() + 4), " = ");
  const auto stages = stages_of_value(last);
  const auto items = items_of_range(stages ? last_part(*stages, " = ") : last);
  if (!stages) return items;
  return items ? *stages + " = " + *items : *stages;
}

std::optional<std::string> result_of(std::string_view step) {
  if (step.ends_with(" =")) {
    step.remove_suffix(2);
    if (step.starts_with("for ")) return stages_of_loop(step);
    for (const std::string_view word : {"return ", "match "}) {
      if (step.starts_with(word)) step.remove_prefix(word.size());
    }
    return stages_of_value(last_part(step, " = "));
  }
  if (step.ends_with(" is")) return of_condition(step.substr(0, step.size() - 3), truth_text);
  if (step.ends_with(':')) return of_condition(step.substr(0, step.size() - 1), stages_of_condition);
  return std::nullopt;
}

// Whether the last step returns from the function that was asked about, not from one that it calls.
bool returns_at_last(const std::vector<std::string_view>& steps) {
  if (steps.empty() || !steps.back().starts_with("return ")) return false;
  const auto begins = [&](std::string_view word) {
    return std::ranges::count_if(steps.begin(), steps.end() - 1,
                                 [&](std::string_view step) { return step.starts_with(word); });
  };
  return begins("call ") <= begins("return ");
}

}  // namespace

std::optional<std::string> computed_result(std::string_view trace) {
  const auto steps = split_steps(trace);
  if (steps.empty() || trace.ends_with(' ')) return std::nullopt;
  // Steps show a Decimal by its digits, which read as a float and are calculated otherwise.
  const bool may_be_decimal = trace.find("Decimal(") != std::string_view::npos;
  if (may_be_decimal && has_digits_after_a_point(steps.back())) return std::nullopt;
  auto result = result_of(steps.back());
  if (result && may_be_decimal && has_digits_after_a_point(*result)) return std::nullopt;
  return result;
}

std::string_view mark_after(std::string_view trace) {
  const auto steps = split_steps(trace);
  if (steps.empty()) return "";
  const std::string_view step = steps.back();
  if (step.ends_with(" is True") || step.ends_with(" is False")) return ";";
  const auto value = read_expression(last_part(step, " = "));
  if (!value || !value->is_value() || returns_at_last(steps)) return "";
  return step.starts_with("for ") && !step.ends_with("[]") ? ":" : ";";
}

bool ends_in_computed_return(std::string_view trace) {
  const auto steps = split_steps(trace);
  if (!returns_at_last(steps)) return false;
  const auto places = find_outside_quotes(steps.back(), " = ");
  if (places.empty()) return false;
  const std::string_view value = steps.back().substr(places.back() + 3);
  return computed_result(trace.substr(0, trace.size() - value.size() - 1)) == value;
}

}  // namespace pbb

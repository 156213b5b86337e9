#include "evaluation/computed_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "evaluation/arithmetic_step.h"
#include "evaluation/expression.h"
#include "evaluation/operators.h"
#include "evaluation/steps.h"

namespace pbb {
namespace {

// Of what a loop goes through: as sandbox/tracing/loops.py has it.
constexpr std::size_t most_items_shown = 8, most_characters_shown = 100;
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
  for (const std::string_view word : {"assert ", "case "}) {
    if (step.starts_with(word)) step.remove_prefix(word.size());
  }
  auto result = found(step);
  for (const std::size_t place : find_outside_quotes(step, ": ")) {
    if (!result) result = found(step.substr(place + 2));
  }
  return result;
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

// The numbers of a range that is not long.
std::optional<std::vector<Value>> numbers_of_range(const std::vector<Expression>& parts) {
  std::vector<std::int64_t> ends;
  for (const Expression& part : parts) {
    const auto* end = as<std::int64_t>(part.value);
    if (!part.is_value() || !end || std::abs(*end) > largest_range) return std::nullopt;
    ends.push_back(*end);
  }
  if (ends.size() == 1) ends.insert(ends.begin(), 0);
  if (ends.size() != 2) return std::nullopt;
  std::vector<Value> numbers;
  for (std::int64_t i = ends[0]; i < ends[1]; ++i) numbers.push_back({i});
  return numbers;
}

Value pair_of(Value first, Value second) {
  TupleValue pair;
  pair.items.push_back(std::move(first));
  pair.items.push_back(std::move(second));
  return {std::move(pair)};
}

// What enumerate(list), enumerate(list, start) and zip(list, list) go through.
std::optional<std::vector<Value>> pairs_of(std::string_view function, const std::vector<Expression>& parts) {
  if (parts.empty() || parts.size() > 2 || !std::ranges::all_of(parts, &Expression::is_value))
    return std::nullopt;
  const auto* items = items_in(parts[0].value);
  if (!items) return std::nullopt;
  std::vector<Value> pairs;
  if (function == "zip") {
    const auto* others = parts.size() == 2 ? items_in(parts[1].value) : nullptr;
    if (!others) return std::nullopt;
    for (std::size_t i = 0; i < std::min(items->size(), others->size()); ++i)
      pairs.push_back(pair_of((*items)[i], (*others)[i]));
    return pairs;
  }
  const auto start = parts.size() == 2 ? integer_in(parts[1].value) : std::optional<std::int64_t>(0);
  if (!start || std::abs(*start) > largest_range) return std::nullopt;
  for (std::size_t i = 0; i < items->size(); ++i)
    pairs.push_back(pair_of({*start + static_cast<std::int64_t>(i)}, (*items)[i]));
  return pairs;
}

// What a loop over an expression goes through, where that can be shown whole.
std::optional<std::string> items_of_loop(std::string_view expression) {
  const auto tree = read_expression(expression);
  if (!tree) return std::nullopt;
  std::optional<std::vector<Value>> items;
  if (tree->kind == Expression::Kind::call) {
    if (tree->symbol == "range") items = numbers_of_range(tree->parts);
    if (tree->symbol == "enumerate" || tree->symbol == "zip") items = pairs_of(tree->symbol, tree->parts);
  }
  if (tree->kind == Expression::Kind::method && tree->symbol == "items" && tree->parts.size() == 1) {
    const auto* dict = as<DictValue>(tree->parts[0].value);
    if (!dict) return std::nullopt;
    items.emplace();
    for (const auto& [key, value] : dict->items) items->push_back(pair_of(key, value));
  }
  if (!items || items->size() > most_items_shown) return std::nullopt;
  std::size_t characters = 0;
  for (const Value& item : *items) characters += to_python(item).size();
  if (items->size() > 1 && characters > most_characters_shown) return std::nullopt;
  return to_python({ListValue{std::move(*items)}});
}

// Of the head of a loop, "for i in range(2 - 1) =".
std::optional<std::string> stages_of_loop(std::string_view head) {
  const auto places = find_outside_quotes(head, " in ");
  if (places.empty()) return std::nullopt;
  const std::string_view last = last_part(head.substr(places.front() + 4), " = ");
  const auto stages = stages_of_value(last);
  const auto items = items_of_loop(stages ? last_part(*stages, " = ") : last);
  if (!stages) return items;
  return items ? *stages + " = " + *items : *stages;
}

// "day, worked" of "for day, worked in" and of what may follow; empty where a head has not come so far.
std::string target_of(std::string_view head) {
  constexpr std::string_view word = "for ";
  const auto places = find_outside_quotes(fmt::format("{} ", head), " in ");
  return places.empty() ? "" : std::string(head.substr(word.size(), places.front() - word.size()));
}

// Whether what a loop gives its target may go on behind `step` without its head: what a call does is not looked into,
// and a loop that was left begins anew.
bool leaves_loops(std::string_view step) {
  return step == "break" || step.starts_with("call ") || step.starts_with("return ");
}

// "1, 8" for the target "day, worked" of an item (1, 8).
std::string given_to(std::string_view target, const Value& item) {
  std::string text = to_python(item);
  return target.find(", ") == std::string_view::npos ? text : text.substr(1, text.size() - 2);
}

// Behind the head of a loop under way, "for i in": what is left of what the last head had, and the item that is next.
std::optional<std::string> rest_of_loop(const std::vector<std::string_view>& steps) {
  const std::string head = fmt::format("{} ", steps.back());
  const std::string target = target_of(steps.back()), given = fmt::format(": {} = ", target);
  for (std::size_t i = steps.size() - 1; i-- > 0 && !leaves_loops(steps[i]);) {
    if (!steps[i].starts_with(head)) continue;
    const auto places = find_outside_quotes(steps[i], given);
    if (places.empty()) return std::nullopt;  // it ended there
    const std::string_view shown = steps[i].substr(head.size(), places.front() - head.size());
    const auto value = parse_value(last_part(shown, " = "));
    const auto* items = value ? as<ListValue>(*value) : nullptr;
    if (!items || items->items.empty()) return std::nullopt;
    const ListValue left{{items->items.begin() + 1, items->items.end()}};
    if (left.items.empty()) return "[]";
    return to_python({left}) + given + given_to(target, left.items.front());
  }
  return std::nullopt;
}

std::optional<std::string> result_of(const std::vector<std::string_view>& steps) {
  std::string_view step = steps.back();
  if (step.starts_with("for ") && step.ends_with(" in")) return rest_of_loop(steps);
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
  return result_of(steps);
}

std::string_view mark_after(std::string_view trace) {
  const auto steps = split_steps(trace);
  if (steps.empty()) return "";
  const std::string_view step = steps.back();
  if (step.ends_with(" is True") || step.ends_with(" is False")) return ";";
  const auto value = read_expression(last_part(step, " = "));
  const bool is_head = step.starts_with("for ");
  if (is_head && step.ends_with(" []")) return ";";
  if (!value || !value->is_value() || returns_at_last(steps)) return "";
  if (!is_head) return ";";
  const bool has_item = !find_outside_quotes(step, fmt::format(": {} = ", target_of(step))).empty();
  return has_item ? ";" : ":";
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

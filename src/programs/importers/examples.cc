#include "programs/importers/examples.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "programs/importers/csv_examples.h"
#include "programs/importers/json_examples.h"
#include "programs/source_text.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

bool same(const Value& truth, const Value& expected);

const std::vector<Value>* items_of(const Value& value) {
  if (const auto* list = std::get_if<ListValue>(&value.data)) return &list->items;
  if (const auto* tuple = std::get_if<TupleValue>(&value.data)) return &tuple->items;
  return nullptr;
}

std::optional<double> number_of(const Value& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value.data)) return static_cast<double>(*whole);
  if (const auto* number = std::get_if<double>(&value.data)) return *number;
  return std::nullopt;
}

bool same_dict(const DictValue& truth, const DictValue& expected) {
  return truth.items.size() == expected.items.size() &&
         std::ranges::all_of(expected.items, [&](const auto& entry) {
           return std::ranges::any_of(truth.items, [&](const auto& own) {
             return same(own.first, entry.first) && same(own.second, entry.second);
           });
         });
}

bool same(const Value& truth, const Value& expected) {
  if (truth == expected) return true;
  const auto a = number_of(truth), b = number_of(expected);
  if (a && b) {
    if (std::holds_alternative<std::int64_t>(truth.data) &&
        std::holds_alternative<std::int64_t>(expected.data))
      return false;
    return std::abs(*a - *b) <= 1e-9 * std::max({1.0, std::abs(*a), std::abs(*b)});
  }
  const auto *left = items_of(truth), *right = items_of(expected);
  if (left && right) return std::ranges::equal(*left, *right, same);
  const auto *dict = std::get_if<DictValue>(&truth.data), *other = std::get_if<DictValue>(&expected.data);
  return dict && other && same_dict(*dict, *other);
}

}  // namespace

std::string_view trimmed_cell(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

Outcome expected_outcome(Value value) {
  if (const auto* text = std::get_if<std::string>(&value.data)) {
    constexpr std::string_view raises = "raises ";
    if (text->starts_with(raises) &&
        is_identifier(trimmed_cell(std::string_view(*text).substr(raises.size()))))
      return Raised{std::string(trimmed_cell(std::string_view(*text).substr(raises.size()))), {}};
  }
  return value;
}

void read_call(NamedExample& example, std::string_view text) {
  const auto open = text.find('(');
  const auto close = text.find_last_not_of(" \t");
  if (open != std::string_view::npos && open > 0 && text[close] == ')') {
    const auto arguments = parse_value(fmt::format("[{}]", text.substr(open + 1, close - open - 1)));
    if (arguments) {
      example.program = trimmed_cell(text.substr(0, open));
      example.arguments = std::get<ListValue>(arguments->data).items;
      return;
    }
  }
  throw InputError(fmt::format("{}: '{}' is not a call with Python literals", example.place, text),
                   "as in net_price(100, 'A1')");
}

std::span<const ExampleFormat> example_formats() {
  static const std::vector<ExampleFormat> table = {csv_examples(), json_examples()};
  return table;
}

std::vector<NamedExample> read_examples(const fs::path& file) {
  std::string known;
  for (const ExampleFormat& format : example_formats()) {
    if (file.extension() == format.extension) return format.read(file);
    known += (known.empty() ? "a " : " or a ") + format.extension;
  }
  throw InputError(fmt::format("{}: examples are {} file", file.string(), known), example_columns_hint);
}

ReadInput example_input(const NamedExample& example, const Survey& survey) {
  const FunctionHead& head = survey.head;
  const std::string takes = fmt::format("{} takes {}", head.name, fmt::join(head.parameters, ", "));
  const auto refuse = [&](const std::string& what) { throw InputError(example.place + ": " + what, takes); };
  ReadInput input{
      .place = example.place, .arguments = {}, .expected = example.expected, .origin = InputOrigin::example};
  if (example.arguments) {
    input.arguments = *example.arguments;
    const std::size_t given = input.arguments.size();
    if (given < head.required || (given > head.parameters.size() && !head.any_number))
      refuse(fmt::format("{} arguments", given));
    return input;
  }
  for (const auto& [name, value] : example.named) {
    if (std::ranges::find(head.parameters, name) == head.parameters.end())
      refuse(fmt::format("{} has no parameter '{}'", head.name, name));
  }
  std::size_t left_out = 0;  // parameters before this one that were not given
  for (std::size_t at = 0; at < head.parameters.size(); ++at) {
    const auto given =
        std::ranges::find(example.named, head.parameters[at], &std::pair<std::string, Value>::first);
    if (given == example.named.end()) {
      if (at < head.required) refuse(fmt::format("no value for '{}'", head.parameters[at]));
      ++left_out;
      continue;
    }
    for (; left_out > 0; --left_out) {  // defaults stand in
      const auto& known = survey.defaults[at - left_out - head.required];
      if (!known) refuse(fmt::format("no value for '{}'", head.parameters[at - left_out]));
      input.arguments.push_back(*known);
    }
    input.arguments.push_back(given->second);
  }
  return input;
}

bool agrees(const Outcome& truth, const Outcome& expected) {
  const auto *value = std::get_if<Value>(&truth), *other = std::get_if<Value>(&expected);
  return value && other ? same(*value, *other) : same_answer(truth, expected);
}

}  // namespace pbb

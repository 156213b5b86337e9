#include "programs/import_examples.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/json_lines.h"
#include "programs/json_fields.h"
#include "programs/source_text.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* columns_hint =
    "its columns are rule, one for each parameter by its name, and expected; or call and expected";

Value text_value(std::string text) {
  Value value;
  value.data = std::move(text);
  return value;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

Value cell_value(std::string_view cell) {
  const std::string_view text = trimmed(cell);
  Value value;
  if (text == "TRUE" || text == "FALSE") {  // as spreadsheets write them
    value.data = text == "TRUE";
    return value;
  }
  if (auto literal = parse_value(text)) return *literal;
  return text_value(std::string(text));
}

// "raises ValueError" is an exception, all else is a value.
Outcome expected_outcome(Value value) {
  if (const auto* text = std::get_if<std::string>(&value.data)) {
    constexpr std::string_view raises = "raises ";
    if (text->starts_with(raises) && is_identifier(trimmed(std::string_view(*text).substr(raises.size()))))
      return Raised{std::string(trimmed(std::string_view(*text).substr(raises.size()))), {}};
  }
  return value;
}

void read_call(NamedExample& example, std::string_view text) {
  const auto open = text.find('(');
  const auto close = text.find_last_not_of(" \t");
  if (open != std::string_view::npos && open > 0 && text[close] == ')') {
    const auto arguments = parse_value(fmt::format("[{}]", text.substr(open + 1, close - open - 1)));
    if (arguments) {
      example.program = trimmed(text.substr(0, open));
      example.arguments = std::get<ListValue>(arguments->data).items;
      return;
    }
  }
  throw InputError(fmt::format("{}: '{}' is not a call with Python literals", example.place, text),
                   "as in net_price(100, 'A1')");
}

NamedExample csv_example(const std::string& place, const std::vector<std::string>& header,
                         const std::vector<std::string>& cells) {
  NamedExample example{.place = place, .program = {}, .arguments = {}, .named = {}, .expected = {}};
  if (cells.size() > header.size()) {
    throw InputError(
        fmt::format("{}: {} fields, but there are {} columns", place, cells.size(), header.size()),
        "put a field that holds a separator into double quotes");
  }
  bool has_answer = false;
  for (std::size_t at = 0; at < cells.size(); ++at) {
    const std::string_view cell = trimmed(cells[at]);
    if (cell.empty()) continue;
    if (header[at] == "rule") {
      example.program = cell;
    } else if (header[at] == "call") {
      read_call(example, cell);
    } else if (header[at] == "expected") {
      example.expected = expected_outcome(cell_value(cell));
      has_answer = true;
    } else {
      example.named.emplace_back(header[at], cell_value(cell));
    }
  }
  if (!has_answer) {
    throw InputError(fmt::format("{}: no answer in the column expected", place),
                     "write '' for an empty text, None for none, raises ValueError for an exception");
  }
  return example;
}

char separator_of(std::string_view text) {
  const std::string_view header = text.substr(0, text.find('\n'));
  for (const char separator : {',', ';', '\t'}) {
    if (header.find(separator) != std::string_view::npos) return separator;
  }
  return ',';
}

std::vector<NamedExample> read_csv(const fs::path& file) {
  std::string text = read_file(file);
  if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);
  check_source_text(file, text);
  std::vector<std::pair<int, std::vector<std::string>>> rows;
  try {
    rows = parse_csv(text, separator_of(text));
  } catch (const InputError& error) {
    throw InputError(fmt::format("{}:{}", file.string(), error.what()), error.hint());
  }
  const std::string name = file.filename().string();
  if (rows.empty()) throw InputError(file.string() + ": nothing in it", columns_hint);
  std::vector<std::string> header;
  for (const std::string& cell : rows[0].second) header.emplace_back(trimmed(cell));
  if (std::ranges::count(header, "expected") == 0) {
    throw InputError(fmt::format("{}:1: no column is called expected", file.string()), columns_hint);
  }
  std::vector<NamedExample> examples;
  for (std::size_t i = 1; i < rows.size(); ++i)
    examples.push_back(csv_example(fmt::format("{}:{}", name, rows[i].first), header, rows[i].second));
  return examples;
}

NamedExample json_example(const std::string& place, const json& line) {
  NamedExample example{.place = place, .program = {}, .arguments = {}, .named = {}, .expected = {}};
  if (!line.is_object() || !line.contains("expected")) {
    throw InputError("an object with \"expected\" is expected",
                     R"(as in {"rule": "net_price", "price": 100, "expected": 80.0})");
  }
  for (const auto& [key, value] : line.items()) {
    if (key == "rule") {
      example.program = text_field(line, "rule");
    } else if (key == "call") {
      read_call(example, text_field(line, "call"));
    } else if (key == "input") {
      if (!value.is_array())
        throw InputError(fmt::format("\"input\" is {}, no list of arguments", shown(value)));
      example.arguments.emplace();
      for (const json& argument : value) example.arguments->push_back(value_from_json(argument));
    } else if (key == "expected") {
      example.expected = expected_outcome(value_from_json(value));
    } else {
      example.named.emplace_back(key, value_from_json(value));
    }
  }
  return example;
}

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

std::vector<std::pair<int, std::vector<std::string>>> parse_csv(std::string_view text, char separator) {
  std::vector<std::pair<int, std::vector<std::string>>> rows;
  std::vector<std::string> cells(1);
  int line = 1, row_line = 1, quote_line = 0;  // quote_line: where a quoted field began; 0: outside of one
  const auto end_row = [&] {
    if (cells.size() > 1 || !trimmed(cells[0]).empty()) rows.emplace_back(row_line, std::move(cells));
    cells.assign(1, {});
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char letter = text[at];
    if (letter == '\n') ++line;
    if (quote_line > 0) {
      if (letter != '"') {
        cells.back() += letter;
      } else if (at + 1 < text.size() && text[at + 1] == '"') {
        cells.back() += text[++at];
      } else {
        quote_line = 0;
      }
    } else if (letter == '"' && trimmed(cells.back()).empty()) {
      cells.back().clear();
      quote_line = line;
    } else if (letter == separator) {
      cells.emplace_back();
    } else if (letter == '\n') {
      end_row();
      row_line = line;
    } else if (letter != '\r') {
      cells.back() += letter;
    }
  }
  if (quote_line > 0) throw InputError(fmt::format("{}: a quote is never closed", quote_line));
  end_row();
  return rows;
}

std::vector<NamedExample> read_examples(const fs::path& file) {
  if (file.extension() == ".csv") return read_csv(file);
  if (file.extension() != ".jsonl") {
    throw InputError(file.string() + ": examples are a .csv or a .jsonl file", columns_hint);
  }
  std::vector<NamedExample> examples;
  read_json_lines(file, [&](const json& line, int number) {
    examples.push_back(json_example(fmt::format("{}:{}", file.filename().string(), number), line));
  });
  return examples;
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

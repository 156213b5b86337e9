#include "programs/importers/csv_examples.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "programs/source_text.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

Value text_value(std::string text) {
  Value value;
  value.data = std::move(text);
  return value;
}

Value cell_value(std::string_view cell) {
  const std::string_view text = trimmed_cell(cell);
  Value value;
  if (text == "TRUE" || text == "FALSE") {  // as spreadsheets write them
    value.data = text == "TRUE";
    return value;
  }
  if (auto literal = parse_value(text)) return *literal;
  return text_value(std::string(text));
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
    const std::string_view cell = trimmed_cell(cells[at]);
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
  if (rows.empty()) throw InputError(file.string() + ": nothing in it", example_columns_hint);
  std::vector<std::string> header;
  for (const std::string& cell : rows[0].second) header.emplace_back(trimmed_cell(cell));
  if (std::ranges::count(header, "expected") == 0) {
    throw InputError(fmt::format("{}:1: no column is called expected", file.string()), example_columns_hint);
  }
  std::vector<NamedExample> examples;
  for (std::size_t i = 1; i < rows.size(); ++i)
    examples.push_back(csv_example(fmt::format("{}:{}", name, rows[i].first), header, rows[i].second));
  return examples;
}

}  // namespace

ExampleFormat csv_examples() {
  return {".csv", read_csv};
}

std::vector<std::pair<int, std::vector<std::string>>> parse_csv(std::string_view text, char separator) {
  std::vector<std::pair<int, std::vector<std::string>>> rows;
  std::vector<std::string> cells(1);
  int line = 1, row_line = 1, quote_line = 0;  // quote_line: where a quoted field began; 0: outside of one
  const auto end_row = [&] {
    if (cells.size() > 1 || !trimmed_cell(cells[0]).empty()) rows.emplace_back(row_line, std::move(cells));
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
    } else if (letter == '"' && trimmed_cell(cells.back()).empty()) {
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

}  // namespace pbb

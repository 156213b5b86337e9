#include "recipe/recipe_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <string_view>

#include "base/error.h"

namespace pbb {
namespace {

int edit_distance(std::string_view a, std::string_view b) {
  std::vector<int> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    int diagonal = row[0];
    row[0] = static_cast<int>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int substituted = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row.back();
}

std::string quoted(const std::string& text) {
  std::ostringstream out;
  out << toml::value<std::string>(text);
  return out.str();
}

}  // namespace

std::string place(const std::filesystem::path& file, const toml::node& node) {
  const auto line = node.source().begin.line;
  return line > 0 ? fmt::format("{}:{}", file.string(), line) : fmt::format("{} (override)", file.string());
}

template <typename T>
bool TableReader::take(const char* key, T& value, const char* wanted) {
  known_.insert(key);
  const toml::node* node = table_.get(key);
  if (!node) return false;
  const bool fits = std::is_same_v<T, double> ? node->is_number() : node->is<T>();
  if (!fits) wrong_type(key, *node, wanted);
  if constexpr (std::is_same_v<T, double>) {
    // node->value<double>() gives nothing for an integer that a double does not hold to the unit.
    if (const auto* whole = node->as_integer()) {
      value = static_cast<double>(whole->get());
      return true;
    }
  }
  value = *node->value<T>();
  return true;
}

void TableReader::wrong_type(const char* key, const toml::node& node, const char* wanted) const {
  std::ostringstream text;
  node.visit([&](const auto& typed) { text << typed; });
  throw InputError(
      fmt::format("{}: {}{} = {} is not {}", place(file_, node), path_, key, text.str(), wanted));
}

void TableReader::check(const char* key, double value, Range range) const {
  if (value >= range.low && value <= range.high && !(range.above_low && value == range.low)) return;
  throw InputError(
      fmt::format("{}: {}{} = {} is out of range", place(file_, *table_.get(key)), path_, key, value),
      range.above_low ? fmt::format("above {}, at most {}", range.low, range.high)
                      : fmt::format("between {} and {}", range.low, range.high));
}

void TableReader::operator()(const char* key, std::string& value) {
  take(key, value, "a string");
}

void TableReader::operator()(const char* key, bool& value) {
  take(key, value, "true or false");
}

void TableReader::operator()(const char* key, double& value, Range range) {
  if (take(key, value, "a number")) check(key, value, range);
}

void TableReader::operator()(const char* key, int& value, Range range) {
  std::int64_t wide = value;
  if (!take(key, wide, "a whole number")) return;
  check(key, static_cast<double>(wide), range);
  value = static_cast<int>(wide);
}

void TableReader::operator()(const char* key, std::uint64_t& value) {
  std::int64_t wide = static_cast<std::int64_t>(value);
  if (!take(key, wide, "a whole number")) return;
  check(key, static_cast<double>(wide), Range{0, 9.2e18});
  value = static_cast<std::uint64_t>(wide);
}

void TableReader::operator()(const char* key, Recompute& value) {
  std::string name;
  if (!take(key, name, "a string")) return;
  if (name != "none" && name != "layers") wrong_type(key, *table_.get(key), "\"none\" or \"layers\"");
  value = name == "layers" ? Recompute::layers : Recompute::none;
}

void TableReader::operator()(const char* key, std::vector<std::string>& values) {
  known_.insert(key);
  const toml::node* node = table_.get(key);
  if (!node) return;
  if (!node->is_array()) wrong_type(key, *node, "a list of strings");
  values.clear();
  for (const toml::node& item : *node->as_array()) {
    if (!item.is_string()) wrong_type(key, item, "a list of strings");
    values.push_back(item.as_string()->get());
  }
}

const toml::table& TableReader::table(const char* key) {
  static const toml::table nothing;
  known_.insert(key);
  const toml::node* node = table_.get(key);
  if (!node) return nothing;
  if (!node->is_table()) wrong_type(key, *node, "a table");
  return *node->as_table();
}

void TableReader::finish() const {
  for (const auto& [key, node] : table_) {
    const std::string name(key.str());
    if (known_.contains(name)) continue;
    const auto nearest = std::min_element(known_.begin(), known_.end(), [&](const auto& a, const auto& b) {
      return edit_distance(name, a) < edit_distance(name, b);
    });
    throw InputError(fmt::format("{}: unknown key '{}{}'", place(file_, node), path_, name),
                     fmt::format("did you mean '{}{}'?", path_, *nearest));
  }
}

void TableWriter::operator()(const char* key, const std::string& value) {
  line(key, quoted(value));
}

void TableWriter::operator()(const char* key, bool value) {
  line(key, value ? "true" : "false");
}

void TableWriter::operator()(const char* key, double value, Range) {
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  line(key, text);
}

void TableWriter::operator()(const char* key, int value, Range) {
  line(key, fmt::format("{}", value));
}

void TableWriter::operator()(const char* key, std::uint64_t value) {
  line(key, fmt::format("{}", value));
}

void TableWriter::operator()(const char* key, Recompute value) {
  line(key, quoted(value == Recompute::layers ? "layers" : "none"));
}

void TableWriter::operator()(const char* key, const std::vector<std::string>& values) {
  std::string text;
  for (const auto& value : values) text += (text.empty() ? "" : ", ") + quoted(value);
  line(key, "[" + text + "]");
}

void TableWriter::line(const char* key, const std::string& value) {
  out_ += fmt::format("{} = {}\n", key, value);
}

}  // namespace pbb

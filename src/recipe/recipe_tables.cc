#include "recipe/recipe_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <sstream>
#include <string_view>

#include "base/error.h"
#include "programs/utf8.h"
#include "recipe/recipe.h"

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

// What is written is read again, and TOML is UTF-8; a path need not be.
std::string written(const char* key, const std::string& value) {
  if (end_of_utf8(value) == value.size()) return quoted(value);
  throw InputError(fmt::format("{} = '{}': not text in UTF-8", key, value),
                   "give the file or folder another name, or put it elsewhere");
}

}  // namespace

std::string place(const std::filesystem::path& file, const toml::node& node) {
  const auto line = node.source().begin.line;
  return line > 0 ? fmt::format("{}:{}", file.string(), line) : fmt::format("{} (override)", file.string());
}

void check_name(const std::string& at, const std::string& key, const std::string& name, Taken& taken) {
  const std::string hint = fmt::format("{}, each name once", plain_name_hint);
  if (!is_plain_name(name)) {
    throw InputError(fmt::format("{}: {} = '{}' is not plain", at, key, name), hint);
  }
  const auto [owner, is_free] = taken.emplace(name, key);
  if (!is_free) {
    throw InputError(fmt::format("{}: {} = '{}' is taken: {}", at, key, name, owner->second), hint);
  }
}

const toml::array* list_of_tables(const std::filesystem::path& file, const toml::table& root,
                                  const char* key) {
  const toml::node* node = root.get(key);
  if (!node) return nullptr;
  const toml::array* items = node->as_array();
  if (!items || !(items->empty() || items->is_array_of_tables())) {
    throw InputError(fmt::format("{}: {} is not a list of tables", place(file, *node), key),
                     fmt::format("write [[{}]]", key));
  }
  return items;
}

std::string item_name(const toml::table& item, std::size_t index) {
  return item["name"].value_or(std::to_string(index + 1));
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

void TableReader::unknown_word(const char* key, const std::string& word, Words words) const {
  std::string known;
  for (const char* each : words) known += fmt::format("{}{}", known.empty() ? "" : ", ", each);
  const toml::node* node = table_.get(key);
  throw InputError(fmt::format("{}: {}{} = '{}' is not known", node ? place(file_, *node) : file_.string(),
                               path_, key, word),
                   known);
}

void TableReader::check(const char* key, double value, Range range) const {
  if (range.holds(value)) return;
  throw InputError(
      fmt::format("{}: {}{} = {} is out of range", place(file_, *table_.get(key)), path_, key, value),
      range.text());
}

void TableReader::operator()(const char* key, std::string& value, const char*) {
  take(key, value, "a string");
}

void TableReader::operator()(const char* key, std::string& value, Words words, const char*) {
  if (!take(key, value, "a string")) return;
  if (std::ranges::find(words, value) == words.end()) unknown_word(key, value, words);
}

void TableReader::operator()(const char* key, std::vector<std::string>& values, Words words, const char*) {
  std::vector<std::string> given;
  if (!take_list(key, given)) return;
  for (const std::string& value : given) {
    if (std::ranges::find(words, value) == words.end()) unknown_word(key, value, words);
  }
  values = std::move(given);
}

void TableReader::operator()(const char* key, std::vector<std::string>& values, const char*) {
  std::vector<std::string> given;
  if (take_list(key, given)) values = std::move(given);
}

void TableReader::operator()(const char* key, bool& value, const char*) {
  take(key, value, "true or false");
}

void TableReader::operator()(const char* key, double& value, Range range, const char*) {
  if (take(key, value, "a number")) check(key, value, range);
}

void TableReader::operator()(const char* key, int& value, Range range, const char*) {
  std::int64_t wide = value;
  if (!take(key, wide, "a whole number")) return;
  range.high = std::min(range.high, static_cast<double>(std::numeric_limits<int>::max()));
  check(key, static_cast<double>(wide), range);
  value = static_cast<int>(wide);
}

void TableReader::operator()(const char* key, std::uint64_t& value, Range range, const char*) {
  std::int64_t wide = static_cast<std::int64_t>(value);
  if (!take(key, wide, "a whole number")) return;
  check(key, static_cast<double>(wide), range);
  value = static_cast<std::uint64_t>(wide);
}

bool TableReader::take_list(const char* key, std::vector<std::string>& values) {
  known_.insert(key);
  const toml::node* node = table_.get(key);
  if (!node) return false;
  if (!node->is_array()) wrong_type(key, *node, "a list of strings");
  for (const toml::node& item : *node->as_array()) {
    if (!item.is_string()) wrong_type(key, item, "a list of strings");
    const std::string& text = item.as_string()->get();
    if (std::ranges::find(values, text) != values.end()) {
      throw InputError(fmt::format("{}: {}{} names '{}' twice", place(file_, item), path_, key, text),
                       "name each once");
    }
    values.push_back(text);
  }
  return true;
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

void TableWriter::operator()(const char* key, const std::string& value, const char*) {
  line(key, written(key, value));
}

void TableWriter::operator()(const char* key, const std::string& value, Words, const char*) {
  line(key, written(key, value));
}

void TableWriter::operator()(const char* key, const std::vector<std::string>& values, Words, const char*) {
  list(key, values);
}

void TableWriter::operator()(const char* key, const std::vector<std::string>& values, const char*) {
  list(key, values);
}

void TableWriter::operator()(const char* key, bool value, const char*) {
  line(key, value ? "true" : "false");
}

void TableWriter::operator()(const char* key, double value, Range, const char*) {
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  line(key, text);
}

void TableWriter::operator()(const char* key, int value, Range, const char*) {
  line(key, fmt::format("{}", value));
}

void TableWriter::operator()(const char* key, std::uint64_t value, Range, const char*) {
  line(key, fmt::format("{}", value));
}

void TableWriter::list(const char* key, const std::vector<std::string>& values) {
  std::string text;
  for (const auto& value : values) text += (text.empty() ? "" : ", ") + written(key, value);
  line(key, "[" + text + "]");
}

void TableWriter::line(const char* key, const std::string& value) {
  out_ += fmt::format("{} = {}\n", key, value);
}

}  // namespace pbb

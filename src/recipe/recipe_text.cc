// From the text of a recipe and overrides to its tables.
#include <fmt/format.h>

#include <toml++/toml.h>
#include <sstream>

#include "base/error.h"
#include "base/file.h"
#include "model/load.h"
#include "programs/utf8.h"
#include "recipe/recipe_tables.h"

namespace pbb {
namespace {

toml::table parse_toml(const std::string& text, const std::filesystem::path& file) {
  try {
    return toml::parse(text, file.string());
  } catch (const toml::parse_error& error) {
    throw InputError(
        fmt::format("{}:{}: not TOML: {}", file.string(), error.source().begin.line, error.description()));
  }
}

// A relative path of a model, adapter, corpus or folder of sources, made absolute where it leads somewhere from
// `from`: so that it stays the same wherever it is read again. A name of a model stays a name.
void anchor_paths(toml::table& root, const std::filesystem::path& from) {
  const auto anchor = [&](toml::node* node) {
    const auto text = node ? node->value<std::string>() : std::nullopt;
    if (!text || text->empty() || is_model_name(*text) || *text == "interpreter" || *text == "none") return;
    std::error_code hidden;
    const auto path = std::filesystem::absolute(from / *text, hidden).lexically_normal();
    if (std::filesystem::exists(path, hidden)) *node->as_string() = path.string();
  };
  anchor(root.get("model"));
  anchor(root.get("base"));
  if (toml::table* adapter = root["adapter"].as_table()) anchor(adapter->get("start"));
  if (toml::table* corpus = root["corpus"].as_table()) {
    anchor(corpus->get("folder"));
    anchor(corpus->get("python_folder"));
    for (const char* key : {"python_files", "examples"}) {
      toml::array* paths = (*corpus)[key].as_array();
      for (std::size_t i = 0; paths && i < paths->size(); ++i) anchor(paths->get(i));
    }
  }
}

// The table that a dotted path ends in; "stage.NAME" looks a stage up by its name.
toml::table& descend(toml::table& table, const std::string& key, const std::string& override_text) {
  toml::node* node = table.get(key);
  if (!node) node = &table.insert(key, toml::table{}).first->second;
  if (auto* found = node->as_table()) return *found;
  throw InputError(fmt::format("override '{}': '{}' is not a table", override_text, key));
}

// The [[kind]] of that name.
toml::table& find_item(toml::table& root, const std::string& kind, const std::string& name,
                       const std::string& override_text) {
  std::string names;
  if (auto* items = root[kind].as_array()) {
    for (std::size_t i = 0; i < items->size(); ++i) {
      auto* item = items->get(i)->as_table();
      if (!item) continue;
      const std::string found = item_name(*item, i);
      if (found == name) return *item;
      names += (names.empty() ? "" : ", ") + found;
    }
  }
  throw InputError(fmt::format("override '{}': the recipe has no {} named '{}'", override_text, kind, name),
                   names.empty() ? "" : "it has " + names);
}

void apply_override(toml::table& root, const std::string& text) {
  if (end_of_utf8(text) != text.size())
    throw InputError(fmt::format("override '{}': not text in UTF-8", text));
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw InputError(fmt::format("override '{}' is not key=value", text), "as in stage.1.epochs=2");
  }
  std::vector<std::string> path;
  std::istringstream keys(text.substr(0, equals));
  for (std::string key; std::getline(keys, key, '.');) path.push_back(key);

  toml::table* table = &root;
  std::size_t first = 0;
  if (path.size() == 3 && (path[0] == "stage" || path[0] == "arm")) {
    table = &find_item(root, path[0], path[1], text);
    first = 2;
  }
  for (; first + 1 < path.size(); ++first) table = &descend(*table, path[first], text);

  const std::string value = text.substr(equals + 1);
  toml::parse_result parsed;
  try {
    parsed = toml::parse("value = " + value);
  } catch (const toml::parse_error&) {  // a bare word is a string
    std::ostringstream quoted;
    quoted << toml::value<std::string>(value);
    parsed = toml::parse("value = " + quoted.str());
  }
  if (parsed.size() != 1) {
    throw InputError(fmt::format("override '{}': it holds more than one line", text),
                     "give each key an argument of its own");
  }
  parsed.get("value")->visit([&](auto&& node) { table->insert_or_assign(path.back(), node); });
}

}  // namespace

toml::table read_toml(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
  toml::table root = parse_toml(read_file(file), file);
  anchor_paths(root, file.parent_path());  // the recipe's own
  for (const auto& text : overrides) apply_override(root, text);
  anchor_paths(root, "");  // what was typed, and recipes that are run from where their paths start
  return root;
}

}  // namespace pbb

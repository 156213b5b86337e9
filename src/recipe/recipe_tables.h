// Tables of a recipe, read and written by the lists of their options (base/options.h).
#pragma once

#include <toml++/toml.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/options.h"

namespace pbb {

// Where a node stands in the recipe's text: "runs/demo.toml:12".
std::string place(const std::filesystem::path& file, const toml::node& node);

// A recipe's file with overrides such as "stage.1.epochs=3" applied to it.
toml::table read_toml(const std::filesystem::path& file, const std::vector<std::string>& overrides);

using Taken = std::map<std::string, std::string>;  // names, with whose they are

// Names become those of files and folders, and tell things apart: InputError unless it is plain and not
// taken.
void check_name(const std::string& at, const std::string& key, const std::string& name, Taken& taken);

// The tables of [[key]]; null where there is none. `key = []` is a list of none.
const toml::array* list_of_tables(const std::filesystem::path& file, const toml::table& root,
                                  const char* key);

// What a [[stage]] or [[arm]] is called: its name, or its number when it says none.
std::string item_name(const toml::table& item, std::size_t index);

// Takes the listed keys out of a table; finish() refuses what was not listed. InputErrors name the place.
class TableReader {
 public:
  TableReader(const std::filesystem::path& file, const toml::table& table, std::string path)
      : file_(file), table_(table), path_(std::move(path)) {}

  void operator()(const char* key, std::string& value, const char*);
  void operator()(const char* key, std::string& value, Words words, const char*);
  void operator()(const char* key, std::vector<std::string>& values, Words words, const char*);
  void operator()(const char* key, std::vector<std::string>& values, const char*);
  void operator()(const char* key, bool& value, const char*);
  void operator()(const char* key, double& value, Range range, const char*);
  void operator()(const char* key, int& value, Range range, const char*);
  void operator()(const char* key, std::uint64_t& value, Range range, const char*);
  template <typename E, std::size_t N>
  void operator()(const char* key, E& value, const Choice<E> (&choices)[N], const char*) {
    std::string name = choice_name<E>(choices, value);
    take(key, name, "a string");
    value = chosen<E>(key, name, choices);
  }
  template <typename E, std::size_t N>
  void operator()(const char* key, std::vector<E>& values, const Choice<E> (&choices)[N], const char*) {
    std::vector<std::string> names;
    if (!take_list(key, names)) return;
    values.clear();
    for (const std::string& name : names) values.push_back(chosen<E>(key, name, choices));
  }
  // A table within this one; an empty one when it is absent.
  const toml::table& table(const char* key);
  void also_known(const char* key) { known_.insert(key); }
  void finish() const;

 private:
  template <typename T>
  bool take(const char* key, T& value, const char* wanted);
  bool take_list(const char* key, std::vector<std::string>& values);
  template <typename E>
  E chosen(const char* key, const std::string& name, std::span<const Choice<E>> choices) const {
    if (const auto found = find_choice(choices, name)) return *found;
    std::vector<const char*> words;
    for (const Choice<E>& choice : choices) words.push_back(choice.name);
    unknown_word(key, name, words);
  }
  [[noreturn]] void unknown_word(const char* key, const std::string& word, Words words) const;
  [[noreturn]] void wrong_type(const char* key, const toml::node& node, const char* wanted) const;
  void check(const char* key, double value, Range range) const;

  const std::filesystem::path& file_;
  const toml::table& table_;
  std::string path_;
  std::set<std::string> known_;
};

// The names of the listed keys.
struct KeyNames {
  std::set<std::string> names;
  template <typename... Rest>
  void operator()(const char* key, const Rest&...) {
    names.insert(key);
  }
};

// Writes the listed keys as TOML lines.
class TableWriter {
 public:
  explicit TableWriter(std::string& out) : out_(out) {}
  void operator()(const char* key, const std::string& value, const char*);
  void operator()(const char* key, const std::string& value, Words, const char*);
  void operator()(const char* key, const std::vector<std::string>& values, Words, const char*);
  void operator()(const char* key, const std::vector<std::string>& values, const char*);
  void operator()(const char* key, bool value, const char*);
  void operator()(const char* key, double value, Range, const char*);
  void operator()(const char* key, int value, Range, const char*);
  void operator()(const char* key, std::uint64_t value, Range, const char*);
  template <typename E, std::size_t N>
  void operator()(const char* key, E value, const Choice<E> (&choices)[N], const char* help) {
    (*this)(key, choice_name<E>(choices, value), help);
  }
  template <typename E, std::size_t N>
  void operator()(const char* key, const std::vector<E>& values, const Choice<E> (&choices)[N], const char*) {
    std::vector<std::string> names;
    for (const E value : values) names.push_back(choice_name<E>(choices, value));
    list(key, names);
  }

 private:
  void line(const char* key, const std::string& value);
  void list(const char* key, const std::vector<std::string>& values);
  std::string& out_;
};

}  // namespace pbb

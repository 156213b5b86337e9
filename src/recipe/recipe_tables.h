// Tables of a recipe, read and written by lists of keys: a list names each key once, with the value that it
// fills, and is given a TableReader or a TableWriter.
#pragma once

#include <toml++/toml.h>

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "training/train.h"

namespace pbb {

struct Range {
  double low = 0;
  double high = 1e9;
  bool above_low = false;  // low itself is out of it
};

// Where a node stands in the recipe's text: "runs/demo.toml:12".
std::string place(const std::filesystem::path& file, const toml::node& node);

// A recipe's file with overrides such as "stage.1.epochs=3" applied to it.
toml::table read_toml(const std::filesystem::path& file, const std::vector<std::string>& overrides);

// Takes the listed keys out of a table; finish() refuses what was not listed. InputErrors name the place.
class TableReader {
 public:
  TableReader(const std::filesystem::path& file, const toml::table& table, std::string path)
      : file_(file), table_(table), path_(std::move(path)) {}

  void operator()(const char* key, std::string& value);
  void operator()(const char* key, bool& value);
  void operator()(const char* key, double& value, Range range = {});
  void operator()(const char* key, int& value, Range range = {});
  void operator()(const char* key, std::uint64_t& value);
  void operator()(const char* key, Recompute& value);
  void operator()(const char* key, std::vector<std::string>& values);
  // A table within this one; an empty one when it is absent.
  const toml::table& table(const char* key);
  void also_known(const char* key) { known_.insert(key); }
  void finish() const;

 private:
  template <typename T>
  bool take(const char* key, T& value, const char* wanted);
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
  void operator()(const char* key, const std::string& value);
  void operator()(const char* key, bool value);
  void operator()(const char* key, double value, Range = {});
  void operator()(const char* key, int value, Range = {});
  void operator()(const char* key, std::uint64_t value);
  void operator()(const char* key, Recompute value);
  void operator()(const char* key, const std::vector<std::string>& values);

 private:
  void line(const char* key, const std::string& value);
  std::string& out_;
};

}  // namespace pbb

#include "run/taken_folder.h"

#include <fmt/format.h>

#include <map>
#include <sstream>
#include <string>

#include "base/error.h"
#include "base/file.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

// "stage 2: epochs" -> "3.0" of what write_recipe writes. Lines that are nothing of the kind are keys without
// a value: they too are a difference.
std::map<std::string, std::string> keys_of(const std::string& recipe) {
  std::map<std::string, std::string> keys;
  std::string table, line;
  int stages = 0;
  for (std::istringstream lines(recipe); std::getline(lines, line);) {
    if (line == "[[stage]]") {
      table = fmt::format("stage {}: ", ++stages);
    } else if (line.starts_with('[')) {
      table = line.substr(1, line.find(']') - 1) + '.';
    } else if (const auto equals = line.find(" = "); equals != std::string::npos) {
      keys[table + line.substr(0, equals)] = line.substr(equals + 3);
    } else if (!line.empty()) {
      keys[table + line] = "";
    }
  }
  return keys;
}

std::string differences(const std::string& kept, const std::string& given) {
  constexpr int shown = 5;
  const auto before = keys_of(kept), now = keys_of(given);
  auto all = before;
  all.insert(now.begin(), now.end());
  std::string text;
  int count = 0;
  const auto value = [](const std::map<std::string, std::string>& keys, const std::string& key) {
    const auto found = keys.find(key);
    return found == keys.end() ? std::string("absent") : found->second;
  };
  for (const auto& [key, unused] : all) {
    if (value(before, key) == value(now, key)) continue;
    if (++count <= shown) {
      text += fmt::format("{}{} was {}, is {}", text.empty() ? "" : "; ", key, value(before, key),
                          value(now, key));
    }
  }
  return count > shown ? fmt::format("{}; and {} more", text, count - shown) : text;
}

}  // namespace

FolderLock take_folder(const fs::path& folder, const Recipe& recipe, bool resume) {
  FolderLock lock(folder);
  remove_partials_in(folder);
  const fs::path kept = folder / "recipe.toml";
  const std::string resolved = write_recipe(recipe);
  if (!fs::exists(kept)) {
    write_file(kept, resolved);
    return lock;
  }
  if (!resume) {
    throw InputError(fmt::format("{} holds a run already", folder.string()),
                     "go on with --resume, or choose another folder with --out");
  }
  if (const std::string before = read_file(kept); before != resolved) {
    throw InputError(
        fmt::format("{} is of another recipe than {}: {}", kept.string(), recipe.file.string(),
                    differences(before, resolved)),
        "resume with the recipe and the overrides that the run was started with, or choose another --out");
  }
  return lock;
}

}  // namespace pbb

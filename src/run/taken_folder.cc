#include "run/taken_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <string>

#include "base/error.h"
#include "base/file.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

// The folders in a run's that hold what the run consists of, and in that of the training of a base.
constexpr const char* parts_of_runs[] = {"corpus", "stages", "eval", "rules", "training", "adapter"};

// "stage 2: epochs" -> "3.0" of what write_recipe writes. Lines that are nothing of the kind are keys without
// a value: they too are a difference.
std::map<std::string, std::string> keys_of(const std::string& recipe) {
  std::map<std::string, std::string> keys;
  std::string table, line;
  std::map<std::string, int> items;  // how many of each [[kind]] have come
  for (std::istringstream lines(recipe); std::getline(lines, line);) {
    if (line.starts_with("[[")) {
      const std::string kind = line.substr(2, line.find(']') - 2);
      table = fmt::format("{} {}: ", kind, ++items[kind]);
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

fs::path absolute_path(const fs::path& path) {
  const fs::path resolved = fs::weakly_canonical(fs::absolute(path));
  return resolved.has_filename() ? resolved : resolved.parent_path();
}

bool is_within(const fs::path& path, const fs::path& folder) {
  const auto relative = absolute_path(path).lexically_relative(absolute_path(folder));
  return !relative.empty() && *relative.begin() != "..";
}

// Whether there is nothing but what a pbb leaves that was killed as soon as it had taken the folder.
bool holds_nothing(const fs::path& folder) {
  if (!fs::exists(folder)) return true;
  if (!fs::is_directory(folder)) return false;
  return std::ranges::all_of(fs::directory_iterator(folder), [](const fs::directory_entry& entry) {
    const std::string name = entry.path().filename().string();
    return name == ".lock" || name.starts_with(".recipe.toml.partial-");
  });
}

const fs::path& checked_place(const fs::path& folder, const FolderUse& use) {
  if (use.resume) {
    const bool was_taken = fs::exists(folder / ".lock");
    if (is_run_folder(folder) || (was_taken && holds_nothing(folder))) return folder;
    throw InputError(fmt::format("{}: there is no run in it to resume", folder.string()),
                     "check the spelling of --out; a new run is started without --resume");
  }
  if (is_run_folder(folder)) {
    throw InputError(fmt::format("{} holds a run already", folder.string()),
                     "go on with --resume, or choose another folder with --out");
  }
  if (!holds_nothing(folder)) {
    throw InputError(fmt::format("{}: a new run wants a folder that is absent or empty", folder.string()),
                     "choose another folder with --out");
  }
  for (const std::string& source : use.reads) {
    if (source.empty() || !is_within(folder, source)) continue;
    throw InputError(fmt::format("{} lies within {}, which the recipe reads", folder.string(), source),
                     "choose another folder with --out");
  }
  check_outside_of_runs(folder);
  return folder;
}

// The folder and those that it lies in, as far as they are not there, innermost first.
std::vector<fs::path> absent_folders(const fs::path& folder) {
  std::vector<fs::path> absent;
  for (fs::path path = absolute_path(folder); !fs::exists(path); path = path.parent_path())
    absent.push_back(path);
  return absent;
}

// By value: a key that an older pbb did not write has its default.
void check_same_recipe(const fs::path& kept, const Recipe& recipe) {
  Recipe begun_with = read_kept_recipe(kept);
  if (begun_with.compute == "auto") begun_with.compute = recipe.compute;  // of a pbb that did not resolve it
  const std::string before = write_recipe(begun_with), now = write_recipe(recipe);
  if (before == now) return;
  throw InputError(
      fmt::format("{} is of another recipe than {}: {}", kept.string(), recipe.file.string(),
                  differences(before, now)),
      "resume with the recipe and the overrides that the run was started with, or choose another --out");
}

}  // namespace

bool is_run_folder(const fs::path& folder) {
  std::error_code hidden;
  const auto has = [&](const char* name) { return fs::exists(folder / name, hidden); };
  return has("recipe.toml") && (has(".lock") || has("stages") || has("run.json"));
}

void check_outside_of_runs(const fs::path& folder) {
  const fs::path wanted = absolute_path(folder);
  for (fs::path run = wanted;; run = run.parent_path()) {
    const fs::path within = wanted.lexically_relative(run);
    const std::string part = within.begin()->string();
    if ((part == "." || std::ranges::find(parts_of_runs, part) != std::end(parts_of_runs)) &&
        is_run_folder(run)) {
      throw InputError(fmt::format("{}: is {}the run in {}, which nothing is written over", folder.string(),
                                   part == "." ? "" : "a part of ", run.string()),
                       "name a folder that is not there yet");
    }
    if (!run.has_relative_path()) return;
  }
}

TakenFolder::Fresh::~Fresh() {
  if (is_kept) return;
  std::error_code ignored;
  std::vector<fs::path> entries;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) entries.push_back(entry);
  for (const fs::path& entry : entries) fs::remove_all(entry, ignored);
  for (const fs::path& parent : made)
    fs::remove(parent, ignored);  // not where somebody else has put something
}

FolderUse use_for_run(const Recipe& recipe, bool resume) {
  return {.recipe = write_recipe(recipe),
          .require_same = [recipe](const fs::path& kept) { check_same_recipe(kept, recipe); },
          .reads = {recipe.corpus.folder, recipe.corpus.python_folder},
          .resume = resume};
}

// The place is checked before the lock is written to it, and again when nobody else can take it any more.
TakenFolder::TakenFolder(const fs::path& folder, const FolderUse& use)
    : absent_(absent_folders(folder)), lock_(checked_place(folder, use)) {
  checked_place(folder, use);
  remove_partials_in(folder);
  const fs::path kept = folder / "recipe.toml";
  if (fs::exists(kept)) {
    use.require_same(kept);
    return;
  }
  fresh_.folder = folder;
  fresh_.made = absent_;
  fresh_.is_kept = false;
  write_file(kept, use.recipe);
}

}  // namespace pbb

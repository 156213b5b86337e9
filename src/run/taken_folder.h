// The folder of a run, taken for one process and one recipe.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/file_lock.h"
#include "recipe/recipe.h"

namespace pbb {

// Whether pbb began a run there.
bool is_run_folder(const std::filesystem::path& folder);
// InputError when `folder` is a run's, or one of those that a run consists of: what a command writes for its
// user has no place there.
void check_outside_of_runs(const std::filesystem::path& folder);

// What a run, or the training of a base, wants of its folder.
struct FolderUse {
  std::string recipe;  // resolved: the text that the folder keeps as recipe.toml
  // InputError when the recipe that it keeps already is another.
  std::function<void(const std::filesystem::path& kept)> require_same;
  std::vector<std::string> reads;  // folders that it may not lie in; empty names are none
  bool resume = false;
};
// A recipe is compared by value, and the keys that differ are named.
FolderUse use_for_run(const Recipe& recipe, bool resume);

// Keeps the recipe in the folder, and removes what a process that was killed left half-written.
class TakenFolder {
 public:
  // InputError when another process is at work in it. Without `resume`: when it is neither absent nor empty,
  // or lies in what it is to read. With it: when no run is in it, or one of another recipe.
  TakenFolder(const std::filesystem::path& folder, const FolderUse& use);

  // What was begun is worth going on with. Until then all that this process made goes when this goes, so that
  // a run that is refused leaves nothing behind.
  void keep() { fresh_.is_kept = true; }

 private:
  struct Fresh {
    std::filesystem::path folder;
    std::vector<std::filesystem::path> made;  // it and those that it lies in, innermost first
    bool is_kept = true;
    ~Fresh();
  };

  std::vector<std::filesystem::path> absent_;  // before the lock made them
  FolderLock lock_;
  Fresh fresh_;  // removed while the lock is held
};

}  // namespace pbb

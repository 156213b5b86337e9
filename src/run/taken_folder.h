// The folder of a run, taken for one process and one recipe.
#pragma once

#include <filesystem>
#include <vector>

#include "base/file_lock.h"
#include "recipe/recipe.h"

namespace pbb {

// Whether pbb began a run there.
bool is_run_folder(const std::filesystem::path& folder);
// InputError when `folder` is a run's, or one of those that a run consists of: what a command writes for its
// user has no place there.
void check_outside_of_runs(const std::filesystem::path& folder);

// Keeps the resolved recipe in the folder, and removes what a run that was killed left half-written.
class TakenFolder {
 public:
  // InputError when another process is at work in it. Without `resume`: when it is neither absent nor empty,
  // or lies within the corpus that the recipe reads. With it: when no run is in it, or one of another recipe,
  // the keys that differ are then named.
  TakenFolder(const std::filesystem::path& folder, const Recipe& recipe, bool resume);

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

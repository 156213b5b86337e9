// The folder of a run, taken for one process and one recipe.
#pragma once

#include <filesystem>

#include "base/file_lock.h"
#include "recipe/recipe.h"

namespace pbb {

// Keeps the resolved recipe in the folder, and removes what a run that was killed left half-written.
// InputError when another process is at work in it, when it holds a run already and `resume` is not set, or
// when that run is of another recipe: the keys that differ are named.
FolderLock take_folder(const std::filesystem::path& folder, const Recipe& recipe, bool resume);

}  // namespace pbb

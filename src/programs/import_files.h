// Which files of what a user names are Python to be looked at.
#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "programs/import.h"

namespace pbb {

// The Python files that are named or lie in the folders that are, in order, those that are left out among
// them, and what else looks as if it should be read. InputError when there is none to be read, or a path is
// neither.
std::vector<ImportedFile> list_python_files(std::span<const std::filesystem::path> paths);

}  // namespace pbb

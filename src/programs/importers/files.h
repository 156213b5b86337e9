// Which files of what a user names are to be looked at.
#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "programs/importers/import.h"

namespace pbb {

// The files of importers that are named or lie in the folders that are, in order, those that are left out among
// them, and what else looks as if it should be read. InputError when there is none to be read, or a path is
// neither.
std::vector<ImportedFile> list_files(std::span<const std::filesystem::path> paths);

}  // namespace pbb

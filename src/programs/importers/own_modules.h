// The modules of a user's own that a file imports, as they lie around it.
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace pbb {

// Sources by the names under which they are imported; those of packages' own files end in ".__init__".
struct OwnModules {
  std::string main;                            // the file's own name; relative imports are resolved by it
  std::map<std::string, std::string> sources;  // the file's own among them
};

// Those that the file imports, directly and through each other, found beside it, in its package and in the folders
// above. What is not found there is of the standard library, or somebody else's.
OwnModules own_modules(const std::filesystem::path& file, const std::string& source);

}  // namespace pbb

// A folder that one process at a time works in. The kernel lets go of it when the process ends, however it
// ends, so no lock is ever left behind by a crash.
#pragma once

#include <filesystem>

#include "base/file_descriptor.h"

namespace pbb {

class FolderLock {
 public:
  // Makes the folder where there is none. InputError when another process works in it, naming that process;
  // Error when the folder cannot be written to.
  explicit FolderLock(const std::filesystem::path& folder);

 private:
  FileDescriptor file_;  // FOLDER/.lock
};

}  // namespace pbb

#include "base/temporary_folder.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <cerrno>
#include <system_error>

#include "base/error.h"
#include "base/file.h"

namespace pbb {
namespace fs = std::filesystem;

TemporaryFolder::TemporaryFolder() {
  std::error_code failure;
  const fs::path parent = fs::temp_directory_path(failure);
  if (failure) {
    throw Error("there is no folder for temporary files: " + failure.message(),
                "set TMPDIR to a folder that you may write to");
  }
  std::string name = parent / "pbb-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw_unwritable(name, errno);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace pbb

// A folder of one's own for a while: made under a name that nobody can guess, removed at the end.
#pragma once

#include <filesystem>
#include <string>

namespace pbb {

class TemporaryFolder {
 public:
  // In $TMPDIR, else /tmp. Error when none can be made there.
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace pbb

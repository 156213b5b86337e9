#include "base/file_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "base/error.h"
#include "base/file.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void throw_taken(const fs::path& folder, int file) {
  char text[32] = {};
  const ssize_t count = ::pread(file, text, sizeof text, 0);
  const std::string process(text, count > 0 ? static_cast<std::size_t>(count) : 0);
  throw InputError(fmt::format("{}: a pbb is at work in this folder{}", folder.string(),
                               process.empty() ? "" : fmt::format(" (process {})", process)),
                   "wait until it has ended, or choose another folder with --out");
}

}  // namespace

FolderLock::FolderLock(const fs::path& folder) {
  const fs::path path = folder / ".lock";
  make_folder(folder);
  file_ = FileDescriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (!file_) throw_unwritable(path, errno);
  if (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) throw_taken(folder, file_.get());
    if (errno == ENOLCK || errno == ENOTSUP) return;  // a file system without locks: as it was before them
    throw_unwritable(path, errno);
  }
  const std::string process = std::to_string(::getpid());
  const bool written =
      ::ftruncate(file_.get(), 0) == 0 &&
      ::pwrite(file_.get(), process.data(), process.size(), 0) == static_cast<ssize_t>(process.size());
  if (!written) throw_unwritable(path, errno);
}

}  // namespace pbb

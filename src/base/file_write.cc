// Writing, whole or not at all: everything is made under a temporary name beside its target, synced to disk,
// and put in place by one rename. A crash at any moment leaves either the old contents or the new.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/file_descriptor.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

std::string write_hint(int reason) {
  switch (reason) {
    case ENOSPC:
    case EDQUOT:
      return "free some space (df -h shows how full each disk is), or write to another disk";
    case ENOTDIR:
    case EROFS:
    case EACCES:
    case EPERM:
      return "write to a folder that you may write to";
    case ENAMETOOLONG:
      return "give it a shorter name";
    case EFBIG:
      return "the file grew past a limit: see ulimit -f, or write to another file system";
    default:
      return {};
  }
}

void write_all(const FileDescriptor& descriptor, std::string_view contents, const fs::path& target) {
  while (!contents.empty()) {
    const ssize_t count = ::write(descriptor.get(), contents.data(), contents.size());
    if (count > 0) contents.remove_prefix(static_cast<std::size_t>(count));
    if (count < 0 && errno != EINTR) throw_unwritable(target, errno);
  }
}

// `path` may be a folder, which some file systems cannot sync by itself.
void sync(const fs::path& path, const fs::path& target) {
  const FileDescriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!descriptor) throw_unwritable(target, errno);
  if (::fsync(descriptor.get()) != 0 && errno != EINVAL && errno != ENOTSUP) throw_unwritable(target, errno);
}

void sync_tree(const fs::path& folder, const fs::path& target) {
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_symlink() && (entry.is_regular_file() || entry.is_directory())) sync(entry.path(), target);
  }
  sync(folder, target);
}

// The folder that `target` lies in; "." for a bare name.
fs::path parent_of(const fs::path& target) {
  const fs::path parent = target.parent_path();
  return parent.empty() ? fs::path(".") : parent;
}

// What a symbolic link points to is replaced, not the link; "out/demo/" is "out/demo"; parents are made.
fs::path prepare_target(const fs::path& path) {
  fs::path target = path.has_filename() ? path : path.parent_path();
  std::error_code absent, failure;
  if (fs::is_symlink(target, absent)) target = fs::weakly_canonical(target, failure);
  if (!failure) fs::create_directories(parent_of(target), failure);
  if (failure) throw_unwritable(path, failure.value());
  return target;
}

std::string temporary_prefix(const fs::path& target) {
  return fmt::format(".{}.partial-", target.filename().string());
}

// No two live writers share a name: the process is in it, and a count of those in this process.
fs::path temporary_beside(const fs::path& target) {
  static std::atomic<int> count = 0;
  return parent_of(target) / fmt::format("{}{}-{}", temporary_prefix(target), ::getpid(), ++count);
}

// Whether `name` is ".FILE.partial-PROCESS-COUNT" of a process that is no more: of no use to anyone.
bool is_stale_partial(const std::string& name) {
  constexpr std::string_view mark = ".partial-";
  const auto at = name.rfind(mark);
  if (at == std::string::npos || !name.starts_with('.')) return false;
  const char* const end = name.data() + name.size();
  pid_t process = 0;
  const auto parsed = std::from_chars(name.data() + at + mark.size(), end, process);
  if (parsed.ec != std::errc() || parsed.ptr == end || *parsed.ptr != '-' || process <= 0) return false;
  return ::kill(process, 0) != 0 && errno == ESRCH;
}

// What a writer that was killed left beside `target`.
void remove_stale_partials(const fs::path& target) {
  const std::string prefix = temporary_prefix(target);
  std::error_code ignored;
  std::vector<fs::path> entries;  // listed first: a folder that changes while it is listed may hide some
  for (const auto& entry : fs::directory_iterator(parent_of(target), ignored)) entries.push_back(entry);
  for (const fs::path& entry : entries) {
    const std::string name = entry.filename().string();
    if (name.starts_with(prefix) && is_stale_partial(name)) fs::remove_all(entry, ignored);
  }
}

// Removes what it names, unless it has taken its target's place.
class Temporary {
 public:
  explicit Temporary(const fs::path& target) : path_(temporary_beside(target)) {
    remove_stale_partials(target);
    remove();  // of an earlier process with this number
  }
  ~Temporary() { remove(); }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  const fs::path& path() const { return path_; }
  void remove() const {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }

 private:
  fs::path path_;
};

// `target` keeps its permissions when it is written again.
mode_t mode_of(const fs::path& target) {
  struct stat status {};
  return ::stat(target.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

// Where the old folder waits while a file system that cannot swap two folders is given the new one.
fs::path set_aside(const fs::path& target) {
  return parent_of(target) / fmt::format(".{}.previous", target.filename().string());
}

// After a crash between the two renames of `swap_in` the old folder goes back to its place; an old one
// that has been replaced goes.
void settle_previous(const fs::path& target) {
  std::error_code ignored;
  if (fs::exists(target, ignored)) {
    fs::remove_all(set_aside(target), ignored);
  } else {
    fs::rename(set_aside(target), target, ignored);
  }
}

// Swaps the new folder with the old, so that `target` is never absent; or, where that cannot be done, renames
// twice. The old one is then at `fresh` or set aside.
void swap_in(const fs::path& fresh, const fs::path& target) {
  if (::renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, target.c_str(), RENAME_EXCHANGE) == 0) return;
  const fs::path aside = set_aside(target);
  if (::rename(target.c_str(), aside.c_str()) != 0) throw_unwritable(target, errno);
  if (::rename(fresh.c_str(), target.c_str()) != 0) {
    const int reason = errno;
    ::rename(aside.c_str(), target.c_str());
    throw_unwritable(target, reason);
  }
}

void fill_whole(const Temporary& temporary, const fs::path& folder,
                const std::function<void(const fs::path&)>& fill) {
  if (::mkdir(temporary.path().c_str(), 0777) != 0) throw_unwritable(folder, errno);
  try {
    fill(temporary.path());
    sync_tree(temporary.path(), folder);
  } catch (const fs::filesystem_error& error) {
    throw_unwritable(folder, error.code().value());
  }
}

void require_free(const fs::path& folder) {
  if (is_free(folder)) return;
  throw InputError(fmt::format("{}: exists and is not an empty folder", folder.string()),
                   "name one that is not there yet: nothing that is there is written over");
}

}  // namespace

void throw_unwritable(const fs::path& path, int reason) {
  throw Error(fmt::format("{}: cannot be written: {}", path.string(), std::strerror(reason)),
              write_hint(reason));
}

void make_folder(const fs::path& folder) {
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (failure) throw_unwritable(folder, failure.value());
}

void write_file(const fs::path& file, std::string_view contents) {
  const fs::path target = prepare_target(file);
  std::error_code hidden;  // what cannot be looked at cannot be opened either, and that says why
  const fs::file_status status = fs::status(target, hidden);
  if (fs::is_directory(status)) throw_unwritable(file, EISDIR);
  if (fs::exists(status) && ::access(target.c_str(), W_OK) != 0) throw_unwritable(file, errno);
  if (fs::exists(status) && !fs::is_regular_file(status)) {  // /dev/stdout: nothing there to keep whole
    const FileDescriptor device(::open(target.c_str(), O_WRONLY | O_CLOEXEC));
    if (!device) throw_unwritable(file, errno);
    write_all(device, contents, file);
    return;
  }
  const Temporary temporary(target);
  const FileDescriptor descriptor(
      ::open(temporary.path().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!descriptor) throw_unwritable(file, errno);
  write_all(descriptor, contents, file);
  if (const mode_t mode = mode_of(target); mode != 0) ::fchmod(descriptor.get(), mode);
  if (::fsync(descriptor.get()) != 0) throw_unwritable(file, errno);
  if (::rename(temporary.path().c_str(), target.c_str()) != 0) throw_unwritable(file, errno);
  sync(parent_of(target), file);
}

bool is_free(const fs::path& folder) {
  std::error_code failure;
  const fs::file_status status = fs::status(folder, failure);
  if (!fs::exists(status)) return !fs::is_symlink(fs::symlink_status(folder, failure));
  return fs::is_directory(status) && fs::is_empty(folder, failure) && !failure;
}

void write_folder(const fs::path& folder, const std::function<void(const fs::path&)>& fill) {
  require_free(folder);
  const fs::path target = prepare_target(folder);
  const Temporary temporary(target);
  fill_whole(temporary, folder, fill);
  if (::rename(temporary.path().c_str(), target.c_str()) != 0) {  // succeeds where an empty folder is
    const int reason = errno;
    require_free(folder);
    throw_unwritable(folder, reason);
  }
  sync(parent_of(target), folder);
}

void replace_folder(const fs::path& folder, const std::function<void(const fs::path&)>& fill) {
  const fs::path target = prepare_target(folder);
  settle_previous(target);
  if (std::error_code hidden; fs::exists(target, hidden) && !fs::is_directory(target, hidden)) {
    throw_unwritable(folder, ENOTDIR);
  }
  const Temporary temporary(target);
  fill_whole(temporary, folder, fill);
  if (::rename(temporary.path().c_str(), target.c_str()) != 0) {
    if (errno != ENOTEMPTY && errno != EEXIST) throw_unwritable(folder, errno);
    swap_in(temporary.path(), target);
  }
  sync(parent_of(target), folder);
  settle_previous(target);
}

std::uint32_t write_checked(const fs::path& file, std::span<const std::byte> bytes) {
  constexpr std::size_t part_bytes = 4 << 20;
  const FileDescriptor descriptor(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!descriptor) throw_unwritable(file, errno);
  std::uint32_t crc = checksum({});
  for (std::size_t begin = 0; begin < bytes.size(); begin += part_bytes) {
    const auto part = bytes.subspan(begin, std::min(part_bytes, bytes.size() - begin));
    crc = checksum(part, crc);
    write_all(descriptor, {reinterpret_cast<const char*>(part.data()), part.size()}, file);
    // Only a wish: the disk works on this part while the next one is summed up.
    ::sync_file_range(descriptor.get(), static_cast<off_t>(begin), static_cast<off_t>(part.size()),
                      SYNC_FILE_RANGE_WRITE);
  }
  if (::fsync(descriptor.get()) != 0) throw_unwritable(file, errno);
  return crc;
}

void settle_folder(const fs::path& folder) {
  const fs::path target = folder.has_filename() ? folder : folder.parent_path();
  settle_previous(target);
  remove_stale_partials(target);
}

void remove_partials_in(const fs::path& folder) {
  std::error_code ignored;
  std::vector<fs::path> stale;
  for (fs::recursive_directory_iterator entry(folder, ignored), end; entry != end; entry.increment(ignored)) {
    if (is_stale_partial(entry->path().filename().string())) stale.push_back(entry->path());
  }
  for (const fs::path& path : stale) fs::remove_all(path, ignored);
}

}  // namespace pbb

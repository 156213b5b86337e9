// Reading: whole files, mapped files, checksums, and where downloaded things are kept.
#include "base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "base/file_descriptor.h"

namespace pbb {
namespace {

// A path that leads to no file is the input's fault. What the system refuses is not: of a file that may be
// whole nobody is to be told that it is damaged and had better be removed.
[[noreturn]] void throw_unreadable(const std::filesystem::path& file, int reason) {
  const std::string message = fmt::format("{}: cannot be read: {}", file.string(), std::strerror(reason));
  if (reason == ENOENT || reason == ENOTDIR)
    throw InputError(message, "check the spelling; a relative path starts at the current folder");
  if (reason == EISDIR) throw InputError(message, "name a file in it");
  throw Error(message, reason == EACCES || reason == EPERM
                           ? "you are not allowed to read it: see its permissions, and those of the folders "
                             "that it lies in, with ls -ld"
                       : reason == ENAMETOOLONG ? "give it a shorter name"
                                                : "see what is wrong with the disk");
}

// A pipe without a writer is waited for without end, and a device may never end: they are read only where they
// are named as what they are (/dev/stdin, /dev/fd/63), not where one lies in place of a file.
void refuse_stream(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0 || S_ISREG(status.st_mode) || S_ISDIR(status.st_mode)) return;
  const std::string path = file.string();
  if (path.starts_with("/dev/") || path.starts_with("/proc/")) return;
  throw InputError(fmt::format("{}: is not a regular file", path), "copy its contents to a file");
}

constexpr std::size_t most_of_a_stream = 256 << 20;  // /dev/zero has no end

FileDescriptor open_for_reading(const std::filesystem::path& file, struct stat& status) {
  refuse_stream(file);
  FileDescriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!descriptor || ::fstat(descriptor.get(), &status) != 0) throw_unreadable(file, errno);
  if (S_ISDIR(status.st_mode)) throw_unreadable(file, EISDIR);
  return descriptor;
}

}  // namespace

std::string read_file(const std::filesystem::path& file) {
  struct stat status {};
  const FileDescriptor descriptor = open_for_reading(file, status);
  std::string contents;
  // The size is only a first guess: a pipe has none, and a file may grow while it is read.
  std::size_t filled = 0;
  contents.resize(static_cast<std::size_t>(status.st_size) + 4096);
  for (;;) {
    if (!S_ISREG(status.st_mode) && filled > most_of_a_stream) {
      throw InputError(
          fmt::format("{}: more than {} MB, and no end of it", file.string(), most_of_a_stream >> 20),
          "copy to a file what is to be read");
    }
    if (filled == contents.size()) contents.resize(contents.size() * 2);
    const ssize_t count = ::read(descriptor.get(), contents.data() + filled, contents.size() - filled);
    if (count == 0) break;
    if (count > 0) filled += static_cast<std::size_t>(count);
    if (count < 0 && errno != EINTR) throw_unreadable(file, errno);
  }
  contents.resize(filled);
  return contents;
}

void refuse_lfs_pointer(const std::filesystem::path& file, std::string_view contents) {
  if (!contents.starts_with("version https://git-lfs.github.com/spec/")) return;
  throw InputError(fmt::format("{}: a Git LFS pointer, not the file that it stands for", file.string()),
                   "fetch the file: run git lfs pull in its repository, or download it by itself");
}

void refuse_lfs_pointer(const std::filesystem::path& file, std::span<const std::byte> contents) {
  refuse_lfs_pointer(file, {reinterpret_cast<const char*>(contents.data()), contents.size()});
}

MappedFile::MappedFile(const std::filesystem::path& file) {
  struct stat status {};
  const FileDescriptor descriptor = open_for_reading(file, status);
  if (!S_ISREG(status.st_mode)) {
    throw InputError(fmt::format("{}: is not a regular file", file.string()), "copy its contents to a file");
  }
  size_ = static_cast<std::size_t>(status.st_size);
  if (size_ == 0) return;  // mmap refuses a length of zero
  void* data = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor.get(), 0);
  if (data == MAP_FAILED) throw_unreadable(file, errno);
  data_ = static_cast<const std::byte*>(data);
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

void MappedFile::drop_pages() const {
  if (size_ > 0) madvise(const_cast<std::byte*>(data_), size_, MADV_DONTNEED);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

std::uint32_t checksum(std::span<const std::byte> bytes, std::uint32_t start) {
  if (bytes.empty()) return start;  // zlib would take a null pointer as a wish to start anew
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  return static_cast<std::uint32_t>(::crc32_z(start, data, bytes.size()));
}

std::filesystem::path cache_folder() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::filesystem::path(value == nullptr ? "" : value);
  };
  if (const auto chosen = variable("PBB_CACHE"); !chosen.empty()) return chosen;
  // The XDG specification: a relative path is invalid and is to be ignored.
  if (const auto cache = variable("XDG_CACHE_HOME"); cache.is_absolute()) return cache / "pbb";
  if (const auto home = variable("HOME"); !home.empty()) return home / ".cache" / "pbb";
  throw InputError("no cache folder: neither PBB_CACHE, XDG_CACHE_HOME nor HOME is set",
                   "set PBB_CACHE to the folder that holds downloaded models");
}

}  // namespace pbb

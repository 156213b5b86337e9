// Files: whole or not at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace pbb {

// InputError naming the file when it is absent or unreadable.
std::string read_file(const std::filesystem::path& file);
// InputError when `contents` (the file's, or how it begins) are those of a Git LFS pointer, the note that
// stands for a large file that was not fetched.
void refuse_lfs_pointer(const std::filesystem::path& file, std::string_view contents);
void refuse_lfs_pointer(const std::filesystem::path& file, std::span<const std::byte> contents);
// Written to a temporary file beside it, synced, renamed. Error naming file and reason (disk full,
// read-only).
void write_file(const std::filesystem::path& file, std::string_view contents);
// And those it lies in, where there are none; an Error as above.
void make_folder(const std::filesystem::path& folder);
[[noreturn]] void throw_unwritable(const std::filesystem::path& path, int reason);  // an errno; with a hint
// Whether nothing would be lost by writing there: absent, or an empty folder.
bool is_free(const std::filesystem::path& folder);
// `fill` writes into a temporary folder beside `folder`, which is then synced and takes its place; when
// `fill` throws, nothing changes. InputError unless `folder` is free, before `fill` is called and when it is
// done.
void write_folder(const std::filesystem::path& folder,
                  const std::function<void(const std::filesystem::path&)>& fill);
// As write_folder, in place of whatever `folder` holds: only for a folder that is known to be ours.
void replace_folder(const std::filesystem::path& folder,
                    const std::function<void(const std::filesystem::path&)>& fill);
// For what `fill` writes: a new file, sent on to the disk as it grows; returns its checksum. Error as above.
std::uint32_t write_checked(const std::filesystem::path& file, std::span<const std::byte> bytes);
// Mends what a crash within write_folder left: a folder that was set aside comes back, and what has been
// replaced or is half-written goes. For one that may not be written again.
void settle_folder(const std::filesystem::path& folder);
// Removes what writers that were killed left anywhere in `folder`.
void remove_partials_in(const std::filesystem::path& folder);

// A file's bytes, mapped read-only.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& file);
  ~MappedFile();
  MappedFile(MappedFile&&) noexcept;
  MappedFile& operator=(MappedFile&&) noexcept;
  std::span<const std::byte> bytes() const { return {data_, size_}; }
  // Memory that was filled by reading bytes() is given back; they can be read again.
  void drop_pages() const;

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

std::uint32_t checksum(std::span<const std::byte> bytes, std::uint32_t start = 0);  // CRC-32 (zlib)
std::filesystem::path cache_folder();  // $PBB_CACHE, else $XDG_CACHE_HOME/pbb, else ~/.cache/pbb

}  // namespace pbb

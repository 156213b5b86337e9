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
// Written to a temporary file beside it, synced, renamed. Error naming file and reason (disk full,
// read-only).
void write_file(const std::filesystem::path& file, std::string_view contents);
// `fill` writes into a temporary folder beside `folder`, which is then synced and takes `folder`'s place;
// when `fill` throws, nothing changes.
void write_folder(const std::filesystem::path& folder,
                  const std::function<void(const std::filesystem::path&)>& fill);

// A file's bytes, mapped read-only.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& file);
  ~MappedFile();
  MappedFile(MappedFile&&) noexcept;
  MappedFile& operator=(MappedFile&&) noexcept;
  std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

std::uint32_t checksum(std::span<const std::byte> bytes, std::uint32_t start = 0);  // CRC-32 (zlib)
std::filesystem::path cache_folder();  // $PBB_CACHE, else $XDG_CACHE_HOME/pbb, else ~/.cache/pbb

}  // namespace pbb

// The values that a GGUF file is made of, read one after the other.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

#include "base/error.h"
#include "model/formats/gguf.h"

namespace pbb {

inline constexpr const char* damaged_file_hint = "the file is damaged or incomplete; fetch it again";

// A cursor over the file's bytes that cannot leave them.
class GgufReader {
 public:
  GgufReader(std::span<const std::byte> bytes, const std::string& file) : bytes_(bytes), file_(file) {}

  [[noreturn]] void fail(const std::string& what, const std::string& hint = damaged_file_hint) const {
    throw InputError(fmt::format("{}: {}", file_, what), hint);
  }

  template <typename T>
  T number(const std::string& what) {
    need(sizeof(T), what);
    T value;
    std::memcpy(&value, bytes_.data() + at_, sizeof value);
    at_ += sizeof value;
    return value;
  }

  std::string string(const std::string& what) {
    const auto length = number<std::uint64_t>(what);
    need(length, what);
    std::string text(reinterpret_cast<const char*>(bytes_.data()) + at_, length);
    at_ += length;
    return text;
  }

  // How many of something that takes at least `least_bytes` each: never more than the file has room for.
  std::size_t count(std::size_t least_bytes, const std::string& what) {
    const auto claimed = number<std::uint64_t>(what);
    if (claimed > (bytes_.size() - at_) / least_bytes) {
      fail(fmt::format("{} at byte {} claims {} entries; {} bytes are left", what, at_ - sizeof claimed,
                       claimed, bytes_.size() - at_));
    }
    return claimed;
  }

  std::size_t at() const { return at_; }
  std::size_t size() const { return bytes_.size(); }

 private:
  void need(std::uint64_t bytes, const std::string& what) const {
    if (bytes > bytes_.size() - at_) {
      fail(fmt::format("{} at byte {} needs {} bytes; the file ends {} bytes on", what, at_, bytes,
                       bytes_.size() - at_));
    }
  }

  std::span<const std::byte> bytes_;
  const std::string& file_;
  std::size_t at_ = 0;
};

// A type and a value of it.
GgufValue read_gguf_value(GgufReader& reader, const std::string& what);
// 64 bits without a sign, of which pbb expects 63.
std::int64_t read_gguf_size(GgufReader& reader, const std::string& what);

}  // namespace pbb

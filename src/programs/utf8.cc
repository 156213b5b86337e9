// UTF-8 by the table of the Unicode standard (3-7): shortest forms only.
#include "programs/utf8.h"

namespace pbb {

std::optional<CodePoint> decode_utf8(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (at >= text.size()) return std::nullopt;
  const unsigned char first = byte(at);
  if (first < 0x80) return CodePoint{first, 1};
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() - at < size) return std::nullopt;
  char32_t value = first & (0x7fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return std::nullopt;
    value = (value << 6) | (byte(at + i) & 0x3fu);
  }
  const char32_t least = size == 4 ? 0x10000 : size == 3 ? 0x800 : 0x80;
  if (value < least || value > 0x10ffff) return std::nullopt;
  return CodePoint{value, size};
}

std::size_t end_of_utf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto point = decode_utf8(text, at);
    if (!point) break;
    at += point->size;
  }
  return at;
}

void append_utf8(std::string& text, char32_t code_point) {
  const auto put = [&](char32_t byte) { text += static_cast<char>(static_cast<unsigned char>(byte)); };
  const auto put_rest = [&](int shift) { put(0x80 | ((code_point >> shift) & 0x3f)); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xc0 | (code_point >> 6));
    put_rest(0);
  } else if (code_point < 0x10000) {
    put(0xe0 | (code_point >> 12));
    put_rest(6);
    put_rest(0);
  } else {
    put(0xf0 | (code_point >> 18));
    put_rest(12);
    put_rest(6);
    put_rest(0);
  }
}

}  // namespace pbb

// UTF-8, one code point at a time. Lone surrogates pass (as Python's strings may hold them); all else that is
// not UTF-8 does not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pbb {

struct CodePoint {
  char32_t value = 0;
  std::size_t size = 0;  // bytes
};

// The code point that starts at `at`; nothing when the bytes there are no UTF-8.
std::optional<CodePoint> decode_utf8(std::string_view text, std::size_t at);
// Where `text` first is no UTF-8; its end where it is all through.
std::size_t end_of_utf8(std::string_view text);
void append_utf8(std::string& text, char32_t code_point);  // at most U+10FFFF

}  // namespace pbb

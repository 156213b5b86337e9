#include "text/utf8.h"

#include <fmt/format.h>

#include "base/error.h"

namespace pbb {
namespace {

struct Lead {
  std::size_t length;                // of the whole character; 0: no character starts with this byte
  unsigned char second_low = 0x80;   // the range of the second byte keeps out overlong forms, surrogates
  unsigned char second_high = 0xBF;  // and code points past U+10FFFF
};

Lead lead_byte(unsigned char byte) {
  if (byte < 0x80) return {1};
  if (byte < 0xC2) return {0};
  if (byte < 0xE0) return {2};
  if (byte == 0xE0) return {3, 0xA0, 0xBF};
  if (byte == 0xED) return {3, 0x80, 0x9F};
  if (byte < 0xF0) return {3};
  if (byte == 0xF0) return {4, 0x90, 0xBF};
  if (byte < 0xF4) return {4};
  if (byte == 0xF4) return {4, 0x80, 0x8F};
  return {0};
}

}  // namespace

Utf8Sequence utf8_sequence(std::string_view text) {
  const Lead lead = lead_byte(static_cast<unsigned char>(text[0]));
  if (lead.length == 0) return {Utf8Kind::invalid, 1};
  for (std::size_t i = 1; i < lead.length; ++i) {
    if (i == text.size()) return {Utf8Kind::truncated, i};
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool fits = i == 1 ? byte >= lead.second_low && byte <= lead.second_high : (byte & 0xC0) == 0x80;
    if (!fits) return {Utf8Kind::invalid, i};
  }
  return {Utf8Kind::complete, lead.length};
}

std::size_t utf8_length(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const Utf8Sequence sequence = utf8_sequence(text.substr(i));
    if (sequence.kind != Utf8Kind::complete) return i;
    i += sequence.length;
  }
  return text.size();
}

void check_utf8(std::string_view text, std::string_view what) {
  const std::size_t i = utf8_length(text);
  if (i == text.size()) return;
  const bool is_truncated = utf8_sequence(text.substr(i)).kind == Utf8Kind::truncated;
  throw InputError(
      fmt::format("{} is not UTF-8: byte 0x{:02X} at offset {} {}", what, static_cast<unsigned char>(text[i]),
                  i, is_truncated ? "opens a character that never ends" : "opens no character"),
      "convert the text to UTF-8 first, e.g. with iconv");
}

}  // namespace pbb

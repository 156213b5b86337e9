#include "base/printable.h"

#include <fmt/format.h>

#include <cstdint>

namespace pbb {
namespace {

struct Character {
  char32_t code = 0;
  std::size_t length = 0;  // in bytes; 0: they are not UTF-8
};

// At the front of `text`, which is not empty.
Character first_character(std::string_view text) {
  constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC0 || lead >= 0xF8 || length > text.size()) return {};
  char32_t code = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0) != 0x80) return {};
    code = code << 6 | (byte & 0x3F);
  }
  return code < least[length] ? Character{} : Character{code, length};
}

bool is_control(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0);
}

bool turns_direction(char32_t code) {
  return (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

std::string written_out(std::string_view text, bool keeps_lines) {
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    const auto [code, length] = first_character(text);
    if (length == 0) {
      shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
    } else if (code == '\n') {
      shown += keeps_lines ? "\n" : "\\n";
    } else if (code == '\t') {
      shown += keeps_lines ? "\t" : "\\t";
    } else if (is_control(code)) {
      shown += fmt::format("\\x{:02x}", static_cast<std::uint32_t>(code));
    } else if (turns_direction(code)) {
      shown += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(code));
    } else {
      shown += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return shown;
}

}  // namespace

std::string printable_line(std::string_view text) {
  return written_out(text, false);
}

std::string printable_lines(std::string_view text) {
  return written_out(text, true);
}

}  // namespace pbb

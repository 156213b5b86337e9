#include "text/byte_characters.h"

#include <array>

namespace pbb {
namespace {

constexpr int characters = 256 + 68;  // code points in use are below this

constexpr bool stands_for_itself(int byte) {
  return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

constexpr std::array<int, 256> make_byte_to_character() {
  std::array<int, 256> table{};
  int next = 256;
  for (int byte = 0; byte < 256; ++byte) table[byte] = stands_for_itself(byte) ? byte : next++;
  return table;
}

constexpr std::array<int, characters> make_character_to_byte() {
  std::array<int, characters> table{};
  table.fill(-1);
  const auto forward = make_byte_to_character();
  for (int byte = 0; byte < 256; ++byte) table[forward[byte]] = byte;
  return table;
}

constexpr auto byte_to_character = make_byte_to_character();
constexpr auto character_to_byte = make_character_to_byte();

}  // namespace

std::string spell_bytes(std::string_view bytes) {
  std::string spelling;
  spelling.reserve(2 * bytes.size());
  for (const char byte : bytes) {
    const int character = byte_to_character[static_cast<unsigned char>(byte)];
    if (character < 0x80) {
      spelling += static_cast<char>(character);
    } else {  // all are below U+0800: two bytes of UTF-8
      spelling += static_cast<char>(0xC0 | character >> 6);
      spelling += static_cast<char>(0x80 | (character & 0x3F));
    }
  }
  return spelling;
}

std::optional<std::string> unspell_bytes(std::string_view spelling) {
  std::string bytes;
  bytes.reserve(spelling.size());
  for (std::size_t i = 0; i < spelling.size(); ++i) {
    int character = static_cast<unsigned char>(spelling[i]);
    if (character >= 0x80) {
      if ((character & 0xE0) != 0xC0 || i + 1 == spelling.size()) return std::nullopt;
      const int second = static_cast<unsigned char>(spelling[++i]);
      if ((second & 0xC0) != 0x80) return std::nullopt;
      character = (character & 0x1F) << 6 | (second & 0x3F);
    }
    if (character >= characters || character_to_byte[static_cast<std::size_t>(character)] < 0)
      return std::nullopt;
    bytes += static_cast<char>(character_to_byte[static_cast<std::size_t>(character)]);
  }
  return bytes;
}

}  // namespace pbb

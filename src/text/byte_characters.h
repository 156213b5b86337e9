// GPT-2's spelling of bytes as printable characters, in which byte-level vocabularies are written: printable
// Latin-1 stands for itself, the other 68 bytes for U+0100 onwards (a space is U+0120, "Ġ").
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pbb {

std::string spell_bytes(std::string_view bytes);
// The bytes that `spelling` stands for; none where it has a character that stands for no byte.
std::optional<std::string> unspell_bytes(std::string_view spelling);

}  // namespace pbb

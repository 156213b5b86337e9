// UTF-8, one sequence at a time (Unicode 15, table 3-7: no overlong forms, no surrogates, at most U+10FFFF).
#pragma once

#include <cstddef>
#include <string_view>

namespace pbb {

enum class Utf8Kind {
  complete,   // one character
  truncated,  // the text ends inside a character that could still be completed
  invalid,    // no character starts so
};

struct Utf8Sequence {
  Utf8Kind kind;
  std::size_t length;  // bytes of the character, or of the longest beginning of one (at least 1)
};

// The sequence that `text` opens with; `text` is not empty.
Utf8Sequence utf8_sequence(std::string_view text);

// Bytes of the whole characters that `text` begins with: all of it where it is UTF-8.
std::size_t utf8_length(std::string_view text);

// InputError naming the offset and the value of the first byte that opens no character. `what` names the
// text.
void check_utf8(std::string_view text, std::string_view what);

}  // namespace pbb

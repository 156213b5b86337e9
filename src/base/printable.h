// Text of others (a program's exception, a model's words) as it may be shown on a terminal.
#pragma once

#include <string>
#include <string_view>

namespace pbb {

// `text` in one line of printable characters: control characters (C0, DEL, and C1 in UTF-8), with which a
// text could move the cursor, set the window's title or answer for the user, are written as \n, \t, \x1b,
// \x9b.
std::string printable_line(std::string_view text);

}  // namespace pbb

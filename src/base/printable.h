// Text of others (a program's exception, a file's name, a model's words) as it may be shown on a terminal.
#pragma once

#include <string>
#include <string_view>

namespace pbb {

// `text` in one line of printable characters. What could move the cursor, set the window's title, answer for
// the user or turn the order of letters round is written out: control characters (C0, DEL, and C1 in UTF-8)
// as \n, \t, \x1b, \x9b, marks of writing direction as \u202e, bytes that are not UTF-8 as \xff.
std::string printable_line(std::string_view text);
// The same, but line breaks and tabs are kept.
std::string printable_lines(std::string_view text);

}  // namespace pbb

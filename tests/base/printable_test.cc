// What a text of others may look like on a terminal.
#include "base/printable.h"

#include <gtest/gtest.h>

namespace pbb {
namespace {

TEST(PrintableLine, ControlCharactersAreWrittenOut) {
  EXPECT_EQ(printable_line("a\x1b]0;t\x07\n\t\r\x7f"), "a\\x1b]0;t\\x07\\n\\t\\x0d\\x7f");
  EXPECT_EQ(printable_line("\xc2\x9b"
                           "2J"),
            "\\x9b2J");
}

TEST(PrintableLine, AllOtherTextStaysAsItIs) {
  EXPECT_EQ(printable_line("é 合格 \xc2\xa0 'x' \\n"), "é 合格 \xc2\xa0 'x' \\n");
}

TEST(PrintableLine, BytesThatAreNotUtf8AreWrittenOut) {
  EXPECT_EQ(printable_line("\xc2"), "\\xc2");
  EXPECT_EQ(printable_line("\x9b"
                           "2J \xe5\x90 \xff"),
            "\\x9b2J \\xe5\\x90 \\xff");
  EXPECT_EQ(printable_line("\xc0\x9b, \xe0\x82\x9b"), "\\xc0\\x9b, \\xe0\\x82\\x9b");  // longer than need be
}

TEST(PrintableLine, MarksThatTurnTheOrderOfLettersAreWrittenOut) {
  EXPECT_EQ(printable_line("a\u202eb\u2066c \u2018d\u2019"), "a\\u202eb\\u2066c \u2018d\u2019");
}

TEST(PrintableLine, OfLinesTheBreaksAndTabsAreKept) {
  EXPECT_EQ(printable_lines("a\nb\x1b[2J\tc"), "a\nb\\x1b[2J\tc");
}

}  // namespace
}  // namespace pbb

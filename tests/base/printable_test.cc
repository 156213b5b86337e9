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
  EXPECT_EQ(printable_line("\xc2"), "\xc2");
}

}  // namespace
}  // namespace pbb

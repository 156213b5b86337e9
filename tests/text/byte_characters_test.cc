#include "text/byte_characters.h"

#include <gtest/gtest.h>

#include <set>

namespace pbb {
namespace {

TEST(ByteCharacters, EveryByteHasASpellingOfItsOwn) {
  std::set<std::string> spellings;
  for (int byte = 0; byte < 256; ++byte) {
    const std::string bytes(1, static_cast<char>(byte));
    spellings.insert(spell_bytes(bytes));
    EXPECT_EQ(unspell_bytes(spell_bytes(bytes)), bytes);
  }
  EXPECT_EQ(spellings.size(), 256U);
  EXPECT_EQ(spell_bytes(" a\n\x7F\xAD\xFF"), "ĠaĊġŃÿ");
}

TEST(ByteCharacters, OtherCharactersStandForNoByte) {
  for (const char* spelling : {" ", "あ", "\u0144", "\u00AD", "a\xC4", "\xC4 "}) {
    EXPECT_EQ(unspell_bytes(spelling), std::nullopt) << spelling;
  }
}

}  // namespace
}  // namespace pbb

#include "text/split_pattern.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace pbb {
namespace {

using Pieces = std::vector<std::string_view>;

Pieces split(const std::string& pattern, const Pieces& texts) {
  return SplitPattern(pattern).split(texts);
}

TEST(SplitPattern, MatchesAndWhatLiesBetweenArePieces) {
  EXPECT_EQ(split("b+", {"abbab"}), (Pieces{"a", "bb", "a", "b"}));
  EXPECT_EQ(split("x", {"abc"}), Pieces{"abc"});
  EXPECT_EQ(split("x*", {"axxb"}), (Pieces{"a", "xx", "b"}));  // empty matches cut nothing
  EXPECT_EQ(split("b", {}), Pieces{});
}

TEST(SplitPattern, NothingLooksBeyondTheEndsOfAText) {
  EXPECT_EQ(split(R"(\s+(?!\S)|\s+)", {"a  ", "b"}), (Pieces{"a", "  ", "b"}));
  EXPECT_EQ(split(R"(\s+(?!\S)|\s+)", {"a  b"}), (Pieces{"a", " ", " ", "b"}));
  EXPECT_EQ(split("(?<=a)b", {"a", "b", "ab"}), (Pieces{"a", "b", "a", "b"}));
}

TEST(SplitPattern, CharacterClassesAreOnigurumas) {
  EXPECT_EQ(split(R"(\s)", {"a\u0085b"}), (Pieces{"a", "\u0085", "b"}));
  EXPECT_EQ(split(R"(\s)", {"a\u180Eb"}), Pieces{"a\u180Eb"});  // no White_Space since Unicode 6.3
  EXPECT_EQ(split(R"(\p{L}+)", {"1\U00031350\U0001E030!"}),
            (Pieces{"1", "\U00031350\U0001E030", "!"}));  // 15
  EXPECT_EQ(split(R"([^\s\p{L}\p{N}]+)", {"!?\U00031350\U000116D0."}),
            (Pieces{"!?", "\U00031350\U000116D0", "."}));
  EXPECT_EQ(split(R"([\]a]+)", {"b]a"}), (Pieces{"b", "]a"}));
}

TEST(SplitPattern, WhatMeansSomethingElseInPcre2IsRefused) {
  for (const char* pattern : {R"(\w)", R"(a\b)", R"([\h])", "[a[b]]", "[a&&b]", "[]a]", R"(\Q.\E)", "\\"}) {
    EXPECT_THROW(SplitPattern{pattern}, InputError) << pattern;
  }
}

}  // namespace
}  // namespace pbb

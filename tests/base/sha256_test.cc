#include "base/sha256.h"

#include <gtest/gtest.h>

namespace pbb {
namespace {

TEST(Sha256, OfTheStandardsMessages) {
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256(std::string(1000000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

// Around the length at which another block is needed.
TEST(Sha256, OfEveryLengthOfPadding) {
  std::string all;
  for (std::size_t length = 50; length < 70; ++length) all += sha256(std::string(length, 'x'));
  EXPECT_EQ(sha256(all), "994282ac383aa724d2f1df4d2de2b8d8d3f25dcdd79be19edf5d03b10bd7d14f");
}

}  // namespace
}  // namespace pbb

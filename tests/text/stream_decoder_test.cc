#include "text/stream_decoder.h"

#include <gtest/gtest.h>

#include "text/golden.h"
#include "text/utf8.h"

namespace pbb {
namespace {

TEST(StreamDecoder, GivesTheWholeTextInWholeCharacters) {
  const Tokenizer& tokenizer = smollm2_tokenizer();
  const std::string text = "x = 1 # 日本語 👩🏽‍💻 \u00e9 e\u0301 𠮷 \n\tif";
  StreamDecoder decoder(tokenizer);
  std::string streamed;
  int held_back = 0;
  for (const std::int32_t id : tokenizer.encode(text)) {
    const std::string piece = decoder.push(id);
    EXPECT_NO_THROW(check_utf8(piece, "the piece"));
    held_back += piece.empty() ? 1 : 0;
    streamed += piece;
  }
  EXPECT_EQ(streamed + decoder.finish(), text);
  EXPECT_GT(held_back, 5);
}

TEST(StreamDecoder, BytesOfNoCharacterBecomeReplacementCharacters) {
  const Tokenizer tokenizer = small_tokenizer("gpt-2");
  const auto push_all = [&](const std::vector<std::string>& tokens) {
    StreamDecoder decoder(tokenizer);
    std::vector<std::string> pieces;
    for (const std::string& spelling : tokens) {
      const auto& all = tokenizer.data().tokens;
      const auto id = std::find(all.begin(), all.end(), spelling) - all.begin();
      pieces.push_back(decoder.push(static_cast<std::int32_t>(id)));
    }
    pieces.push_back(decoder.finish());
    return pieces;
  };
  using Pieces = std::vector<std::string>;
  // In GPT-2's spelling byte 0xE3 is "ã", 0x81 is "ģ", 0x82 is "Ĥ", 0xFF is "ÿ".
  EXPECT_EQ(push_all({"ã", "ģ", "Ĥ"}), (Pieces{"", "", "\u3042", ""}));
  EXPECT_EQ(push_all({"ã", "ģ", "a"}), (Pieces{"", "", "\uFFFDa", ""}));
  EXPECT_EQ(push_all({"ÿ", "a"}), (Pieces{"\uFFFD", "a", ""}));
  EXPECT_EQ(push_all({"a", "ã", "ģ"}), (Pieces{"a", "", "", "\uFFFD"}));
  EXPECT_EQ(push_all({"ģ", "ã", "ã", "ģ", "Ĥ"}), (Pieces{"\uFFFD", "", "\uFFFD", "", "\u3042", ""}));
  EXPECT_EQ(push_all({"ã", "<|endoftext|>", "ģ", "Ĥ"}), (Pieces{"", "", "", "\u3042", ""}));
}

}  // namespace
}  // namespace pbb

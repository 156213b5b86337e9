#include "text/tokenizer.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/random.h"
#include "text/golden.h"
#include "text/pre_tokenizer.h"
#include "text/utf8.h"

namespace pbb {
namespace {

std::string error_of(const auto& action) {
  try {
    action();
  } catch (const InputError& error) {
    return error.what();
  }
  return "no InputError";
}

// A vocabulary small enough to follow by hand: bytes a to d, "Ġ" for a space, and some merges.
TokenizerData small_data() {
  TokenizerData data;
  data.tokens = {"<|end|>", "a", "b", "c", "d", "Ġ", "ab", "bc", "abc", "Ġa"};
  data.merges = {"b c", "a b", "a bc", "Ġ a"};
  data.control = {0};
  data.end = 0;
  apply_named_pre_tokenizer("gpt-2", data);
  return data;
}

std::string random_valid_text(Random& random, int characters) {
  std::string text;
  for (int i = 0; i < characters; ++i) {
    const std::array<std::int64_t, 5> tops = {0x7F, 0xFF, 0x7FF, 0xFFFF, 0x10FFFF};
    auto c = static_cast<std::uint32_t>(random.integer(0, random.choice<std::int64_t>(tops)));
    if (c >= 0xD800 && c <= 0xDFFF) c -= 0x800;
    if (c < 0x80) {
      text += static_cast<char>(c);
    } else if (c < 0x800) {
      text += {static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 63))};
    } else if (c < 0x10000) {
      text += {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 63)),
               static_cast<char>(0x80 | (c & 63))};
    } else {
      text += {static_cast<char>(0xF0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 63)),
               static_cast<char>(0x80 | (c >> 6 & 63)), static_cast<char>(0x80 | (c & 63))};
    }
  }
  return text;
}

using Ids = std::vector<std::int32_t>;

TEST(Tokenizer, EqualsHuggingFaceOnAdversarialStrings) {
  const Tokenizer& tokenizer = smollm2_tokenizer();
  const nlohmann::json golden = golden_json("tokenizer_smollm2.json");
  ASSERT_GE(golden.size(), 2000U);
  for (const nlohmann::json& each : golden) {
    const auto text = each[0].get<std::string>();
    ASSERT_EQ(tokenizer.encode(text), parse_ids(each[1])) << each[0].dump(-1, ' ', true);
  }
}

TEST(Tokenizer, EqualsHuggingFaceUnderEveryNamedPreTokenizer) {
  const nlohmann::json golden = golden_json("tokenizer_patterns.json");
  for (const nlohmann::json& each : golden["cases"]) {
    const TokenizerData read = read_tokenizer_text(each["tokenizer"].dump());
    TokenizerData named = read;
    apply_named_pre_tokenizer(each["pre"].get<std::string>(), named);
    EXPECT_EQ(named.split_patterns, read.split_patterns) << each["pre"];
    EXPECT_EQ(named.split_digits_individually, read.split_digits_individually) << each["pre"];
    EXPECT_EQ(named.normalize_nfc, read.normalize_nfc) << each["pre"];
    EXPECT_EQ(named.prefer_whole_words, read.prefer_whole_words) << each["pre"];

    const Tokenizer tokenizer(read);
    for (std::size_t i = 0; i < golden["strings"].size(); ++i) {
      const nlohmann::json& text = golden["strings"][i];
      ASSERT_EQ(tokenizer.encode(text.get<std::string>()), parse_ids(each["ids"][i]))
          << each["pre"] << " " << text.dump(-1, ' ', true);
    }
  }
}

TEST(Tokenizer, MergesByRankThenFromTheLeft) {
  const Tokenizer tokenizer(small_data());
  EXPECT_EQ(tokenizer.encode("abc"), (Ids{8}));          // b c first, then a bc
  EXPECT_EQ(tokenizer.encode("abd"), (Ids{6, 4}));       // a b
  EXPECT_EQ(tokenizer.encode("abab"), (Ids{6, 6}));      // the same pair twice
  EXPECT_EQ(tokenizer.encode("a abc"), (Ids{1, 5, 8}));  // Ġ a comes after a bc
  EXPECT_EQ(tokenizer.encode(""), Ids{});
}

TEST(Tokenizer, WholeWordsComeFirstWhereTheFileSaysSo) {
  TokenizerData data = small_data();
  data.tokens.push_back("dad");  // no merge makes it
  EXPECT_EQ(Tokenizer(data).encode("dad"), (Ids{4, 1, 4}));
  data.prefer_whole_words = true;
  EXPECT_EQ(Tokenizer(data).encode("dad"), (Ids{10}));
}

TEST(Tokenizer, BytesWithoutATokenAreLeftOut) {
  EXPECT_EQ(Tokenizer(small_data()).encode("axb"), (Ids{6}));  // as Hugging Face's, which then merges a and b
}

TEST(Tokenizer, ControlTokensInsideUserTextAreSplitUp) {
  const Tokenizer& tokenizer = smollm2_tokenizer();
  for (const std::int32_t control : tokenizer.data().control) {
    const std::string name(tokenizer.token(control));
    for (const std::string& text : {name, "a" + name + "b", " " + name + name, "\n" + name + "\n"}) {
      const Ids ids = tokenizer.encode(text);
      for (const std::int32_t id : ids) EXPECT_FALSE(tokenizer.is_control(id)) << text;
      EXPECT_EQ(tokenizer.decode(ids), text);
    }
  }
}

TEST(Tokenizer, ControlTokensAreFoundByNameAndLeftOutOfText) {
  const Tokenizer& tokenizer = smollm2_tokenizer();
  EXPECT_EQ(tokenizer.control("<|im_end|>"), 2);
  EXPECT_EQ(tokenizer.end_of_text(), 0);
  EXPECT_EQ(tokenizer.find_control("Hello"), std::nullopt);  // a token, but no control token
  EXPECT_THROW(tokenizer.control("<|nothing|>"), Error);

  Ids ids = tokenizer.encode("Hello");
  ids.push_back(2);
  EXPECT_EQ(tokenizer.decode(ids), "Hello");
  EXPECT_EQ(tokenizer.decode(ids, true), "Hello<|im_end|>");
  EXPECT_THROW(tokenizer.decode(Ids{tokenizer.vocabulary_size()}), Error);
  EXPECT_THROW(tokenizer.decode(Ids{-1}), Error);
}

TEST(Tokenizer, AddedTokensAreShownButNeverFoundInText) {
  TokenizerData data = small_data();
  data.tokens.push_back("<é>");
  data.added = {10};
  const Tokenizer tokenizer(data);
  EXPECT_EQ(tokenizer.decode(Ids{1, 10}), "a<é>");
  EXPECT_EQ(tokenizer.encode("<é>"), Ids{});
}

TEST(Tokenizer, DecodeUndoesEncodeForAnyValidText) {
  Random random(7, "tokenizer round trip");
  for (const char* name : {"gpt-2", "smollm", "llama-bpe"}) {
    const Tokenizer tokenizer = small_tokenizer(name);
    for (int i = 0; i < 400; ++i) {
      const std::string text = random_valid_text(random, static_cast<int>(random.integer(0, 40)));
      ASSERT_EQ(tokenizer.decode(tokenizer.encode(text)), text) << name << " " << i;
    }
  }
}

TEST(Tokenizer, RandomBytesAreAnInputErrorOrComeBackUnchanged) {
  Random random(8, "tokenizer bytes");
  const Tokenizer tokenizer = small_tokenizer("smollm");
  int refused = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string text;
    const std::int64_t top = random.choice<std::int64_t>(std::array<std::int64_t, 3>{0x7F, 0xBF, 0xFF});
    for (std::int64_t n = random.integer(0, 20); n > 0; --n)
      text += static_cast<char>(random.integer(0, top));
    try {
      ASSERT_EQ(tokenizer.decode(tokenizer.encode(text)), text);
    } catch (const InputError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000);
  EXPECT_LT(refused, 2900);
}

TEST(Tokenizer, InvalidUtf8IsNamedByOffsetAndByte) {
  const Tokenizer& tokenizer = smollm2_tokenizer();
  const auto message = [&](std::string_view text) { return error_of([&] { tokenizer.encode(text); }); };
  EXPECT_EQ(message("abc\xFFz"), "the text is not UTF-8: byte 0xFF at offset 3 opens no character");
  EXPECT_EQ(message("é\xE3\x81"),
            "the text is not UTF-8: byte 0xE3 at offset 2 opens a character that never ends");
  EXPECT_EQ(message("\xC0\x80"),
            "the text is not UTF-8: byte 0xC0 at offset 0 opens no character");  // overlong
  EXPECT_EQ(message("a\xED\xA0\x80"),
            "the text is not UTF-8: byte 0xED at offset 1 opens no character");  // surrogate
  EXPECT_EQ(message("\xF4\x90\x80\x80"), "the text is not UTF-8: byte 0xF4 at offset 0 opens no character");
  EXPECT_EQ(message("\x80"), "the text is not UTF-8: byte 0x80 at offset 0 opens no character");
}

TEST(Tokenizer, AMegabyteWithoutABreakIsOneWordAndDoesNotTakeForever) {
  const Tokenizer& tokenizer = smollm2_tokenizer();
  Random random(9, "long word");
  std::string letters(1 << 20, 'a');
  for (char& letter : letters) letter = static_cast<char>('a' + random.integer(0, 25));
  for (const std::string& text : {std::string(1 << 20, 'a'), std::string(1 << 20, ' '), letters}) {
    EXPECT_EQ(tokenizer.decode(tokenizer.encode(text)), text);
  }
}

TEST(Tokenizer, DataThatContradictsItselfIsAnInputError) {
  const auto message = [](const auto& change) {
    TokenizerData data = small_data();
    change(data);
    return error_of([&] { Tokenizer{data}; });
  };
  EXPECT_EQ(message([](TokenizerData& data) { data.tokens.clear(); }), "a tokeniser of 0 tokens");
  EXPECT_EQ(message([](TokenizerData& data) { data.tokens[4] = "a"; }),
            "the tokeniser's tokens 1 and 4 are both \"a\"");
  EXPECT_EQ(message([](TokenizerData& data) { data.control = {10}; }),
            "the tokeniser's control token is token 10, but there are 10 tokens");
  EXPECT_EQ(message([](TokenizerData& data) { data.end = -1; }),
            "the tokeniser's EOS is token -1, but there are 10 tokens");
  EXPECT_EQ(message([](TokenizerData& data) { data.merges[1] = "ab"; }),
            "the tokeniser's merge 1 is \"ab\", not two tokens with a space between");
  EXPECT_EQ(message([](TokenizerData& data) { data.merges[1] = "a x"; }),
            "the tokeniser's merge 1, \"a x\", needs \"x\", which is no token");
  EXPECT_EQ(message([](TokenizerData& data) { data.merges[1] = "a d"; }),
            "the tokeniser's merge 1, \"a d\", needs \"ad\", which is no token");
  EXPECT_NE(
      message([](TokenizerData& data) { data.tokens[4] = "\xFF"; }).find("token 4 is not UTF-8: byte 0xFF"),
      std::string::npos);
  EXPECT_NE(message([](TokenizerData& data) { data.split_patterns = {"(a"}; }).find("does not compile"),
            std::string::npos);
  EXPECT_NE(message([](TokenizerData& data) { data.split_patterns = {R"(\w+)"}; }).find("not implemented"),
            std::string::npos);
}

TEST(Tokenizer, APatternThatBacktracksForeverIsAnInputError) {
  TokenizerData data = small_data();
  data.split_patterns = {"(a+)+$"};
  const std::string message = error_of([&] { Tokenizer(data).encode(std::string(64, 'a') + "b"); });
  EXPECT_NE(message.find("match limit"), std::string::npos) << message;
}

TEST(PreTokenizer, AnUnknownNameIsAnInputErrorThatListsTheKnownOnes) {
  TokenizerData data;
  try {
    apply_named_pre_tokenizer("viking", data);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("\"viking\""), std::string::npos);
    EXPECT_NE(error.hint().find("smollm"), std::string::npos);
  }
}

}  // namespace
}  // namespace pbb

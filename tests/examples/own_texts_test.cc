// What a model wrote itself, as replay: its file, its loss, and that it is no program's exposure.
#include "examples/own_texts.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "examples/byte_tokenizer.h"
#include "examples/pack.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

fs::path text_file(const std::string& text) {
  const fs::path file = fs::path(testing::TempDir()) / "own_texts.jsonl";
  write_file(file, text);
  return file;
}

TEST(OwnTexts, AFileGivesBackTheTextsThatWereWrittenToIt) {
  const Tokenizer tokenizer = byte_tokenizer();
  const std::vector<OwnText> texts = {{.user = {}, .text = "Plain \"line\"\nand another"},
                                      {.user = {}, .text = "検査"}};
  const fs::path file = text_file("");
  write_own_texts(texts, file);
  const auto tokens = read_own_texts(tokenizer, file);
  ASSERT_EQ(tokens.size(), texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(tokens[i], own_text_tokens(tokenizer, texts[i]));
}

TEST(OwnTexts, ALineWithoutATextIsRefusedByFileAndLine) {
  for (const char* line : {"{}", "[1]", R"({"text": ""})", R"({"text": 7})", R"({"user": "", "text": "A"})",
                           R"({"user": "A"})"}) {
    try {
      read_own_texts(byte_tokenizer(), text_file(R"({"text": "A"})" + std::string("\n") + line + "\n"));
      ADD_FAILURE() << line << " was taken";
    } catch (const InputError& error) {
      EXPECT_NE(std::string(error.what()).find("own_texts.jsonl:2"), std::string::npos) << error.what();
    }
  }
  EXPECT_THROW(read_own_texts(byte_tokenizer(), text_file("")), InputError);
}

TEST(OwnTexts, TheLossIsOnAllOfATextAndNoProgramIsExposed) {
  const Example example = make_own_text({5, 6, 7});
  EXPECT_EQ(example.trained, (std::vector<std::uint8_t>{0, 1, 1}));
  ExposureCounts counts;
  count_exposures(std::span(&example, 1), counts);
  EXPECT_TRUE(counts.empty());
}

}  // namespace
}  // namespace pbb

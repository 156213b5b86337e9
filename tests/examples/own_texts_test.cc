// What a model wrote itself, as replay: its file, its loss, and that it is no program's exposure.
#include "examples/own_texts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

#include "base/error.h"
#include "base/file.h"
#include "examples/byte_tokenizer.h"
#include "examples/pack.h"
#include "examples/word_problems.h"

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

TEST(OwnTexts, ProblemsAreSolvedRightInEachManner) {
  int annotated = 0, money = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Random random(seed, "problems");
    const std::string text = solved_problems(random);
    EXPECT_TRUE(text.ends_with("Question:") || text.ends_with("Problem:")) << text;
    annotated += text.find("<<") != std::string::npos;
    money += text.find('$') != std::string::npos;
    // Every product that is written out is what it is said to be.
    static const std::regex products(
        R"((\d+) ?(?:\*|times) \$?(\d+)(?: =|, which is) \$?(?:<<[^>]*>>)?(\d+))");
    int found = 0;
    for (auto each = std::sregex_iterator(text.begin(), text.end(), products); each != std::sregex_iterator();
         ++each) {
      EXPECT_EQ(std::stoi((*each)[1]) * std::stoi((*each)[2]), std::stoi((*each)[3])) << each->str();
      ++found;
    }
    EXPECT_GT(found + annotated, 0) << text;
  }
  EXPECT_GT(annotated, 10);
  EXPECT_GT(money, 20);
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

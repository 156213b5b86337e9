// What is made of figures and files: shares, costs, the answer, and the page.
#include "assessment/assessment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>

#include "assessment/made_up.h"
#include "assessment/page.h"
#include "base/file.h"
#include "base/temporary_folder.h"
#include "examples/byte_tokenizer.h"
#include "programs/python_runner.h"

namespace pbb {
namespace {

class Assessing : public testing::Test {
 protected:
  // Imported once for all of these tests: that takes seconds.
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryFolder>();
    std::filesystem::create_directories(*folder_ / "rules");
    file("fee", "def fee(x):\n    if x > 10:\n        return 5\n    return 2\n");
    file("rate", "def rate(x):\n    return x * 3\n");
    file("clock", "import time\ndef clock(x):\n    return time.time() + x\n");
    imported_ = std::make_unique<Imported>(
        import_python({.paths = {*folder_ / "rules"}, .examples = {}}, {.source_only_share = 1},
                      {run_in_python, run_in_python}, *folder_ / "corpus"));
  }
  static void TearDownTestSuite() {
    imported_.reset();
    folder_.reset();
  }
  static void file(const std::string& name, const std::string& text) {
    write_file(*folder_ / "rules" / (name + ".py"), text);
  }
  static Assessment assess_with(Costs costs, Measured measured = made_up_figures(),
                                const std::string& title = "rules") {
    const Tokenizer tokenizer = byte_tokenizer();
    return assess({.title = title,
                   .imported = imported_.get(),
                   .tokenizer = &tokenizer,
                   .costs = costs,
                   .measured = std::move(measured),
                   .base_tokens = 1'000'000},
                  run_in_python);
  }
  static bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  }

  static inline std::unique_ptr<TemporaryFolder> folder_;
  static inline std::unique_ptr<Imported> imported_;
};

TEST_F(Assessing, SaysWhatShareOfFunctionsAndLinesCanBeLearntAndWhyTheOthersCannot) {
  const Assessment found = assess_with({});
  EXPECT_EQ(found.functions, 3);
  EXPECT_EQ(found.rules.size(), 2U);
  EXPECT_EQ(found.lines, 9);
  EXPECT_EQ(found.learnable_lines, 6);
  ASSERT_EQ(found.rest.size(), 1U);
  EXPECT_EQ(found.rest[0].why, Rest::outside_world);
  EXPECT_EQ(found.rest[0].functions, 1);
  EXPECT_EQ(found.rest[0].lines, 3);
}

TEST_F(Assessing, CostsGrowWithPricesRulesAndExamples) {
  const Assessment found = assess_with({.example = 2, .hour = 36});
  ASSERT_EQ(found.examples.size(), 2U);
  EXPECT_DOUBLE_EQ(*found.examples[0].cost, 2 * 4 * 2);  // rules × examples × price
  EXPECT_DOUBLE_EQ(*found.examples[1].cost, 2 * 16 * 2);
  const double seconds = 100.0 * static_cast<double>(found.source_tokens) / 1000;
  EXPECT_DOUBLE_EQ(*found.reading_seconds, seconds);
  EXPECT_DOUBLE_EQ(*found.reading_cost, seconds * 0.01);
  EXPECT_DOUBLE_EQ(*found.break_even_examples(), seconds * 0.01 / 2);
  EXPECT_DOUBLE_EQ(*found.break_even_seconds(), seconds / (2 * 16));
  const Assessment dearer = assess_with({.example = 4, .hour = 72});
  EXPECT_DOUBLE_EQ(*dearer.examples[1].cost, 2 * *found.examples[1].cost);
  EXPECT_DOUBLE_EQ(*dearer.reading_cost, 2 * *found.reading_cost);
  const Assessment unpriced = assess_with({});
  EXPECT_FALSE(unpriced.examples[1].cost || unpriced.reading_cost || unpriced.break_even_examples());
}

TEST_F(Assessing, SourceIsNotTheCheaperTeacherWhereReadingCostsMoreThanTheExamples) {
  EXPECT_EQ(assess_with({.example = 1, .hour = 1}).cheaper(), Cheaper::yes);
  EXPECT_EQ(assess_with({.example = 0, .hour = 1}).cheaper(), Cheaper::no);
  EXPECT_EQ(assess_with({}, {}).cheaper(), Cheaper::unknown);
}

TEST_F(Assessing, AKindIsReliableByTheLowEndOfItsIntervalAndNeverByACeiling) {
  EXPECT_EQ(assess_with({}).worth(), Worth::yes);
  Measured ceiling = made_up_figures();
  for (MeasuredAnswers& answers : ceiling.runs[0].answers) answers.teaching = Teaching::given;
  EXPECT_EQ(assess_with({}, ceiling).worth(), Worth::no);
  EXPECT_TRUE(assess_with({}, ceiling).rules[0].expected.is_ceiling);
  EXPECT_EQ(assess_with({}, {}).worth(), Worth::unknown);
}

TEST_F(Assessing, WhatNobodyMeasuredIsSaidNotToBeMeasured) {
  const Assessment found = assess_with({}, {});
  for (const auto& [language, word] :
       {std::pair{Language::english, "not measured"}, {Language::japanese, "未計測"}}) {
    EXPECT_TRUE(has(assessment_page(found, language), word));
    EXPECT_TRUE(has(assessment_text(found, language), word));
  }
}

TEST_F(Assessing, ThePageIsThereInBothLanguagesAndLoadsAndRunsNothing) {
  const Assessment found = assess_with({.example = 2, .hour = 36});
  const std::string english = assessment_page(found, Language::english),
                    japanese = assessment_page(found, Language::japanese);
  EXPECT_TRUE(has(english, "<html lang=\"en\">"));
  EXPECT_TRUE(has(english, "Yes. The model can learn all 2 rules"));
  EXPECT_TRUE(has(japanese, "<html lang=\"ja\">"));
  EXPECT_TRUE(has(japanese, "価値はあります"));
  for (const std::string& page : {english, japanese}) {
    EXPECT_TRUE(has(page, "default-src 'none'"));
    for (const char* outside :
         {"http:", "https:", "<script", "src=", "url(", "<link", "@import", "javascript:"})
      EXPECT_FALSE(has(page, outside)) << outside;
    EXPECT_TRUE(has(page, "<svg role=\"img\""));
    EXPECT_TRUE(has(page, "0123456789ab"));  // where a figure comes from
  }
}

TEST_F(Assessing, WhatAUserNamedCannotBecomeMarkup) {
  Measured hostile = made_up_figures();
  hostile.runs[0].command = "pbb run <script>alert(1)</script>";
  const std::string page = assessment_page(assess_with({}, hostile, "<img src=x>"), Language::english);
  EXPECT_FALSE(has(page, "<script>"));
  EXPECT_FALSE(has(page, "<img"));
  EXPECT_TRUE(has(page, "&lt;img src=x&gt;"));
}

TEST_F(Assessing, APageReplacesAnEarlierPageAndNothingElse) {
  const std::string page = assessment_page(assess_with({}), Language::english);
  write_assessment(*folder_ / "a.html", page);
  write_assessment(*folder_ / "a.html", page);
  write_file(*folder_ / "b.html", "a user's own");
  EXPECT_NE(input_error([&] { write_assessment(*folder_ / "b.html", page); }).find("HINT give another name"),
            std::string::npos);
  EXPECT_EQ(read_file(*folder_ / "b.html"), "a user's own");
}

// The numbers of the values that a format takes: {} is the next one, {2} the third.
std::set<std::size_t> values_of(std::string_view format) {
  std::set<std::size_t> found;
  std::size_t next = 0;
  for (std::size_t at = 0; (at = format.find('{', at)) != std::string_view::npos; ++at)
    found.insert(format[at + 1] == '}' ? next++ : static_cast<std::size_t>(format[at + 1] - '0'));
  return found;
}

TEST(Sentences, AreAllThereInBothLanguagesAndTakeTheSameValues) {
  std::set<std::string_view> keys;
  for (const Message& message : messages()) {
    EXPECT_TRUE(keys.insert(message.key).second) << message.key << " is there twice";
    EXPECT_FALSE(std::string_view(message.english).empty()) << message.key;
    EXPECT_TRUE(
        std::ranges::any_of(std::string_view(message.japanese), [](char letter) { return letter < 0; }))
        << message.key << " is not Japanese";
    EXPECT_EQ(values_of(message.english), values_of(message.japanese)) << message.key;
  }
}

}  // namespace
}  // namespace pbb

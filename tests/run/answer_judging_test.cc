// What a stage of GRPO rewards is what the evaluation calls right.
#include "run/answer_judging.h"

#include <gtest/gtest.h>

#include "examples/byte_tokenizer.h"
#include "examples/sample_programs.h"

namespace pbb {
namespace {

struct Judged {
  Tokenizer tokenizer = byte_tokenizer();
  Program program = sample_program("Blorp", 13, 5, Split::with_io);
  Execution truth = sample_execution(13, 5, 5);

  AnswerMark mark(AnswerForm form, const std::string& answer, bool cut = false) {
    return judging_of_answers(tokenizer, form).mark({&program, &truth, 0}, tokenizer.encode(answer), cut);
  }
  bool ends(AnswerForm form, const std::string& answer, const std::string& next) {
    return judging_of_answers(tokenizer, form).ends(tokenizer.encode(answer), tokenizer.encode(next).front());
  }
};

TEST(AnswerJudging, TheTypedValueIsRightWhateverTheLinesBeforeIt) {
  Judged judged;
  EXPECT_TRUE(judged.mark(AnswerForm::direct, " 90").right);
  EXPECT_FALSE(judged.mark(AnswerForm::direct, " '90'").right) << "another type";
  EXPECT_TRUE(judged.mark(AnswerForm::direct, " '90'").parsed);
  EXPECT_FALSE(judged.mark(AnswerForm::direct, " ninety").parsed);
  EXPECT_TRUE(judged.mark(AnswerForm::trace, " nonsense; return 90").right);
  EXPECT_FALSE(judged.mark(AnswerForm::trace, " x = 5 + 13 = 18; x = 18 * 5 = 90; return 90", true).right)
      << "cut: it may have gone on to 900";
}

TEST(AnswerJudging, LinesRecalledAreAShareOfTheTrueTraceOrOfTheRecitedSource) {
  Judged judged;
  EXPECT_EQ(judged.mark(AnswerForm::trace, " x = 5 + 13 = 18; x = 18 * 5 = 90; return 90").recalled, 1);
  EXPECT_NEAR(judged.mark(AnswerForm::trace, " x = 5 + 13 = 19; x = 19 * 7 = 90; return 90").recalled,
              2.0 / 3, 1e-12)
      << "its numbers may be wrong";
  EXPECT_NEAR(judged
                  .mark(AnswerForm::trace,
                        " x = 5 + 13 = 18; x = 18 * 5 = 90; return 90; return 90; return 90;"
                        " return 90")
                  .recalled,
              0.5, 1e-12)
      << "lines beyond the program's own are no gain";
  EXPECT_EQ(judged.mark(AnswerForm::direct, " 90").recalled, 0);
  const std::string recited = "(x):\n    x = x + 13\n    x = x * 7\n    return x\nTrace: return 90";
  const AnswerMark mark = judged.mark(AnswerForm::recite, recited);
  EXPECT_TRUE(mark.right);
  EXPECT_NEAR(mark.recalled, 0.75, 1e-12);
}

TEST(AnswerJudging, AnswersEndWhereThoseOfAnArmDo) {
  Judged judged;
  EXPECT_TRUE(judged.ends(AnswerForm::trace, " return 90", "\n"));
  EXPECT_FALSE(judged.ends(AnswerForm::trace, " ", "\n")) << "the line has not begun";
  EXPECT_FALSE(judged.ends(AnswerForm::recite, "(x):", "\n")) << "a source has several lines";
  EXPECT_FALSE(judged.ends(AnswerForm::trace, " return 9", "0"));
}

}  // namespace
}  // namespace pbb

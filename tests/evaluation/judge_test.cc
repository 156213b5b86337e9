// Verdicts and step checks on what models write, well-formed and not.
#include <gtest/gtest.h>

#include "evaluation/evaluate.h"
#include "evaluation/steps.h"

namespace pbb {
namespace {

Item item_with(Value output, std::vector<TraceStep> trace, AnswerForm form = AnswerForm::trace) {
  Item item;
  item.program.name = "Gleeprag";
  item.program.domain = "arithmetic";
  item.program.kind = "straight-line";
  item.program.split = Split::source_only;
  item.truth.arguments = {Value{std::int64_t{5}}};
  item.truth.outcome = std::move(output);
  item.truth.trace = std::move(trace);
  item.form = form;
  return item;
}

Item gleeprag(AnswerForm form = AnswerForm::trace) {
  return item_with(Value{std::int64_t{90}},
                   {{2, "x = x + 13", "x = 5 + 13 = 18", "x = □ + 13 = □"},
                    {3, "return x * 5", "return 18 * 5 = 90", "return □ * 5 = □"}},
                   form);
}

ItemResult judged(const Item& item, const std::string& completion, bool cut = false) {
  return judge(item, {{}, "Question: What is Gleeprag(5)?\nAnswer:"}, completion, cut);
}

TEST(Judge, RightTraceIsCorrectAndRecalled) {
  const ItemResult result = judged(gleeprag(), " x = 5 + 13 = 18; return 18 * 5 = 90");
  EXPECT_EQ(result.verdict, Verdict::correct);
  EXPECT_EQ(result.answer, "90");
  EXPECT_EQ(result.truth, "90");
  EXPECT_EQ(result.call, "Gleeprag(5)");
  EXPECT_TRUE(result.recalled);
  ASSERT_EQ(result.steps.size(), 2u);
  EXPECT_TRUE(result.steps[0].right && result.steps[1].right);
  EXPECT_EQ(result.true_steps, (std::vector<std::string>{"x = 5 + 13 = 18", "return 18 * 5 = 90"}));
}

TEST(Judge, AnExceptionIsAnAnswer) {
  Item item = item_with(Value{}, {{2, "raise ValueError('no')", "raise ValueError", "raise ValueError"}});
  item.truth.outcome = Raised{"ValueError", "no"};
  for (const char* right :
       {" raise ValueError", " x = 5; raise ValueError", " raises ValueError", " raises ValueError.",
        " raise ValueError('no')", " raise ValueError(f'too low: {-5}')"}) {
    EXPECT_EQ(judged(item, right).verdict, Verdict::correct) << right;
    EXPECT_EQ(judged(item, right).answer, "raises ValueError") << right;
  }
  EXPECT_EQ(judged(item, " raise ValueError").truth, "raises ValueError");
  EXPECT_TRUE(judged(item, " raise ValueError").recalled);
  for (const char* wrong : {" raise KeyError", " raise KeyError('ValueError')", " return 5",
                            " return 'raises ValueError'", " 'ValueError'"}) {
    EXPECT_EQ(judged(item, wrong).verdict, Verdict::wrong) << wrong;
  }
  for (const char* none : {" ValueError", " raises", " raise ValueError('no') now",
                           " raises ValueError('no')", " raises a ValueError"}) {
    EXPECT_EQ(judged(item, none).verdict, Verdict::unparsed) << none;
  }
  EXPECT_EQ(judged(gleeprag(AnswerForm::direct), " raises ValueError").verdict, Verdict::wrong);
}

TEST(Judge, RightLinesWithWrongNumbersAreRecalledButNotRight) {
  const ItemResult result = judged(gleeprag(), " x = 5 + 13 = 19; return 19 * 5 = 95");
  EXPECT_EQ(result.verdict, Verdict::wrong);
  EXPECT_EQ(result.answer, "95");
  EXPECT_TRUE(result.recalled);
  EXPECT_TRUE(result.steps[0].recalled && result.steps[1].recalled);
  EXPECT_FALSE(result.steps[0].right || result.steps[1].right);
}

TEST(Judge, AnotherLineIsNotRecalled) {
  const ItemResult result = judged(gleeprag(), " x = 5 + 12 = 17; return 18 * 5 = 90");
  EXPECT_EQ(result.verdict, Verdict::correct);  // the value is what counts
  EXPECT_FALSE(result.recalled);
  EXPECT_FALSE(result.steps[0].recalled);
  EXPECT_TRUE(result.steps[1].right);
}

TEST(Judge, ExtraAndMissingStepsAreNotRecall) {
  const ItemResult extra = judged(gleeprag(), " x = 5 + 13 = 18; x = 18 + 1 = 19; return 18 * 5 = 90");
  EXPECT_FALSE(extra.recalled);
  EXPECT_FALSE(extra.steps[1].recalled);
  EXPECT_FALSE(extra.steps[2].recalled);  // beyond the true steps
  EXPECT_FALSE(extra.steps[2].right);
  const ItemResult missing = judged(gleeprag(), " x = 5 + 13 = 18");
  EXPECT_EQ(missing.verdict, Verdict::unparsed);
  EXPECT_TRUE(missing.steps[0].right);
  EXPECT_FALSE(missing.recalled);
}

TEST(Judge, OnlyTheFirstLineCounts) {
  const ItemResult result =
      judged(gleeprag(), " x = 5 + 13 = 18; return 18 * 5 = 90\nQuestion: What is Gleeprag(6)?\nreturn 7");
  EXPECT_EQ(result.verdict, Verdict::correct);
  EXPECT_TRUE(result.recalled);
  EXPECT_EQ(judged(gleeprag(), "90\n91").answer, "90");
}

TEST(Judge, CutAnswerIsUnparsedUnlessItsLineWasOver) {
  EXPECT_EQ(judged(gleeprag(), " x = 5 + 13 = 18; return 18 * 5 = 90", true).verdict, Verdict::unparsed);
  EXPECT_EQ(judged(gleeprag(), " return 90\nand then it rambles", true).verdict, Verdict::correct);
  EXPECT_TRUE(judged(gleeprag(), " return 90\n", true).cut);
}

TEST(Judge, TypesCount) {
  EXPECT_EQ(judged(gleeprag(), " return 90.0").verdict, Verdict::wrong);
  EXPECT_EQ(judged(gleeprag(), " return '90'").verdict, Verdict::wrong);
  EXPECT_EQ(judged(item_with(Value{true}, {}), " return 1").verdict, Verdict::wrong);
  EXPECT_EQ(judged(item_with(Value{true}, {}), " return True").verdict, Verdict::correct);
}

TEST(Judge, DirectFormIsOneLiteralOnTheFirstLine) {
  EXPECT_EQ(judged(gleeprag(AnswerForm::direct), " 90").verdict, Verdict::correct);
  EXPECT_EQ(judged(gleeprag(AnswerForm::direct), " 90\n\n").verdict, Verdict::correct);
  EXPECT_EQ(judged(gleeprag(AnswerForm::direct), " 90.").verdict, Verdict::correct);
  EXPECT_EQ(judged(gleeprag(AnswerForm::direct), " 91").verdict, Verdict::wrong);
  EXPECT_EQ(judged(gleeprag(AnswerForm::direct), " 90 or so").verdict, Verdict::unparsed);
  EXPECT_EQ(judged(gleeprag(AnswerForm::direct), " return 18 * 5 = 90").verdict, Verdict::unparsed);
  EXPECT_EQ(judged(gleeprag(AnswerForm::direct), "").verdict, Verdict::unparsed);
  EXPECT_TRUE(judged(gleeprag(AnswerForm::direct), " 90").steps.empty());
}

TEST(Judge, ABareValueAnswersATraceQuestionToo) {
  const ItemResult result = judged(gleeprag(), " 90.");
  EXPECT_EQ(result.verdict, Verdict::correct);
  EXPECT_FALSE(result.recalled);
}

TEST(Judge, SeparatorsInsideStringsAreText) {
  const Item item = item_with(Value{std::string("a; b = c")},
                              {{2, "label = 'a; b = c'", "label = 'a; b = c'", "label = 'a; b = c'"},
                               {3, "return label", "return 'a; b = c'", "return □"}});
  const ItemResult result = judged(item, " label = 'a; b = c'; return 'a; b = c'");
  EXPECT_EQ(result.verdict, Verdict::correct);
  EXPECT_EQ(result.steps.size(), 2u);
  EXPECT_TRUE(result.recalled);
  EXPECT_EQ(judged(item, R"( return 'a; b' + ' = c' = 'a; b = c')").verdict, Verdict::correct);
}

TEST(Judge, EscapedQuotesDoNotEndAString) {
  const Item item = item_with(Value{std::string("it's; so")}, {});
  EXPECT_EQ(judged(item, R"( return 'it\'s; so')").verdict, Verdict::correct);
  EXPECT_EQ(judged(item, R"( return "it's; so")").verdict, Verdict::correct);
}

TEST(Judge, AnApostropheThatIsNeverClosedDoesNotHideTheAnswer) {
  EXPECT_EQ(judged(gleeprag(), " it doesn't matter; return 90").verdict, Verdict::correct);
}

TEST(Judge, BareReturnIsNone) {
  EXPECT_EQ(judged(item_with(Value{}, {}), " x = 3; return").verdict, Verdict::correct);
  EXPECT_EQ(judged(item_with(Value{}, {}), " x = 3; return None").verdict, Verdict::correct);
}

TEST(Judge, GarbageGetsAVerdictAndNeverMore) {
  const std::string nul("return 9\0", 9);
  std::string nested = " return ";
  for (int i = 0; i < 5000; ++i) nested += "[('";
  std::string escapes = " return '";
  for (int i = 0; i < 5000; ++i) escapes += "\\'";
  std::string separators;
  for (int i = 0; i < 5000; ++i) separators += "; ";
  for (const std::string& text : {std::string(), std::string(10000, '\''), std::string(10000, 'x'), nul,
                                  nested, escapes, separators, std::string("\xff\xfe return \x80"),
                                  std::string("return"), std::string("return "), std::string("return = ")}) {
    for (const AnswerForm form : {AnswerForm::trace, AnswerForm::direct}) {
      const Verdict verdict = judged(gleeprag(form), text).verdict;
      EXPECT_TRUE(verdict == Verdict::unparsed || verdict == Verdict::wrong) << text.substr(0, 40);
    }
  }
}

TEST(Steps, PatternHolesTakeOneLiteralEach) {
  EXPECT_TRUE(matches_pattern("x = 5 + 13 = 18", "x = □ + 13 = □"));
  EXPECT_TRUE(matches_pattern("x = -5 + 13 = 8", "x = □ + 13 = □"));
  EXPECT_TRUE(matches_pattern("'oak' == 'elm' is False", "□ == 'elm' is □"));
  EXPECT_TRUE(matches_pattern("return [1, 2]", "return □"));
  EXPECT_FALSE(matches_pattern("x = 5 + 14 = 18", "x = □ + 13 = □"));
  EXPECT_FALSE(matches_pattern("x = y + 13 = 18", "x = □ + 13 = □"));
  EXPECT_FALSE(matches_pattern("x = 5 + 13 = 18 and more", "x = □ + 13 = □"));
  EXPECT_FALSE(matches_pattern("x = 5 + 13 = ", "x = □ + 13 = □"));
  EXPECT_FALSE(matches_pattern("", "□"));
}

TEST(Steps, SplittingKeepsEveryStepInOrder) {
  EXPECT_EQ(split_steps("a; b; c"), (std::vector<std::string_view>{"a", "b", "c"}));
  EXPECT_EQ(split_steps(" a ;b; "), (std::vector<std::string_view>{"a ;b", ""}));
  EXPECT_TRUE(split_steps("  ").empty());
}

TEST(Steps, ReturnedTextFollowsTheLastEqualsSign) {
  EXPECT_EQ(returned_text("return 90"), "90");
  EXPECT_EQ(returned_text("return 15 * 2 = 30"), "30");
  EXPECT_EQ(returned_text("return 3 == 4 = False"), "False");
  EXPECT_EQ(returned_text("returns 3"), "");
}

}  // namespace
}  // namespace pbb

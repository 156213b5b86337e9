// Answers that recite the source: judging them, ending them, and computing their operations.
#include <gtest/gtest.h>

#include "evaluation/assisted.h"
#include "evaluation/evaluate.h"
#include "evaluation/summary.h"
#include "examples/byte_tokenizer.h"

namespace pbb {
namespace {

const std::string source = "def Gleeprag(x):\n    x = x + 13\n    return x * 5";
// What an answer says of it: the question gives "def Gleeprag".
const std::string left = "(x):\n    x = x + 13\n    return x * 5";
const std::string trace = " x = 5 + 13 = 18; return 18 * 5 = 90";

Item recited_gleeprag(AnswerForm form = AnswerForm::recite) {
  Item item;
  item.program.name = "Gleeprag";
  item.program.source = source + "\n";
  item.program.split = Split::source_only;
  item.truth.arguments = {Value{std::int64_t{5}}};
  item.truth.outcome = Value{std::int64_t{90}};
  item.truth.trace = {{2, "x = x + 13", "x = 5 + 13 = 18", "x = □ + 13 = □"},
                      {3, "return x * 5", "return 18 * 5 = 90", "return □ * 5 = □"}};
  item.form = form;
  return item;
}

ItemResult judged(const std::string& completion, bool cut = false) {
  return judge(recited_gleeprag(), {{}, "Gleeprag(5)\nSource:\ndef Gleeprag"}, completion, cut);
}

TEST(Recite, TheAnswerAsTrainingHasItIsRightInEveryFactor) {
  const Item item = recited_gleeprag();
  const ItemResult result = judged(answer_text(item.program, item.truth, AnswerForm::recite));
  EXPECT_EQ(result.verdict, Verdict::correct);
  EXPECT_TRUE(result.recitation.verbatim);
  EXPECT_EQ(result.recitation.lines_right, 3);
  EXPECT_EQ(result.recitation.lines, 3);
  EXPECT_TRUE(result.recalled);
  EXPECT_TRUE(result.steps.at(0).right && result.steps.at(1).right);
}

TEST(Recite, ASourceIsComparedByLineInOrder) {
  const auto lines_right = [](const std::string& recited) {
    const RecitationCheck check = check_recitation(recited, source);
    EXPECT_EQ(check.lines, 3);
    EXPECT_EQ(check.verbatim, recited == source);
    return check.lines_right;
  };
  EXPECT_EQ(lines_right(source), 3);
  EXPECT_EQ(lines_right("def Gleeprag(x):\n    x = x + 12\n    return x * 5"), 2);
  EXPECT_EQ(lines_right("def Gleeprag(x):\n    y = 1\n    x = x + 13\n    return x * 5"), 3);  // not verbatim
  EXPECT_EQ(lines_right("def Gleeprag(x):\n    return x * 5\n    x = x + 13"), 2);
  EXPECT_EQ(lines_right(""), 0);
}

TEST(Recite, ASourceThatDoesNotBeginWithItsHeadIsRecitedWholeBelowTheNameOfItsFile) {
  Item item = recited_gleeprag();
  item.program.source = "LIMIT = 5\n" + source;
  EXPECT_EQ(recitation_of(item.program).given, "\n# Gleeprag.py");
  const ItemResult result = judge(item, {}, answer_text(item.program, item.truth, item.form), false);
  EXPECT_TRUE(result.recitation.verbatim);
  EXPECT_EQ(result.recitation.lines, 4);
  EXPECT_EQ(result.recitation.lines_right, 4);
}

TEST(Recite, TheTraceIsJudgedWhateverWasRecited) {
  const ItemResult result = judged("(x):\n    return x\nTrace:" + trace);
  EXPECT_EQ(result.verdict, Verdict::correct);
  EXPECT_FALSE(result.recitation.verbatim);
  EXPECT_TRUE(result.recalled);
}

TEST(Recite, WithoutTheTracesCueThereIsNoAnswer) {
  EXPECT_EQ(judged(left).verdict, Verdict::unparsed);
  EXPECT_EQ(judged(" 90").verdict, Verdict::unparsed);
  EXPECT_FALSE(judged(left).recitation.verbatim);  // it never ended
}

TEST(Recite, ACutTraceHasNoAnswerAndWhatFollowsItsLineIsNoneOfIt) {
  EXPECT_EQ(judged(left + "\nTrace:" + trace, true).verdict, Verdict::unparsed);
  EXPECT_EQ(judged(left + "\nTrace:" + trace + "\nreturn 7", true).verdict, Verdict::correct);
}

TEST(Recite, ASourceThatHoldsTheCueItselfIsSplitWhereItEnds) {
  Item item = recited_gleeprag();
  item.program.source = "def Gleeprag(x):\n    '''\nTrace: x\n'''\n    return x * 18\n";
  const ItemResult result = judge(item, {}, answer_text(item.program, item.truth, item.form), false);
  EXPECT_TRUE(result.recitation.verbatim);
  EXPECT_EQ(result.verdict, Verdict::correct);
}

TEST(Recite, ALineBreakEndsAnAnswerOnlyOnceItsLineHasBegun) {
  const Tokenizer tokenizer = byte_tokenizer();
  const AnswerEnd end(tokenizer);
  const auto ends = [&](AnswerForm form, const std::string& completion, bool source_given = false) {
    return end(form, source_given, tokenizer.encode(completion), '\n');
  };
  EXPECT_FALSE(ends(AnswerForm::trace, ""));
  EXPECT_FALSE(ends(AnswerForm::direct, "\n \n"));
  EXPECT_TRUE(ends(AnswerForm::direct, "\n90"));
  EXPECT_FALSE(ends(AnswerForm::recite, "(x):"));
  EXPECT_FALSE(ends(AnswerForm::recite, left + "\nTrace:"));
  EXPECT_TRUE(ends(AnswerForm::recite, left + "\nTrace: x"));
  EXPECT_TRUE(ends(AnswerForm::assisted, left + "\nTrace: x"));
  EXPECT_TRUE(ends(AnswerForm::recite, " x", true));
  EXPECT_FALSE(end(AnswerForm::direct, false, tokenizer.encode("90"), '1'));
}

TEST(Assisted, WhatAnOperationGivesIsForcedWithinTheTraceAlone) {
  const Tokenizer tokenizer = byte_tokenizer();
  const auto forced = [&](const std::string& completion, bool source_given = false) {
    return tokenizer.decode(assisted_tokens(tokenizer, tokenizer.encode(completion), source_given));
  };
  EXPECT_EQ(forced(left + "\nTrace: x = 5 + 13 ="), " 18;");
  EXPECT_EQ(forced(" x = 5 + 13 =", true), " 18;");
  EXPECT_EQ(forced(" 31 >= 32 is", true), " False;");
  EXPECT_EQ(forced("\ndef f():\n    x = 5 + 13 ="), "");  // the source is the model's to recite
  EXPECT_EQ(forced(" x = 5 + 13 = 18; return 18\n 2 + 2 =", true), "");
  EXPECT_EQ(forced("", true), "");
}

// A model that has to write it may take a result for the beginning of a longer number.
TEST(Assisted, WhatStandsAfterAResultIsForcedToo) {
  const Tokenizer tokenizer = byte_tokenizer();
  const auto forced = [&](const std::string& text) {
    return tokenizer.decode(assisted_tokens(tokenizer, tokenizer.encode(text), true));
  };
  const auto ends = [&](const std::string& text) {
    return assisted_ends(tokenizer, tokenizer.encode(text), true);
  };
  EXPECT_EQ(forced(" x = 1; return 101 + 101 * 8 // 100 ="), " 101 + 808 // 100 = 101 + 8 = 109");
  EXPECT_TRUE(ends(" x = 1; return 101 + 8 = 109"));
  EXPECT_FALSE(ends(" x = 1; return 101 + 8 = 10"));
  EXPECT_FALSE(ends(" x = 1; x = 101 + 8 = 109"));
  // What a helper returns is not the end.
  EXPECT_EQ(forced(" x = 1; call g: n = 2; return 2 + 3 ="), " 5;");
  EXPECT_FALSE(ends(" x = 1; call g: n = 2; return 2 + 3 = 5"));
  EXPECT_TRUE(ends(" x = 1; call g: n = 2; return 2 + 3 = 5; return g(1) * 2 = 5 * 2 = 10"));
  EXPECT_EQ(forced(" for i in range(2) ="), " [0, 1]:");
  EXPECT_EQ(forced(" for i in range(0) ="), " [];");
}

TEST(Assisted, TheFactorsOfASummaryAreThoseOfItsAnswers) {
  const Item item = recited_gleeprag(AnswerForm::assisted);
  const std::string start = left + "\nTrace:";
  Arm arm;
  for (const std::string& completion :
       {start + trace, start + " x = 5 + 13 = 19; return 19 * 5 = 95", start + " x = 5 + 12 = 17; return 17",
        "(x):\n    return x\nTrace:" + trace}) {
    arm.results.push_back(judge(item, {}, completion, false));
  }
  arm.results.back().truth = "91";
  const Summary summary = summarize({arm});
  const GroupSummary* row = summary.find("", {"", "", Split::source_only, AnswerForm::assisted});
  ASSERT_NE(row, nullptr);
  const auto share = [](const Share& one) { return std::pair(one.count, one.of); };
  EXPECT_EQ(share(row->verbatim), std::pair(3, 4));
  EXPECT_EQ(share(row->control), std::pair(2, 3));
  EXPECT_EQ(share(row->values), std::pair(1, 2));
  EXPECT_EQ(share(row->source_lines), std::pair(10, 12));
  EXPECT_EQ(share(row->majority), std::pair(3, 4));
  EXPECT_EQ(row->correct, 2);
}

}  // namespace
}  // namespace pbb

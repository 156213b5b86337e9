// Answers read leniently: what counts beside the strict reading, and what still does not.
#include "evaluation/lenient.h"

#include <gtest/gtest.h>

#include "evaluation/summary.h"

namespace pbb {
namespace {

Item item_of(Outcome truth, AnswerForm form = AnswerForm::direct) {
  Item item;
  item.program.name = "Gleeprag";
  item.program.source = "def Gleeprag(x):\n    return x\n";
  item.truth.arguments = {Value{std::int64_t{5}}};
  item.truth.outcome = std::move(truth);
  item.form = form;
  return item;
}

const Outcome ninety = Value{std::int64_t{90}};
const Outcome order = Value{std::string("order")};
const Outcome yes = Value{true};

bool lenient(const Item& item, const std::string& completion, bool cut = false) {
  return is_right_leniently(judge(item, {{}, "Q"}, completion, cut));
}

TEST(Lenient, TheFirstOrTheLastValueOfALineWithoutAStrictAnswerCounts) {
  for (const char* right : {" 90 or so", " The answer is 90", " 90, because 5 + 13 = 18",
                            " x is 18, so it is 90!", " return 18 * 5 = 90", " Gleeprag(5) = 90."}) {
    const ItemResult result = judge(item_of(ninety), {{}, "Q"}, right, false);
    EXPECT_EQ(result.verdict, Verdict::unparsed) << right;
    EXPECT_TRUE(is_right_leniently(result)) << right;
  }
  for (const char* wrong :
       {" I cannot say", " 5 + 90 = 95", " Gleeprag(90) is odd", " x90", " 91, then", ""}) {
    EXPECT_FALSE(lenient(item_of(ninety), wrong)) << wrong;
  }
}

TEST(Lenient, QuotesAroundAValueDoNotCount) {
  for (const char* right : {" order", " `order`", " \"order\"", " Order it: 'order'", " **order**."}) {
    EXPECT_TRUE(lenient(item_of(order), right)) << right;
  }
  EXPECT_TRUE(lenient(item_of(ninety), " '90'"));
  EXPECT_TRUE(lenient(item_of(Value{std::string("90")}), " 90"));
  EXPECT_TRUE(lenient(item_of(order, AnswerForm::trace), " 5 < 7 is True; return order"));
  EXPECT_FALSE(lenient(item_of(order), " reorder"));
}

TEST(Lenient, TheCaseOfTrueAndFalseDoesNotCountButTypesDo) {
  for (const char* right : {" true", " TRUE.", " It is true"})
    EXPECT_TRUE(lenient(item_of(yes), right)) << right;
  EXPECT_FALSE(lenient(item_of(yes), " false"));
  EXPECT_FALSE(lenient(item_of(yes), " 1"));
  EXPECT_FALSE(lenient(item_of(ninety), " 90.0"));
}

TEST(Lenient, AnExceptionMayBeToldInProse) {
  const Item item = item_of(Raised{"ValueError", "no"});
  for (const char* right : {" ValueError", " It raises a ValueError", " raises ValueError('no')"}) {
    EXPECT_TRUE(lenient(item, right)) << right;
  }
  EXPECT_FALSE(lenient(item, " It raises a KeyError"));
  EXPECT_FALSE(lenient(item, " raise the price"));
}

TEST(Lenient, AValueThatWasParsedIsTheOnlyGuess) {
  EXPECT_FALSE(lenient(item_of(ninety, AnswerForm::trace), " x = 90 + 1 = 91; return 91"));
  EXPECT_TRUE(lenient(item_of(ninety, AnswerForm::trace), " x = 5; return 90"));
}

TEST(Lenient, WhatMayGoOnIsNoValue) {
  EXPECT_FALSE(lenient(item_of(ninety), " The answer is 90", true));
  EXPECT_TRUE(lenient(item_of(ninety), " The answer is 90, since", true));
}

TEST(Lenient, IsCountedBesideTheAccuracyAndLeavesItAsItIs) {
  Arm arm;
  arm.plan.name = "before";
  for (const char* answer : {" 90", " It is 90", " 91", " nothing"}) {
    arm.results.push_back(judge(item_of(ninety), {{}, "Q"}, answer, false));
  }
  const Group group{"", "", arm.results[0].split, AnswerForm::direct};
  const Summary summary = summarize({arm});
  const GroupSummary& row = *summary.find("before", group);
  EXPECT_EQ(row.accuracy.count, 1);
  EXPECT_EQ(row.lenient.count, 2);
  EXPECT_EQ(row.lenient.of, 4);
  EXPECT_EQ(row.unparsed, 2);
}

}  // namespace
}  // namespace pbb

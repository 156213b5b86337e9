#include "decisions/guard.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "decisions/tariff.h"

namespace pbb {
namespace {

class GuardTest : public testing::Test {
 protected:
  // What the guard makes of a model that says `completion` when it is asked tariff(12).
  Decision decide_on(const std::string& completion, Guard guard = Guard::checked, bool cut = false) const {
    return decide(guard, tariff_rule(), {{std::int64_t{12}}}, {.form = AnswerForm::recite}, tokenizer_,
                  tariff_runner(), says(completion, cut));
  }
  Tokenizer tokenizer_ = byte_tokenizer();
  std::string right_ = right_completion(12);
};

TEST_F(GuardTest, AnAnswerThatAgreesInEverythingIsTheModels) {
  const Decision decision = decide_on(right_);
  EXPECT_EQ(decision.answered_by, AnsweredBy::model);
  EXPECT_EQ(decision.reason, Reason::agrees);
  EXPECT_TRUE(decision.is_checked);
  EXPECT_EQ(outcome_text(*decision.answer), "36");
  EXPECT_EQ(decision.call, "tariff(12)");
  EXPECT_FALSE(decision.said.steps.empty());
  EXPECT_EQ(decision.said.steps.size(), decision.program.size());
}

TEST_F(GuardTest, AWrongStepOrAnotherSourceIsAnsweredByTheProgramAndSaidSo) {
  const auto with = [&](const std::string& part, const std::string& other) {
    std::string text = right_;
    EXPECT_NE(text.rfind(part), std::string::npos) << part;
    return text.replace(text.rfind(part), part.size(), other);
  };
  const std::pair<std::string, Reason> cases[] = {
      {with("is True", "is False"), Reason::steps_differ},
      {with("= 36", "= 37"), Reason::steps_differ},
      {with("return x * 2", "return x * 7"), Reason::recall_differs},  // a line that is not reached
      {with("; return", "; x = 12; return"), Reason::steps_differ},
      {with("x = 12; ", ""), Reason::steps_differ},
      {"I do not know", Reason::unparsed},
      {"", Reason::unparsed},
  };
  for (const auto& [completion, reason] : cases) {
    for (const Guard guard : {Guard::checked, Guard::shadow}) {
      const Decision decision = decide_on(completion, guard);
      EXPECT_EQ(decision.reason, reason) << completion;
      EXPECT_EQ(decision.answered_by, AnsweredBy::program) << completion;
      EXPECT_EQ(outcome_text(*decision.answer), "36") << completion;
    }
  }
  EXPECT_EQ(decide_on(right_, Guard::checked, true).reason, Reason::cut);
}

// Whatever byte a model gets wrong, but for the blank before its first step, which means nothing.
TEST_F(GuardTest, NoByteThatIsWrongPasses) {
  const std::size_t blank = right_.find("Trace: ") + 6;
  for (std::size_t at = 0; at < right_.size(); ++at) {
    if (at == blank) continue;
    for (const char other : {'0', '1', 'x', ' ', '\n', ';', '-', '\xff'}) {
      if (right_[at] == other) continue;
      std::string text = right_;
      text[at] = other;
      const Decision decision = decide_on(text);
      EXPECT_EQ(outcome_text(*decision.answer), "36");
      EXPECT_EQ(decision.answered_by, AnsweredBy::program) << at << " " << text;
    }
    const Decision shorter = decide_on(right_.substr(0, at));
    EXPECT_EQ(outcome_text(*shorter.answer), "36");
    EXPECT_EQ(shorter.answered_by, AnsweredBy::program) << at;
  }
}

TEST_F(GuardTest, InShadowTheProgramAnswersAndTheModelIsCompared) {
  const Decision decision = decide_on(right_, Guard::shadow);
  EXPECT_EQ(decision.answered_by, AnsweredBy::program);
  EXPECT_EQ(decision.reason, Reason::agrees);
  EXPECT_TRUE(decision.is_checked);
  EXPECT_EQ(outcome_text(*decision.model_answer), "36");
}

TEST_F(GuardTest, UnguardedTheProgramIsNotRunAndNothingPassesForChecked) {
  const Runner never = [](std::span<const ProgramCall>) -> std::vector<CallResult> {
    throw Error("it was run");
  };
  const auto unguarded = [&](const std::string& completion) {
    return decide(Guard::model, tariff_rule(), {{std::int64_t{12}}}, {.form = AnswerForm::recite}, tokenizer_,
                  never, says(completion));
  };
  std::string wrong = right_;
  wrong.replace(wrong.rfind("36"), 2, "99");
  const Decision decision = unguarded(wrong);
  EXPECT_EQ(decision.answered_by, AnsweredBy::model);
  EXPECT_EQ(outcome_text(*decision.answer), "99");
  EXPECT_FALSE(decision.is_checked);
  EXPECT_EQ(decision.reason, Reason::unchecked);
  EXPECT_FALSE(decision.said.recitation.verbatim);
  for (const StepCheck& step : decision.said.steps) EXPECT_FALSE(step.right);
  EXPECT_EQ(unguarded("nothing").answered_by, AnsweredBy::nobody);
}

TEST_F(GuardTest, AModelThatDoesNotAnswerIsAnsweredFor) {
  const Completing silent = [](const AskedQuestion&) {
    return ModelAnswer{.completion = {}, .failure = "it took too long"};
  };
  const Decision decision = decide(Guard::checked, tariff_rule(), {{std::int64_t{12}}},
                                   {.form = AnswerForm::recite}, tokenizer_, tariff_runner(), silent);
  EXPECT_EQ(decision.answered_by, AnsweredBy::program);
  EXPECT_EQ(decision.reason, Reason::not_answered);
  EXPECT_EQ(decision.failure, "it took too long");
  EXPECT_EQ(outcome_text(*decision.answer), "36");
}

TEST_F(GuardTest, AnExceptionOfTheRuleIsAnAnswer) {
  const Decision decision =
      decide(Guard::checked, tariff_rule(), {{std::int64_t{-1}}}, {.form = AnswerForm::recite}, tokenizer_,
             tariff_runner(), says(right_completion(-1)));
  EXPECT_EQ(decision.answered_by, AnsweredBy::model);
  EXPECT_EQ(outcome_text(*decision.answer), "raises ValueError");
}

TEST_F(GuardTest, WhatItCannotCheckIsRefused) {
  for (const AnswerForm form : {AnswerForm::direct, AnswerForm::trace}) {
    EXPECT_THROW(check_guard(Guard::checked, {.form = form}), InputError);
    EXPECT_THROW(check_guard(Guard::shadow, {.form = form}), InputError);
    EXPECT_NO_THROW(check_guard(Guard::model, {.form = form}));
  }
  EXPECT_THROW(decide(Guard::checked, tariff_rule(), {{std::string("oak")}}, {.form = AnswerForm::recite},
                      tokenizer_, tariff_runner(), says(right_)),
               InputError);  // it has no outcome for such an argument
}

}  // namespace
}  // namespace pbb

// Results and summaries: counts by hand, and what is written is what is read.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/temporary_folder.h"
#include "evaluation/evaluate.h"
#include "evaluation/summary.h"

namespace pbb {
namespace {

ItemResult result(const std::string& program, Verdict verdict, AnswerForm form = AnswerForm::trace) {
  ItemResult item;
  item.program = program;
  item.domain = "arithmetic";
  item.kind = "straight-line";
  item.split = Split::source_only;
  item.form = form;
  item.verdict = verdict;
  item.recalled = verdict == Verdict::correct;
  item.steps = {{"x = 5 + 13 = 18", true, true}, {"return 7", false, false}};
  item.true_steps = {"x = 5 + 13 = 18", "return 18 * 5 = 90"};
  return item;
}

const Group traces = {"", "", Split::source_only, AnswerForm::trace};

TEST(Results, WhatIsWrittenIsWhatIsRead) {
  const TemporaryFolder folder;
  ItemResult item = result("Gleeprag", Verdict::wrong);
  item.call = "Gleeprag('a\\n')";
  item.prompt = "Question: \"<b>\"\nAnswer:";
  item.completion = std::string("日本語 \0 \x01 ;", 14);
  item.answer = "7";
  item.truth = "90";
  item.cut = true;
  ItemResult refused = result("Blorp", Verdict::error, AnswerForm::direct);
  refused.error = "no room";
  refused.split = Split::with_io;
  write_results(folder / "trained.jsonl", {item, refused});
  const auto read = read_results(folder / "trained.jsonl");
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[0].call, item.call);
  EXPECT_EQ(read[0].prompt, item.prompt);
  EXPECT_EQ(read[0].completion, item.completion);
  EXPECT_EQ(read[0].answer, "7");
  EXPECT_EQ(read[0].verdict, Verdict::wrong);
  EXPECT_TRUE(read[0].cut);
  ASSERT_EQ(read[0].steps.size(), 2u);
  EXPECT_TRUE(read[0].steps[0].recalled && read[0].steps[0].right);
  EXPECT_FALSE(read[0].steps[1].recalled || read[0].steps[1].right);
  EXPECT_EQ(read[0].true_steps, item.true_steps);
  EXPECT_EQ(read[1].split, Split::with_io);
  EXPECT_EQ(read[1].form, AnswerForm::direct);
  EXPECT_EQ(read[1].error, "no room");
}

TEST(Results, BytesThatAreNoTextAreReplaced) {
  const TemporaryFolder folder;
  ItemResult item = result("Gleeprag", Verdict::wrong);
  item.completion = "a\xffz";
  write_results(folder / "a.jsonl", {item});
  EXPECT_EQ(read_results(folder / "a.jsonl")[0].completion, "a\ufffdz");
}

TEST(Results, AnUnreadableLineIsNamed) {
  const TemporaryFolder folder;
  write_results(folder / "a.jsonl", {result("Gleeprag", Verdict::wrong)});
  const std::string good = read_file(folder / "a.jsonl");
  std::string bad_verdict = good;
  bad_verdict.replace(bad_verdict.find("\"wrong\""), 7, "\"great\"");
  for (const std::string& bad :
       {bad_verdict, std::string("{}\n"), std::string("{\"program\":\n"), std::string("7\n")}) {
    write_file(folder / "a.jsonl", good + bad);
    try {
      read_results(folder / "a.jsonl");
      FAIL() << bad;
    } catch (const InputError& error) {
      EXPECT_NE(std::string(error.what()).find("a.jsonl:2"), std::string::npos) << error.what();
    }
  }
}

// An arm after so many stages, which have or have not stated the sources.
ArmPlan plan(const std::string& name, int stages = 2, bool has_read = true) {
  ArmPlan plan;
  plan.name = name;
  plan.stages = stages;
  plan.has_read = has_read;
  return plan;
}

TEST(Summary, CountsVerdictsAndLeavesOurErrorsOut) {
  const Arm arm = {plan("trained"),
                   {result("A", Verdict::correct), result("A", Verdict::wrong),
                    result("B", Verdict::unparsed), result("B", Verdict::error), result("C", Verdict::error),
                    result("A", Verdict::correct, AnswerForm::direct)}};
  const Summary summary = summarize({arm});
  const GroupSummary* row = summary.find("trained", traces);
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(row->programs, 2);
  EXPECT_EQ(row->items, 5);
  EXPECT_EQ(row->correct, 1);
  EXPECT_EQ(row->wrong, 1);
  EXPECT_EQ(row->unparsed, 1);
  EXPECT_EQ(row->errors, 2);
  EXPECT_EQ(row->accuracy.of, 3);
  EXPECT_DOUBLE_EQ(row->accuracy.value(), 1.0 / 3);
  EXPECT_EQ(row->recall.count, 1);
  EXPECT_EQ(row->steps.count, 3);  // one right step of two in each of the three
  EXPECT_EQ(row->steps.of, 6);
  EXPECT_EQ(row->wilson.low, wilson_interval(1, 3).low);
}

TEST(Summary, GroupsByDomainAndKind) {
  Arm arm = {plan("trained"), {result("A", Verdict::correct), result("B", Verdict::wrong)}};
  arm.results[1].domain = "rules";
  arm.results[1].kind = "stock";
  const Summary summary = summarize({arm});
  EXPECT_EQ(summary.find("trained", traces)->items, 2);
  EXPECT_EQ(summary.find("trained", {"arithmetic", "", Split::source_only, AnswerForm::trace})->correct, 1);
  EXPECT_EQ(summary.find("trained", {"rules", "stock", Split::source_only, AnswerForm::trace})->wrong, 1);
  EXPECT_EQ(summary.find("trained", {"rules", "price", Split::source_only, AnswerForm::trace}), nullptr);
  EXPECT_EQ(summary.find("trained", {"", "", Split::with_io, AnswerForm::trace}), nullptr);
}

TEST(Summary, ComparesTheClaimWithTheOthersOnTheSamePrograms) {
  Arm trained = {plan("any"), {}}, before = {plan("other", 1, false), {}};
  for (const std::string program : {"A", "B", "C", "D"}) {
    trained.results.push_back(result(program, Verdict::correct));
    if (program != "D") before.results.push_back(result(program, Verdict::wrong));
  }
  const Summary summary = summarize({before, trained});
  const ArmComparison* comparison = summary.compare("other", traces);
  ASSERT_NE(comparison, nullptr);
  EXPECT_EQ(comparison->programs, 3);
  EXPECT_EQ(comparison->difference, 1);
  EXPECT_EQ(comparison->p, 2.0 / 8);
  EXPECT_EQ(summary.compare("any", traces), nullptr);
}

std::vector<ArmRole> roles(const std::vector<ArmPlan>& plans) {
  return arm_roles(plans);
}

TEST(ArmRoles, FollowFromWhatTheStagesShowAndNotFromNames) {
  ArmPlan shown = plan("trained", 2), given = plan("claim", 1, false), wrong = plan("untrained", 2);
  shown.source = ShownSource::prompt;
  given.source = ShownSource::given;
  wrong.question = AskedName::wrong;
  EXPECT_EQ(
      roles({plan("zebra", 0, false), shown, plan("ape", 1, false), given, plan("before-source", 2), wrong}),
      (std::vector{ArmRole::untrained, ArmRole::source_shown, ArmRole::base_line, ArmRole::source_shown,
                   ArmRole::claim, ArmRole::control}));
}

TEST(ArmRoles, WithoutTrainingThereIsNoClaimAndWhatIsNotKnownHasNoRole) {
  ArmPlan unknown;
  unknown.name = "trained";
  EXPECT_EQ(roles({plan("untrained", 0, false), unknown}), (std::vector{ArmRole::untrained, ArmRole::other}));
}

// Retroactive training: all sources first, executions after them.
TEST(ArmRoles, WhereTheSourcesWereReadFirstTheStageBeforeIsTheBaseLine) {
  EXPECT_EQ(roles({plan("sources", 1), plan("executions", 2)}),
            (std::vector{ArmRole::base_line, ArmRole::claim}));
}

TEST(ArmRoles, AmongArmsOfOneStageTheOneWithoutHelpIsTheClaim) {
  ArmPlan shots = plan("a"), chat = plan("b");
  shots.shots = 1;
  chat.chat = true;
  EXPECT_EQ(roles({shots, chat, plan("c")})[2], ArmRole::claim);
  ArmPlan handed_over = plan("handover");
  handed_over.executor = Executor::base;
  EXPECT_EQ(roles({handed_over, plan("c")}), (std::vector{ArmRole::other, ArmRole::claim}));
  EXPECT_EQ(roles({plan("before", 0, false), handed_over})[1], ArmRole::claim) << "where no other is asked";
}

TEST(ArmPlans, WhatIsWrittenIsWhatIsRead) {
  ArmPlan arm = plan("a", 1);
  arm.stage = "one";
  arm.source = ShownSource::shuffled;
  arm.forms = {AnswerForm::recite, AnswerForm::trace};
  arm.inputs = 2;
  arm.shots = 3;
  arm.chat = true;
  arm.questions = 12;
  EXPECT_EQ(to_json(arm_plan_from(to_json(arm))), to_json(arm));
  nlohmann::json wrong = to_json(arm);
  wrong["source"] = "told";
  EXPECT_THROW(arm_plan_from(wrong), InputError);
  wrong["source"] = 3;
  EXPECT_THROW(arm_plan_from(wrong), InputError);
}

TEST(ArmPlans, AreDescribedByWhatTheyAre) {
  ArmPlan arm = plan("untrained", 1);
  arm.stage = "reading";
  EXPECT_NE(describe(arm).find("After stage reading."), std::string::npos);
  EXPECT_NE(describe(arm).find("has read the source"), std::string::npos);
  arm.has_read = false;
  arm.source = ShownSource::given;
  EXPECT_NE(describe(arm).find("has not seen the source"), std::string::npos);
  EXPECT_NE(describe(arm).find("as if it had recited it"), std::string::npos);
}

TEST(Summary, WhatIsWrittenIsWhatIsRead) {
  const TemporaryFolder folder;
  const Summary summary =
      summarize({{plan("before-source", 1, false), {result("A", Verdict::wrong)}},
                 {plan("trained"), {result("A", Verdict::correct), result("B", Verdict::wrong)}}});
  write_summary(folder / "summary.json", summary);
  const Summary read = read_summary(folder / "summary.json");
  ASSERT_EQ(read.rows.size(), summary.rows.size());
  for (std::size_t i = 0; i < read.rows.size(); ++i) {
    EXPECT_EQ(read.rows[i].arm, summary.rows[i].arm);
    EXPECT_EQ(read.rows[i].group, summary.rows[i].group);
    EXPECT_EQ(read.rows[i].correct, summary.rows[i].correct);
    EXPECT_EQ(read.rows[i].accuracy.interval.low, summary.rows[i].accuracy.interval.low);
    EXPECT_EQ(read.rows[i].recall.count, summary.rows[i].recall.count);
  }
  ASSERT_EQ(read.arms.size(), 2U);
  EXPECT_EQ(read.roles, summary.roles);
  EXPECT_EQ(read.arm_in_role(ArmRole::claim)->name, "trained");
  ASSERT_EQ(read.comparisons.size(), summary.comparisons.size());
  EXPECT_EQ(read.comparisons[0].p, summary.comparisons[0].p);
}

TEST(Summary, AnUnknownSplitIsRefusedNotDefaulted) {
  const TemporaryFolder folder;
  write_summary(folder / "summary.json", summarize({{plan("trained"), {result("A", Verdict::correct)}}}));
  std::string text = read_file(folder / "summary.json");
  text.replace(text.find("source-only"), 11, "source-some");
  write_file(folder / "summary.json", text);
  EXPECT_THROW(read_summary(folder / "summary.json"), InputError);
}

}  // namespace
}  // namespace pbb

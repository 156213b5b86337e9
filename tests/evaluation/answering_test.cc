// Arms asked of something else than our engine, whose answers come as texts.
#include "evaluation/answering.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "evaluation/assisted.h"
#include "examples/byte_tokenizer.h"

namespace pbb {
namespace {

class Says final : public Answering {
 public:
  explicit Says(std::vector<PromptAnswer> answers) : answers_(std::move(answers)) {}
  std::vector<PromptAnswer> answers(std::span<const AskedPrompt> prompts) override {
    EXPECT_EQ(prompts.size(), answers_.size());
    return answers_;
  }

 private:
  std::vector<PromptAnswer> answers_;
};

Item traced_ninety(AnswerForm form) {
  Item item;
  item.program.name = "Gleeprag";
  item.program.source = "def Gleeprag(x):\n    return x * 18\n";
  item.truth.arguments = {Value{std::int64_t{5}}};
  item.truth.outcome = Value{std::int64_t{90}};
  item.truth.trace = {{2, "return x * 18", "return 5 * 18 = 90", "return □ * 18 = □"}};
  item.form = form;
  return item;
}

TEST(Answering, AnAnswerThatIsMissingIsAnErrorOfOursAndNoWrongAnswer) {
  Says says({{.text = " 90"},
             {.text = " 91"},
             {.text = {}, .failure = "the server answers 500"},
             {.text = " 9", .cut = true}});
  const std::vector<Item> items(4, traced_ninety(AnswerForm::direct));
  const auto results = run_arm(says, byte_tokenizer(), items, ShownSource::none, false);
  EXPECT_EQ(results[0].verdict, Verdict::correct);
  EXPECT_EQ(results[1].verdict, Verdict::wrong);
  EXPECT_EQ(results[2].verdict, Verdict::error);
  EXPECT_EQ(results[2].error, "the server answers 500");
  EXPECT_EQ(results[3].verdict, Verdict::unparsed);
}

TEST(Answering, AGivenRecitationIsPartOfTheAnswer) {
  Says says({{.text = " return 5 * 18 = 90"}});
  const auto results =
      run_arm(says, byte_tokenizer(), {traced_ninety(AnswerForm::recite)}, ShownSource::given, false);
  EXPECT_EQ(results[0].verdict, Verdict::correct);
  EXPECT_TRUE(results[0].recitation.verbatim);
}

TEST(Answering, AnAnswerEndsAtTheLineBreakAfterItsLine) {
  const auto end = [](AnswerForm form, bool source_given, std::string_view text) {
    return answer_end({form, source_given}, text);
  };
  EXPECT_EQ(end(AnswerForm::direct, false, " 90\nand so on"), 3u);
  EXPECT_EQ(end(AnswerForm::direct, false, "\n\n 90\nand so on"), 5u);
  EXPECT_EQ(end(AnswerForm::direct, false, " 90"), std::string_view::npos);
  EXPECT_EQ(end(AnswerForm::recite, false, "(x):\n    return x\nTrace: return 5\nmore"), 33u);
  EXPECT_EQ(end(AnswerForm::recite, false, "(x):\n    return x\n"), std::string_view::npos);
  EXPECT_EQ(end(AnswerForm::recite, true, " return 5\nmore"), 9u);
  EXPECT_EQ(end(AnswerForm::assisted, true, " return 5 * 18 = 90; return 7"), 19u);
}

TEST(Answering, TheFirstOperationThatSaysOtherwiseIsComputed) {
  EXPECT_EQ(assisted_text(" x = 5 + 13 = 19; return 19", true), " x = 5 + 13 = 18;");
  EXPECT_EQ(assisted_text(" x = 5 + 13 = 18; x = 18 * 5 = 91; return 91", true),
            " x = 5 + 13 = 18; x = 18 * 5 = 90;");
  EXPECT_EQ(assisted_text(" 5 > 13 is True; return 1", true), " 5 > 13 is False;");
  EXPECT_EQ(assisted_text("(x):\n    return x + 13\nTrace: return 5 + 13 = 1", false),
            "(x):\n    return x + 13\nTrace: return 5 + 13 = 18");
}

TEST(Answering, ATextThatSaysWhatIsComputedIsLeftAsItIs) {
  for (const char* text : {" x = 5 + 13 = 18; x = 18 * 5 = 90; return 90", " 5 == 3 is False; return 0", "",
                           " x", " return 5 * 18 = 90\nreturn 1 + 1 = 3"}) {
    EXPECT_EQ(assisted_text(text, true), std::nullopt) << text;
  }
  EXPECT_EQ(assisted_text("(x):\n    return 1 + 1 = 3", false), std::nullopt);  // no trace has begun
}

TEST(Answering, AnArmOfAnotherEngineIsTheClaimOnlyWhereOursWasAskedNone) {
  ArmPlan ours{.name = "trained", .stage = "1", .forms = {}, .stages = 1, .has_read = true};
  ArmPlan theirs = ours;
  theirs.name = "trained-at-m";
  theirs.asked_at = "m at http://127.0.0.1:80/v1";
  EXPECT_EQ(arm_roles({theirs, ours}), (std::vector{ArmRole::other, ArmRole::claim}));
  EXPECT_EQ(arm_roles({theirs}), std::vector{ArmRole::claim});
  EXPECT_EQ(arm_plan_from(to_json(theirs)).asked_at, theirs.asked_at);
  EXPECT_NE(describe(theirs).find(theirs.asked_at), std::string::npos);
}

}  // namespace
}  // namespace pbb

#include "assessment/measured.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "assessment/made_up.h"
#include "base/file.h"
#include "base/temporary_folder.h"
#include "programs/python_runner.h"

namespace pbb {
namespace {

TEST(Measured, EveryShippedFigureNamesCommandCommitMachineDateAndN) {
  const auto file =
      std::filesystem::path(PBB_GOLDEN).parent_path().parent_path() / "bases/smollm2-135m/measured.json";
  const Measured shipped = read_measured(file);  // which refuses a figure that lacks one
  ASSERT_FALSE(shipped.runs.empty());
  for (const MeasuredRun& run : shipped.runs) {
    EXPECT_TRUE(run.command.starts_with("pbb ")) << run.command;
    EXPECT_EQ(run.command.find(" /"), std::string::npos) << "a folder of one machine: " << run.command;
    EXPECT_GE(run.commit.size(), 7U);
    EXPECT_FALSE(run.answers.empty() && run.trainings.empty()) << run.command;
    for (const MeasuredAnswers& one : run.answers) EXPECT_FALSE(one.rules.empty());
  }
  for (const int examples : {1, 4, 16})
    EXPECT_TRUE(shipped.accuracy(Teaching::examples, examples, AnswerForm::direct)) << examples;
  EXPECT_TRUE(shipped.accuracy(Teaching::source, 0, AnswerForm::recite));
  EXPECT_TRUE(shipped.accuracy(Teaching::given, 0, AnswerForm::assisted));
}

TEST(Measured, AFigureThatNobodyCouldMeasureAgainIsRefused) {
  const TemporaryFolder folder;
  for (const char* key : {"command", "commit", "machine", "date"}) {
    nlohmann::json value = to_json(made_up_figures());
    value["runs"][0][key] = "";
    write_file(folder / "measured.json", value.dump());
    EXPECT_NE(input_error([&] { read_measured(folder / "measured.json"); }).find(key), std::string::npos);
    value["runs"][0].erase(key);
    write_file(folder / "measured.json", value.dump());
    EXPECT_NE(input_error([&] { read_measured(folder / "measured.json"); }).find("HINT write it anew"),
              std::string::npos);
  }
  nlohmann::json value = to_json(made_up_figures());
  value["runs"][0]["figures"][0]["value"] = 0.99;
  write_file(folder / "measured.json", value.dump());
  EXPECT_NE(input_error([&] { read_measured(folder / "measured.json"); }).find("its rules do not give"),
            std::string::npos);
}

TEST(Measured, WhatIsWrittenIsReadBack) {
  const TemporaryFolder folder;
  const nlohmann::json value = to_json(made_up_figures());
  write_file(folder / "measured.json", text_of(made_up_figures()));
  EXPECT_EQ(to_json(read_measured(folder / "measured.json")), value);
}

TEST(Measured, AUsersOwnRunStandsInPlaceOfTheOthersWhereItTells) {
  Measured measured = made_up_figures();
  const auto shipped = measured.accuracy(Teaching::source, 0, AnswerForm::recite);
  ASSERT_TRUE(shipped);
  MeasuredRun own = measured.runs.front();
  own.is_users = true;
  for (MeasuredAnswers& answers : own.answers) {
    for (RuleScore& rule : answers.rules) rule.answers.correct = 0;
  }
  measured.runs.push_back(own);
  EXPECT_EQ(measured.accuracy(Teaching::source, 0, AnswerForm::recite)->answers.correct, 0);
  EXPECT_TRUE(measured.accuracy(Teaching::examples, 16, AnswerForm::direct));  // which it does not tell of
}

TEST(Measured, ARuleThatTwoRunsAskedAboutIsOneRule) {
  Measured measured = made_up_figures();
  const auto once = measured.accuracy(Teaching::source, 0, AnswerForm::recite);
  measured.runs.push_back(measured.runs.front());
  const auto twice = measured.accuracy(Teaching::source, 0, AnswerForm::recite);
  EXPECT_EQ(twice->rules, once->rules);
  EXPECT_EQ(twice->answers.items, 2 * once->answers.items);
  EXPECT_NEAR(twice->interval.low, once->interval.low, 1e-9);
}

TEST(Measured, CommandsForOthersTellNoFoldersOfAMachine) {
  EXPECT_EQ(command_for_others("pbb run /home/a/runs/x.toml k=1 --out /home/a/out/y"),
            "pbb run runs/x.toml k=1 --out out/y");
  EXPECT_EQ(command_for_others("pbb run x.toml corpus.python_folder=/home/a/rules 'a=[\"b/c\"]'"),
            "pbb run x.toml corpus.python_folder=a/rules 'a=[\"b/c\"]'");
}

}  // namespace
}  // namespace pbb

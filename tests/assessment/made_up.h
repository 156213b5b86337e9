// Figures that were never measured, for tests.
#pragma once

#include <string>

#include "assessment/measured.h"

namespace pbb {

inline MeasuredAnswers made_up_answers(Teaching teaching, int examples, AnswerForm form, int right) {
  MeasuredAnswers answers{
      .teaching = teaching, .examples = examples, .form = form, .rules = {}, .seconds = 0.5};
  answers.tokens = 120;
  for (int i = 0; i < 60; ++i) {
    RuleScore rule;
    rule.source = "rule" + std::to_string(100 + i);
    rule.clarity.lines = 4;
    rule.clarity.conditions = 1 + i % 3;
    rule.answers = {.correct = right + i % 2, .items = 10};
    answers.rules.push_back(rule);
  }
  return answers;
}

inline Measured made_up_figures() {
  MeasuredRun source{.title = "source",
                     .command = "pbb run source.toml",
                     .commit = "0123456789ab",
                     .machine = "a machine",
                     .date = "2026-11-28T00:00:00Z",
                     .answers = {},
                     .trainings = {}};
  MeasuredRun examples = source;
  source.answers = {made_up_answers(Teaching::source, 0, AnswerForm::recite, 9),
                    made_up_answers(Teaching::source, 0, AnswerForm::assisted, 9)};
  source.trainings = {{.rules = 20, .source_tokens = 1000, .steps = 50, .tokens = 20'000, .seconds = 100}};
  examples.command = "pbb run examples.toml";
  examples.answers = {made_up_answers(Teaching::nothing, 0, AnswerForm::direct, 0),
                      made_up_answers(Teaching::examples, 4, AnswerForm::direct, 1),
                      made_up_answers(Teaching::examples, 16, AnswerForm::direct, 3)};
  return {{source, examples}};
}

}  // namespace pbb

// Figures that were measured, with what a reader needs to measure them again: measured.json beside a base, or made of
// the records of runs (measured_run.h). Nothing is assumed: a figure that nobody measured is absent.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "assessment/clarity.h"
#include "base/options.h"
#include "evaluation/statistics.h"
#include "examples/example.h"

namespace pbb {

// What the model that was asked had been given of the rules.
enum class Teaching {
  nothing,
  examples,  // questions with their answers
  source,    // the source, by reading it
  given,     // nothing beforehand; the source stands with the question
};
inline constexpr Choice<Teaching> teachings[] = {{Teaching::nothing, "nothing"},
                                                 {Teaching::examples, "examples"},
                                                 {Teaching::source, "source"},
                                                 {Teaching::given, "given"}};

// The answers about one rule.
struct RuleScore {
  std::string source;  // the first digits of its SHA-256: a rule that two runs asked about is one rule
  Clarity clarity;
  Cluster answers;
};

// The answers of one arm of a run in one form.
struct MeasuredAnswers {
  Teaching teaching = Teaching::nothing;
  int examples = 0;        // that each rule was taught by
  bool are_edges = false;  // asked where answers change, as pbb learn asks; else on inputs drawn at random
  AnswerForm form = AnswerForm::direct;
  std::vector<RuleScore> rules;
  double tokens = 0;              // of a question with its answer, mean
  std::optional<double> seconds;  // an answer, many being decoded side by side; of all forms of the arm
};

// What teaching took.
struct MeasuredTraining {
  Teaching teaching = Teaching::source;
  int examples = 0;
  int rules = 0;                   // that were new or changed
  int known = 0;                   // that the model knew, and kept
  std::int64_t source_tokens = 0;  // of the new ones' sources, once each
  std::int64_t steps = 0, tokens = 0;
  double seconds = 0;
};

struct MeasuredRun {
  std::string title;
  std::string command, commit, machine, date;  // none is empty
  std::vector<MeasuredAnswers> answers;
  std::vector<MeasuredTraining> trainings;
  bool is_users = false;  // given with --measured: it stands in place of those that ship
};

// A share of right answers over the rules of one or several runs.
struct Accuracy {
  Cluster answers;
  int rules = 0;
  Interval interval;
  double tokens = 0;
  std::optional<double> seconds;
  std::vector<std::size_t> runs;  // places in Measured::runs
  double value() const { return static_cast<double>(answers.correct) / answers.items; }
};

struct FoundTraining {
  MeasuredTraining training;
  std::size_t run = 0;
};

struct Measured {
  std::vector<MeasuredRun> runs;

  // Over all rules that `wanted` takes; a user's own runs in place of the others wherever they tell, and of the others
  // those on random inputs, so that like is compared with like. Nothing where nobody asked.
  std::optional<Accuracy> accuracy(Teaching teaching, int examples, AnswerForm form,
                                   const std::function<bool(const RuleScore&)>& wanted = {}) const;
  // Of rules read from source: on edge inputs alone.
  std::optional<Accuracy> accuracy_on_edges(AnswerForm form) const;
  // How many examples a rule were tried, ascending.
  std::vector<int> examples_tried() const;
  // In the order of the runs, a user's own first: what teaching took, of new rules or on a model that knew some.
  std::vector<FoundTraining> trainings(Teaching teaching, int examples, bool on_known_rules) const;
};

// InputError naming the file and what is wrong: a figure without command, commit, machine, date or n is refused.
Measured read_measured(const std::filesystem::path& file);
nlohmann::json to_json(const Measured& measured);
std::string text_of(const Measured& measured);  // as the file has it: a rule and a figure a line

// As a file may tell them: of absolute paths the last two parts.
std::string command_for_others(const std::string& command);

}  // namespace pbb

#include "assessment/assessment.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "assessment/lines.h"
#include "base/machine.h"
#include "base/sha256.h"
#include "run/build_info.h"
#include "run/run_record.h"

namespace pbb {
namespace {

Expected expected_of(const Measured& measured, Teaching teaching,
                     const std::function<bool(const RuleScore&)>& wanted) {
  Expected expected{.plain = measured.accuracy(teaching, 0, AnswerForm::recite, wanted),
                    .assisted = measured.accuracy(teaching, 0, AnswerForm::assisted, wanted)};
  expected.is_ceiling = teaching == Teaching::given;
  return expected;
}

bool tells(const Expected& expected) {
  return expected.plain || expected.assisted;
}

// Read from source where that was measured, else with the source given.
Expected of_kind(const Measured& measured, ClarityKind kind) {
  const auto wanted = [kind](const RuleScore& rule) { return kind_of(rule.clarity) == kind; };
  Expected read = expected_of(measured, Teaching::source, wanted);
  return tells(read) ? read : expected_of(measured, Teaching::given, wanted);
}

// Of this very rule, as a user's own run tells.
Expected of_rule(const Measured& measured, const std::string& source) {
  const std::string digest = sha256(source).substr(0, 12);
  Measured users;
  std::vector<std::size_t> places;
  for (std::size_t at = 0; at < measured.runs.size(); ++at) {
    if (!measured.runs[at].is_users) continue;
    users.runs.push_back(measured.runs[at]);
    places.push_back(at);
  }
  Expected own =
      expected_of(users, Teaching::source, [&](const RuleScore& rule) { return rule.source == digest; });
  for (std::optional<Accuracy>* one : {&own.plain, &own.assisted}) {
    if (!*one) continue;
    for (std::size_t& run : (*one)->runs) run = places[run];
  }
  return own;
}

// The rules that were read from source: what else is said of rules is said of the same ones where it can be.
std::function<bool(const RuleScore&)> rules_read(const Measured& measured) {
  std::set<std::string> digests;
  for (const MeasuredRun& run : measured.runs) {
    for (const MeasuredAnswers& one : run.answers) {
      if (one.teaching != Teaching::source) continue;
      for (const RuleScore& rule : one.rules) digests.insert(rule.source);
    }
  }
  return [digests](const RuleScore& rule) { return digests.contains(rule.source); };
}

std::optional<Accuracy> given_of(const Measured& measured, AnswerForm form) {
  auto same = measured.accuracy(Teaching::given, 0, form, rules_read(measured));
  return same ? same : measured.accuracy(Teaching::given, 0, form);
}

std::vector<Input> inputs_of(const Corpus& corpus, const Program& program) {
  std::vector<Input> inputs;
  for (const Execution& one : read_test_executions(corpus, program)) inputs.push_back(one.arguments);
  return inputs;
}

void add_rules(Assessment& assessment, const AssessmentInput& input, const Runner& run) {
  const Corpus& corpus = input.imported->corpus;
  std::vector<std::string> sources;
  std::vector<TimedProgram> timed;
  for (const Program& program : corpus.programs) {
    sources.push_back(program.source);
    timed.push_back({program.source, program.name, inputs_of(corpus, program)});
  }
  const auto clarity = clarity_of(run, sources);
  const auto times = microseconds_a_call(run, timed);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const std::string& name = corpus.programs[i].name;
    const auto file = std::ranges::find(assessment.files, name, &ImportedFile::program);
    const ClarityKind kind = kind_of(clarity[i]);
    assessment.rules.push_back({.name = name,
                                .file = file == assessment.files.end() ? "" : file->file,
                                .clarity = clarity[i],
                                .kind = kind,
                                .source_tokens = std::ssize(input.tokenizer->encode(sources[i])),
                                .microseconds = times[i],
                                .expected = of_kind(assessment.measured, kind),
                                .own = of_rule(assessment.measured, sources[i])});
    assessment.source_tokens += assessment.rules.back().source_tokens;
  }
}

std::optional<double> median_call(const std::vector<AssessedRule>& rules) {
  std::vector<double> times;
  for (const AssessedRule& rule : rules) {
    if (rule.microseconds) times.push_back(*rule.microseconds);
  }
  if (times.empty()) return std::nullopt;
  std::ranges::sort(times);
  return times[times.size() / 2];
}

void add_teaching(Assessment& assessment) {
  const Measured& measured = assessment.measured;
  assessment.source = measured.accuracy(Teaching::source, 0, AnswerForm::recite);
  assessment.source_assisted = measured.accuracy(Teaching::source, 0, AnswerForm::assisted);
  assessment.source_edges = measured.accuracy_on_edges(AnswerForm::recite);
  assessment.given = given_of(measured, AnswerForm::recite);
  assessment.given_assisted = given_of(measured, AnswerForm::assisted);
  assessment.before = measured.accuracy(Teaching::nothing, 0, AnswerForm::direct);
  const auto rules = static_cast<double>(assessment.rules.size());
  for (const int examples : measured.examples_tried()) {
    const auto accuracy = measured.accuracy(Teaching::examples, examples, AnswerForm::direct);
    if (!accuracy) continue;
    ExampleTeaching& one = assessment.examples.emplace_back();
    one.examples = examples;
    one.accuracy = *accuracy;
    if (assessment.costs.example) one.cost = rules * examples * *assessment.costs.example;
    const auto trainings = measured.trainings(Teaching::examples, examples, false);
    if (!trainings.empty()) one.training = trainings.front();
  }
  for (const ClarityKind kind : clarity_kinds) {
    const auto count = std::ranges::count(assessment.rules, kind, &AssessedRule::kind);
    assessment.kinds.push_back({kind, static_cast<int>(count), of_kind(measured, kind)});
  }
}

void add_reading(Assessment& assessment) {
  assessment.readings = assessment.measured.trainings(Teaching::source, 0, false);
  assessment.relearnings = assessment.measured.trainings(Teaching::source, 0, true);
  if (assessment.readings.empty() || assessment.readings[0].training.source_tokens == 0) return;
  const MeasuredTraining& measured = assessment.readings[0].training;
  const double share =
      static_cast<double>(assessment.source_tokens) / static_cast<double>(measured.source_tokens);
  assessment.reading_seconds = measured.seconds * share;
  assessment.reading_tokens = static_cast<double>(measured.tokens) * share;
  if (assessment.costs.hour)
    assessment.reading_cost = *assessment.reading_seconds / 3600 * *assessment.costs.hour;
}

}  // namespace

ClarityKind kind_of(const Clarity& clarity) {
  if (!clarity.is_plain()) return ClarityKind::everyday;
  return clarity.conditions <= 2 ? ClarityKind::few_conditions : ClarityKind::many_conditions;
}

bool is_reliable(const Expected& expected) {
  const auto reaches = [](const std::optional<Accuracy>& accuracy) {
    return accuracy && accuracy->interval.low >= reliable;
  };
  return !expected.is_ceiling && (reaches(expected.plain) || reaches(expected.assisted));
}

bool is_reliable(const AssessedRule& rule) {
  if (!is_reliable(rule.expected)) return false;
  const auto holds = [](const std::optional<Accuracy>& own) { return own && own->value() >= reliable; };
  return !tells(rule.own) || holds(rule.own.plain) || holds(rule.own.assisted);
}

int Assessment::reliable_rules() const {
  return static_cast<int>(
      std::ranges::count_if(rules, [](const AssessedRule& rule) { return is_reliable(rule); }));
}

Worth Assessment::worth() const {
  const int good = reliable_rules();
  if (good == std::ssize(rules)) return Worth::yes;
  if (good > 0) return Worth::partly;
  return std::ranges::any_of(rules, tells, &AssessedRule::expected) ? Worth::no : Worth::unknown;
}

bool Assessment::examples_reach_source() const {
  return source && !examples.empty() && examples.back().accuracy.interval.high >= source->interval.low;
}

Cheaper Assessment::cheaper() const {
  if (!source || examples.empty()) return Cheaper::unknown;
  if (reading_cost && examples.back().cost)
    return *reading_cost < *examples.back().cost ? Cheaper::yes : Cheaper::no;
  return examples_reach_source() ? Cheaper::unknown : Cheaper::yes;
}

std::optional<double> Assessment::break_even_examples() const {
  if (!reading_cost || !costs.example || *costs.example <= 0) return std::nullopt;
  return *reading_cost / *costs.example;
}

std::optional<double> Assessment::break_even_seconds() const {
  if (!reading_seconds || examples.empty() || rules.empty()) return std::nullopt;
  return *reading_seconds / (static_cast<double>(rules.size()) * examples.back().examples);
}

Assessment assess(const AssessmentInput& input, const Runner& run) {
  Assessment assessment;
  assessment.title = input.title;
  const Sitting now = begin_sitting("assess", "", "");
  assessment.date = now.started;
  assessment.machine = fmt::format("{}, {} cores", now.processor, now.cores.value_or(0));
  assessment.version = std::string(pbb_version());
  assessment.costs = input.costs;
  assessment.measured = input.measured;
  assessment.files = input.imported->files;
  assessment.base_tokens = input.base_tokens;
  add_rules(assessment, input, run);
  assessment.microseconds = median_call(assessment.rules);
  add_line_counts(assessment, *input.imported, run);
  add_teaching(assessment);
  add_reading(assessment);
  return assessment;
}

}  // namespace pbb

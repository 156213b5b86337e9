#include <nlohmann/json.hpp>

#include "assessment/assessment.h"
#include "evaluation/evaluate.h"

namespace pbb {
namespace {

using nlohmann::json;

template <typename T>
json or_null(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

json accuracy_json(const std::optional<Accuracy>& accuracy) {
  if (!accuracy) return nullptr;
  return {{"value", accuracy->value()},
          {"interval", {accuracy->interval.low, accuracy->interval.high}},
          {"n", accuracy->answers.items},
          {"rules", accuracy->rules},
          {"tokens_an_answer", accuracy->tokens},
          {"seconds_an_answer", or_null(accuracy->seconds)},
          {"runs", accuracy->runs}};
}

json expected_json(const Expected& expected) {
  return {{"plain", accuracy_json(expected.plain)},
          {"assisted", accuracy_json(expected.assisted)},
          {"ceiling", expected.is_ceiling},
          {"reliable", is_reliable(expected)}};
}

json trainings_json(const std::vector<FoundTraining>& trainings) {
  json all = json::array();
  for (const auto& [training, run] : trainings) {
    all.push_back({{"rules", training.rules},
                   {"known", training.known},
                   {"source_tokens", training.source_tokens},
                   {"steps", training.steps},
                   {"tokens", training.tokens},
                   {"seconds", training.seconds},
                   {"run", run}});
  }
  return all;
}

json rules_json(const Assessment& assessment) {
  static constexpr const char* kinds[] = {"few_conditions", "many_conditions", "everyday"};
  json all = json::array();
  for (const AssessedRule& rule : assessment.rules) {
    all.push_back({{"name", rule.name},
                   {"file", rule.file},
                   {"kind", kinds[static_cast<std::size_t>(rule.kind)]},
                   {"lines", rule.clarity.lines},
                   {"conditions", rule.clarity.conditions},
                   {"arithmetic", rule.clarity.arithmetic},
                   {"calls", rule.clarity.calls},
                   {"features", rule.clarity.features},
                   {"source_tokens", rule.source_tokens},
                   {"microseconds_a_call", or_null(rule.microseconds)},
                   {"reliable", is_reliable(rule)},
                   {"expected", expected_json(rule.expected)},
                   {"own", expected_json(rule.own)}});
  }
  return all;
}

json code_json(const Assessment& assessment) {
  static constexpr const char* names[] = {"outside_world", "not_plain", "no_result",  "contradiction",
                                          "not_cut",       "other",     "no_function"};
  json rest = json::array();
  for (const RestCount& one : assessment.rest) {
    rest.push_back({{"why", names[static_cast<std::size_t>(one.why)]},
                    {"functions", one.functions},
                    {"lines", one.lines}});
  }
  return {{"functions", assessment.functions},
          {"lines", assessment.lines},
          {"learnable_functions", assessment.rules.size()},
          {"learnable_lines", assessment.learnable_lines},
          {"rest", std::move(rest)}};
}

json examples_json(const Assessment& assessment) {
  json all = json::array();
  for (const ExampleTeaching& one : assessment.examples) {
    all.push_back({{"examples_a_rule", one.examples},
                   {"accuracy", accuracy_json(one.accuracy)},
                   {"cost", or_null(one.cost)},
                   {"seconds", one.training ? json(one.training->training.seconds) : json(nullptr)}});
  }
  return all;
}

}  // namespace

nlohmann::json to_json(const Assessment& assessment) {
  static constexpr const char* worths[] = {"yes", "partly", "no", "unknown"};
  static constexpr const char* cheapers[] = {"yes", "no", "unknown"};
  json runs = json::array();
  for (const MeasuredRun& run : assessment.measured.runs) {
    runs.push_back({{"title", run.title},
                    {"command", run.command},
                    {"commit", run.commit},
                    {"machine", run.machine},
                    {"date", run.date},
                    {"users", run.is_users}});
  }
  return {{"title", assessment.title},
          {"date", assessment.date},
          {"machine", assessment.machine},
          {"worth", worths[static_cast<std::size_t>(assessment.worth())]},
          {"cheaper_than_examples", cheapers[static_cast<std::size_t>(assessment.cheaper())]},
          {"reliable_rules", assessment.reliable_rules()},
          {"code", code_json(assessment)},
          {"rules", rules_json(assessment)},
          {"source", accuracy_json(assessment.source)},
          {"source_assisted", accuracy_json(assessment.source_assisted)},
          {"source_edge_inputs", accuracy_json(assessment.source_edges)},
          {"source_given", accuracy_json(assessment.given)},
          {"source_given_assisted", accuracy_json(assessment.given_assisted)},
          {"examples", examples_json(assessment)},
          {"cost_per_example", or_null(assessment.costs.example)},
          {"cost_per_hour", or_null(assessment.costs.hour)},
          {"reading",
           {{"tokens", or_null(assessment.reading_tokens)},
            {"seconds", or_null(assessment.reading_seconds)},
            {"cost", or_null(assessment.reading_cost)},
            {"measured", trainings_json(assessment.readings)},
            {"relearning", trainings_json(assessment.relearnings)}}},
          {"break_even_examples", or_null(assessment.break_even_examples())},
          {"break_even_seconds_an_example", or_null(assessment.break_even_seconds())},
          {"microseconds_a_call", or_null(assessment.microseconds)},
          {"runs", std::move(runs)}};
}

}  // namespace pbb

// measured.json, read and written. A figure is an object: `what`, `value`, `n`, and where it has one its `interval`;
// figures stand within the run that they were measured in, which has command, commit, machine and date. What each rule
// is like is said once; a figure has of each [right, of].
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "assessment/measured.h"
#include "base/error.h"
#include "base/json_lines.h"
#include "base/json_text.h"
#include "evaluation/names.h"

namespace pbb {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr int format = 1;

Teaching teaching_from(const std::string& name) {
  if (const auto teaching = find_choice<Teaching>(teachings, name)) return *teaching;
  throw InputError(fmt::format("\"{}\" is no way of teaching", name));
}

json to_json(const Clarity& clarity) {
  return {{"lines", clarity.lines},
          {"conditions", clarity.conditions},
          {"arithmetic", clarity.arithmetic},
          {"calls", clarity.calls},
          {"features", clarity.features}};
}

Clarity clarity_from(const json& value) {
  Clarity clarity;
  value.at("lines").get_to(clarity.lines);
  value.at("conditions").get_to(clarity.conditions);
  value.at("arithmetic").get_to(clarity.arithmetic);
  value.at("calls").get_to(clarity.calls);
  value.at("features").get_to(clarity.features);
  return clarity;
}

// `score`: [right, of].
RuleScore score_from(const std::string& source, const json& score, const json& rules) {
  RuleScore rule{.source = source, .clarity = clarity_from(rules.at(source)), .answers = {}};
  score.at(0).get_to(rule.answers.correct);
  score.at(1).get_to(rule.answers.items);
  if (rule.answers.correct < 0 || rule.answers.correct > rule.answers.items)
    throw InputError(fmt::format("{} right of {}", rule.answers.correct, rule.answers.items));
  return rule;
}

std::vector<Cluster> clusters_of(const MeasuredAnswers& answers) {
  std::vector<Cluster> clusters;
  for (const RuleScore& rule : answers.rules) clusters.push_back(rule.answers);
  return clusters;
}

json to_json(const MeasuredAnswers& answers) {
  const auto clusters = clusters_of(answers);
  const Interval interval = cluster_interval(clusters);
  int right = 0, of = 0;
  for (const Cluster& one : clusters) {
    right += one.correct;
    of += one.items;
  }
  json figure = {{"what", "accuracy"},
                 {"taught_by", choice_name<Teaching>(teachings, answers.teaching)},
                 {"examples", answers.examples},
                 {"edge_inputs", answers.are_edges},
                 {"form", answer_form_name(answers.form)},
                 {"value", static_cast<double>(right) / of},
                 {"interval", {interval.low, interval.high}},
                 {"n", of},
                 {"tokens_an_answer", answers.tokens},
                 {"rules", json::object()}};
  if (answers.seconds) figure["seconds_an_answer"] = *answers.seconds;
  for (const RuleScore& rule : answers.rules)
    figure["rules"][rule.source] = {rule.answers.correct, rule.answers.items};
  return figure;
}

MeasuredAnswers answers_from(const json& figure, const json& rules) {
  MeasuredAnswers answers;
  answers.teaching = teaching_from(figure.at("taught_by"));
  figure.at("examples").get_to(answers.examples);
  figure.at("edge_inputs").get_to(answers.are_edges);
  answers.form = answer_form_from(figure.at("form"));
  figure.at("tokens_an_answer").get_to(answers.tokens);
  if (figure.contains("seconds_an_answer")) answers.seconds = figure["seconds_an_answer"].get<double>();
  int right = 0, of = 0;
  for (const auto& [source, score] : figure.at("rules").items()) {
    answers.rules.push_back(score_from(source, score, rules));
    right += answers.rules.back().answers.correct;
    of += answers.rules.back().answers.items;
  }
  if (of == 0 || figure.at("n").get<int>() != of ||
      std::abs(figure.at("value").get<double>() - static_cast<double>(right) / of) > 1e-9)
    throw InputError(
        fmt::format("an accuracy that its rules do not give: they have {} right of {}", right, of));
  return answers;
}

json to_json(const MeasuredTraining& training) {
  return {{"what", "training"},
          {"taught_by", choice_name<Teaching>(teachings, training.teaching)},
          {"examples", training.examples},
          {"value", training.seconds},
          {"unit", "seconds"},
          {"n", training.rules},
          {"known", training.known},
          {"source_tokens", training.source_tokens},
          {"steps", training.steps},
          {"tokens", training.tokens}};
}

MeasuredTraining training_from(const json& figure) {
  MeasuredTraining training;
  training.teaching = teaching_from(figure.at("taught_by"));
  figure.at("examples").get_to(training.examples);
  figure.at("value").get_to(training.seconds);
  figure.at("n").get_to(training.rules);
  figure.at("known").get_to(training.known);
  figure.at("source_tokens").get_to(training.source_tokens);
  figure.at("steps").get_to(training.steps);
  figure.at("tokens").get_to(training.tokens);
  if (training.rules < 1) throw InputError("a training of no rule");
  return training;
}

MeasuredRun run_from(const json& value, const json& rules) {
  MeasuredRun run;
  value.at("title").get_to(run.title);
  const auto get = [&](const char* key, std::string& text) {
    value.at(key).get_to(text);
    if (text.empty()) throw InputError(fmt::format("\"{}\" is empty", key));
  };
  get("command", run.command);
  get("commit", run.commit);
  get("machine", run.machine);
  get("date", run.date);
  for (const json& figure : value.at("figures")) {
    const auto what = figure.at("what").get<std::string>();
    if (what == "accuracy") {
      run.answers.push_back(answers_from(figure, rules));
    } else if (what == "training") {
      run.trainings.push_back(training_from(figure));
    } else {
      throw InputError(fmt::format("figures of \"{}\" are not known", what));
    }
  }
  return run;
}

}  // namespace

nlohmann::json to_json(const Measured& measured) {
  json runs = json::array(), rules = json::object();
  for (const MeasuredRun& run : measured.runs) {
    for (const MeasuredAnswers& one : run.answers) {
      for (const RuleScore& rule : one.rules) rules[rule.source] = to_json(rule.clarity);
    }
    json figures = json::array();
    for (const MeasuredAnswers& one : run.answers) figures.push_back(to_json(one));
    for (const MeasuredTraining& one : run.trainings) figures.push_back(to_json(one));
    runs.push_back({{"title", run.title},
                    {"command", run.command},
                    {"commit", run.commit},
                    {"machine", run.machine},
                    {"date", run.date},
                    {"figures", std::move(figures)}});
  }
  return {{"format", format}, {"rules", std::move(rules)}, {"runs", std::move(runs)}};
}

std::string text_of(const Measured& measured) {
  const json value = to_json(measured);
  std::string text = fmt::format("{{\"format\": {},\n\"rules\": {{", format), separator = "\n";
  for (const auto& [source, rule] : value.at("rules").items()) {
    text += fmt::format("{} \"{}\": {}", separator, source, json_text(rule));
    separator = ",\n";
  }
  text += "},\n\"runs\": [";
  separator = "\n";
  for (json run : value.at("runs")) {
    const json figures = run.at("figures");
    run.erase("figures");
    std::string head = json_text(run);
    head.pop_back();
    text += separator + head + ",\"figures\": [";
    separator = "\n ";
    for (const json& figure : figures) {
      text += separator + json_text(figure);
      separator = ",\n ";
    }
    text += "]}";
    separator = ",\n";
  }
  return text + "]}\n";
}

Measured read_measured(const fs::path& file) {
  const json value = read_json(file);
  Measured measured;
  try {
    if (value.at("format") != format) throw InputError("it has another format than this pbb reads");
    for (const json& run : value.at("runs")) measured.runs.push_back(run_from(run, value.at("rules")));
  } catch (const json::exception& error) {
    throw InputError(fmt::format("{}: {}", file.string(), error.what()),
                     "write it anew: pbb assess --measured RUN … --write-measured FILE");
  } catch (const InputError& error) {
    throw InputError(fmt::format("{}: {}", file.string(), error.what()),
                     "write it anew: pbb assess --measured RUN … --write-measured FILE");
  }
  return measured;
}

}  // namespace pbb

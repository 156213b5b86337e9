#include "assessment/measured.h"

#include <algorithm>
#include <map>
#include <set>

namespace pbb {
namespace {

// What is taken of a run, with its place.
using Found = std::pair<std::size_t, const MeasuredAnswers*>;

template <typename Wanted>
std::vector<Found> answers_of(const std::vector<MeasuredRun>& runs, const Wanted& wanted) {
  std::vector<Found> found;
  for (std::size_t at = 0; at < runs.size(); ++at) {
    for (const MeasuredAnswers& one : runs[at].answers) {
      if (wanted(runs[at], one)) found.emplace_back(at, &one);
    }
  }
  return found;
}

// A mean over arms, weighted by their answers; nothing where an arm does not tell.
template <typename Of>
std::optional<double> mean(const std::vector<std::pair<const MeasuredAnswers*, int>>& arms, const Of& of) {
  double sum = 0;
  int answers = 0;
  for (const auto& [arm, count] : arms) {
    const std::optional<double> value = of(*arm);
    if (!value) return std::nullopt;
    sum += *value * count;
    answers += count;
  }
  return answers > 0 ? std::optional(sum / answers) : std::nullopt;
}

std::optional<Accuracy> together(const std::vector<Found>& found,
                                 const std::function<bool(const RuleScore&)>& wanted) {
  Accuracy accuracy;
  std::vector<Cluster> clusters;
  std::map<std::string, std::size_t> places;
  std::vector<std::pair<const MeasuredAnswers*, int>> arms;
  for (const auto& [run, answers] : found) {
    int taken = 0;
    for (const RuleScore& rule : answers->rules) {
      if (rule.answers.items == 0 || (wanted && !wanted(rule))) continue;
      const auto [place, is_new] = places.emplace(rule.source, clusters.size());
      if (is_new) clusters.emplace_back();
      clusters[place->second].correct += rule.answers.correct;
      clusters[place->second].items += rule.answers.items;
      taken += rule.answers.items;
      accuracy.answers.correct += rule.answers.correct;
    }
    if (taken == 0) continue;
    accuracy.answers.items += taken;
    accuracy.runs.push_back(run);
    arms.emplace_back(answers, taken);
  }
  if (clusters.empty()) return std::nullopt;
  accuracy.rules = static_cast<int>(clusters.size());
  accuracy.interval = cluster_interval(clusters);
  accuracy.tokens = mean(arms, [](const auto& arm) { return std::optional(arm.tokens); }).value_or(0);
  accuracy.seconds = mean(arms, [](const auto& arm) { return arm.seconds; });
  return accuracy;
}

}  // namespace

std::optional<Accuracy> Measured::accuracy(Teaching teaching, int examples, AnswerForm form,
                                           const std::function<bool(const RuleScore&)>& wanted) const {
  const auto is_asked_for = [&](const MeasuredAnswers& one) {
    return one.teaching == teaching && one.examples == examples && one.form == form;
  };
  for (const auto& [users, edges] : {std::pair{true, true}, {false, false}, {false, true}}) {
    const auto found = answers_of(runs, [&](const MeasuredRun& run, const MeasuredAnswers& one) {
      return is_asked_for(one) && run.is_users == users && (edges || !one.are_edges);
    });
    if (auto accuracy = together(found, wanted)) return accuracy;
  }
  return std::nullopt;
}

std::optional<Accuracy> Measured::accuracy_on_edges(AnswerForm form) const {
  for (const bool users : {true, false}) {
    const auto found = answers_of(runs, [&](const MeasuredRun& run, const MeasuredAnswers& one) {
      return one.are_edges && one.teaching == Teaching::source && one.form == form && run.is_users == users;
    });
    if (auto accuracy = together(found, {})) return accuracy;
  }
  return std::nullopt;
}

std::vector<int> Measured::examples_tried() const {
  std::set<int> tried;
  for (const MeasuredRun& run : runs) {
    for (const MeasuredAnswers& one : run.answers) {
      if (one.teaching == Teaching::examples) tried.insert(one.examples);
    }
  }
  return {tried.begin(), tried.end()};
}

std::vector<FoundTraining> Measured::trainings(Teaching teaching, int examples, bool on_known_rules) const {
  std::vector<FoundTraining> found;
  for (const bool users : {true, false}) {
    for (std::size_t at = 0; at < runs.size(); ++at) {
      if (runs[at].is_users != users) continue;
      for (const MeasuredTraining& one : runs[at].trainings) {
        if (one.teaching == teaching && one.examples == examples && (one.known > 0) == on_known_rules)
          found.push_back({one, at});
      }
    }
  }
  return found;
}

std::string command_for_others(const std::string& command) {
  std::string text;
  for (std::size_t at = 0; at < command.size();) {
    const bool begins = at == 0 || command[at - 1] == ' ' || command[at - 1] == '=' ||
                        command[at - 1] == '\'' || command[at - 1] == '"';
    if (command[at] != '/' || !begins) {
      text += command[at++];
      continue;
    }
    const std::size_t end = std::min(command.find_first_of(" '\"", at), command.size());
    const std::filesystem::path path = command.substr(at, end - at);
    const auto folder = path.parent_path().filename();
    text += (folder.empty() ? path.filename() : folder / path.filename()).string();
    at = end;
  }
  return text;
}

}  // namespace pbb

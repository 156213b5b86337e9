#include "evaluation/arm_plan.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <tuple>

#include "base/error.h"
#include "evaluation/names.h"

namespace pbb {
namespace {

using nlohmann::json;

// The index of the candidate of highest `rank`, the first among equals; -1 without candidates.
template <typename IsCandidate, typename Rank>
int best(const std::vector<ArmPlan>& arms, IsCandidate is_candidate, Rank rank) {
  int found = -1;
  for (int i = 0; i < static_cast<int>(arms.size()); ++i) {
    const ArmPlan& arm = arms[static_cast<std::size_t>(i)];
    if (!is_candidate(arm)) continue;
    if (found < 0 || rank(arm) > rank(arms[static_cast<std::size_t>(found)])) found = i;
  }
  return found;
}

ArmRole role_by_itself(const ArmPlan& arm) {
  if (arm.stages < 0) return ArmRole::other;
  if (arm.source == ShownSource::shuffled || arm.question == AskedName::wrong) return ArmRole::control;
  if (arm.source != ShownSource::none) return ArmRole::source_shown;
  return arm.stages == 0 && arm.asked_at.empty() ? ArmRole::untrained : ArmRole::other;
}

std::string training_words(const ArmPlan& arm) {
  if (arm.stages < 0) return "Nothing in the run's folder says what this arm is.";
  if (arm.stages == 0) return "The model as it came, before any training.";
  std::string words = fmt::format("After stage {}.", arm.stage);
  if (arm.has_run) {
    words += " It has learnt what running a program looks like from executions of the with-IO programs.";
  }
  words += arm.has_read
               ? " It has read the source of the source-only programs, by next-token prediction; none of "
                 "their inputs and outputs has been shown."
               : " It has not seen the source of the source-only programs.";
  return words;
}

std::string asking_words(const ArmPlan& arm) {
  std::string words;
  switch (arm.source) {
    case ShownSource::none:
      words = "Asked without the source";
      break;
    case ShownSource::prompt:
      words = "Asked with the program's source in the prompt: how well it follows code that it sees";
      break;
    case ShownSource::given:
      words = "Asked with the program's source given as if it had recited it: what is left is to run it";
      break;
    case ShownSource::shuffled:
      words =
          "Asked with another program's source given under this one's name: right is what that source does";
      break;
  }
  if (arm.question == AskedName::wrong) words += ", by a name that no program has: what guessing gives";
  if (arm.inputs > 0)
    words += fmt::format(", on {} input{} of each program", arm.inputs, arm.inputs == 1 ? "" : "s");
  if (arm.shots > 0)
    words += fmt::format(", after {} worked example{}", arm.shots, arm.shots == 1 ? "" : "s");
  if (arm.chat) words += ", within its chat template";
  if (arm.executor == Executor::base)
    words += "; it recites the source, and the model that it was before its stages executes it";
  if (!arm.asked_at.empty()) words += fmt::format(". Not our engine answered, but {}", arm.asked_at);
  return words + ".";
}

template <typename E, std::size_t N>
E choice_from(const json& value, const char* key, const Choice<E> (&choices)[N]) {
  const std::string name = value.value(key, choices[0].name);
  if (const auto found = find_choice<E>(choices, name)) return *found;
  throw InputError(fmt::format("\"{}\" is \"{}\"", key, name));
}

}  // namespace

std::vector<ArmRole> arm_roles(const std::vector<ArmPlan>& arms) {
  std::vector<ArmRole> roles;
  for (const ArmPlan& arm : arms) roles.push_back(role_by_itself(arm));
  const auto is_bare = [](const ArmPlan& arm) { return arm.shots == 0 && !arm.chat; };
  const auto is_trained = [](ArmPlan arm) {
    arm.executor = Executor::itself;  // whoever runs what was recited
    return arm.is_plain() && arm.stages > 0;
  };
  const int claim = best(arms, is_trained, [&](const ArmPlan& arm) {
    return std::tuple(arm.asked_at.empty(), arm.has_read, arm.stages, arm.executor == Executor::itself,
                      is_bare(arm));
  });
  if (claim < 0) return roles;
  const ArmPlan& claimed = arms[static_cast<std::size_t>(claim)];
  roles[static_cast<std::size_t>(claim)] = ArmRole::claim;
  const int base_line = best(
      arms, [&](const ArmPlan& arm) { return is_trained(arm) && arm.stages < claimed.stages; },
      [&](const ArmPlan& arm) {
        return std::tuple(arm.asked_at.empty(), !arm.has_read, arm.stages, is_bare(arm));
      });
  if (base_line >= 0) roles[static_cast<std::size_t>(base_line)] = ArmRole::base_line;
  return roles;
}

std::string describe(const ArmPlan& arm) {
  return arm.stages < 0 ? training_words(arm) : training_words(arm) + " " + asking_words(arm);
}

json to_json(const ArmPlan& arm) {
  json forms = json::array();
  for (const AnswerForm form : arm.forms) forms.push_back(answer_form_name(form));
  json value = {{"name", arm.name},
                {"stage", arm.stage},
                {"source", choice_name<ShownSource>(shown_sources, arm.source)},
                {"question", choice_name<AskedName>(asked_names, arm.question)},
                {"executor", choice_name<Executor>(executors, arm.executor)},
                {"forms", forms},
                {"inputs", arm.inputs},
                {"shots", arm.shots},
                {"chat", arm.chat},
                {"stages", arm.stages},
                {"has_read", arm.has_read},
                {"has_run", arm.has_run}};
  if (arm.questions) value["questions"] = *arm.questions;
  if (!arm.asked_at.empty()) value["asked_at"] = arm.asked_at;
  return value;
}

ArmPlan arm_plan_from(const json& value) {
  try {
    ArmPlan arm;
    value.at("name").get_to(arm.name);
    arm.stage = value.value("stage", "");
    arm.source = choice_from(value, "source", shown_sources);
    arm.question = choice_from(value, "question", asked_names);
    arm.executor = choice_from(value, "executor", executors);
    for (const json& form : value.value("forms", json::array())) {
      arm.forms.push_back(answer_form_from(form.get<std::string>()));
    }
    arm.inputs = value.value("inputs", 0);
    arm.shots = value.value("shots", 0);
    arm.chat = value.value("chat", false);
    arm.asked_at = value.value("asked_at", "");
    arm.stages = value.value("stages", -1);
    arm.has_read = value.value("has_read", false);
    arm.has_run = value.value("has_run", false);
    if (value.contains("questions")) arm.questions = value.at("questions").get<std::int64_t>();
    return arm;
  } catch (const json::exception& error) {
    throw InputError(fmt::format("an arm of \"arms\" is not as pbb writes it: {}", error.what()));
  }
}

}  // namespace pbb

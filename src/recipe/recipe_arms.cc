#include "recipe/recipe_arms.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "recipe/recipe_keys.h"
#include "recipe/recipe_tables.h"

namespace pbb {
namespace {

bool asks_for_a_trace(const ArmPlan& arm) {
  return arm.source == ShownSource::given || arm.source == ShownSource::shuffled;
}

// What an arm is asked where it does not say: all forms of [evaluation] that its way of asking has.
std::vector<AnswerForm> forms_of(const ArmPlan& arm, const std::vector<AnswerForm>& all) {
  std::vector<AnswerForm> forms = all;
  if (asks_for_a_trace(arm)) std::erase(forms, AnswerForm::direct);
  if (arm.executor == Executor::base) std::erase_if(forms, [](AnswerForm form) { return !recites(form); });
  return forms;
}

void check_arm(const std::string& at, const ArmPlan& arm, const std::vector<StageRecipe>& stages) {
  const auto refuse = [&](const std::string& message, const std::string& hint) {
    throw InputError(fmt::format("{}: arm.{}{}", at, arm.name, message), hint);
  };
  std::string names;
  for (const StageRecipe& stage : stages) names += (names.empty() ? "" : ", ") + stage.name;
  if (!arm.stage.empty() && std::ranges::find(stages, arm.stage, &StageRecipe::name) == stages.end()) {
    refuse(fmt::format(".stage = '{}' is no stage of this recipe", arm.stage),
           fmt::format("one of {}, or \"\" for the model as it came", names));
  }
  const std::string source = choice_name<ShownSource>(shown_sources, arm.source);
  if (asks_for_a_trace(arm) && std::ranges::count(arm.forms, AnswerForm::direct) > 0) {
    refuse(fmt::format(
               ".forms has 'direct', which source = '{}' does not: what is left of the answer is a trace",
               source),
           "forms = [\"trace\"]");
  }
  if (arm.executor == Executor::base) {
    if (!std::ranges::all_of(arm.forms, recites))
      refuse(".executor = 'base' takes over where a source was recited",
             "forms = [\"recite\", \"assisted\"]");
    if (arm.stage.empty() || asks_for_a_trace(arm))
      refuse(".executor = 'base' wants a stage, whose model recites the source itself",
             "executor = \"itself\" (the default)");
  }
  if (arm.forms.empty()) refuse(".forms is empty: it would be asked nothing", "trace, direct, recite");
  if (arm.question == AskedName::wrong && arm.source != ShownSource::none) {
    refuse(fmt::format(" asks by a wrong name, and shows the source ('{}') under the right one", source),
           "make them two arms");
  }
  if (arm.chat && asks_for_a_trace(arm)) {
    refuse(fmt::format(" is chat, where source = '{}' is not to be had", source), "source = \"prompt\"");
  }
}

void read_tables(Recipe& recipe, const toml::array& arms) {
  Taken names;
  for (const toml::node& item : arms) {
    const toml::table& table = *item.as_table();
    ArmPlan arm;
    TableReader reader(recipe.file, table, fmt::format("arm.{}.", item_name(table, names.size())));
    list_arm(reader, arm);
    reader.finish();
    if (!table.contains("forms")) arm.forms = forms_of(arm, recipe.evaluation.forms);
    check_name(place(recipe.file, item), fmt::format("arm.{}.name", names.size() + 1), arm.name, names);
    check_arm(place(recipe.file, item), arm, recipe.stages);
    if (arm.executor == Executor::base && recipe.adapter.rank == 0) {
      throw InputError(
          fmt::format("{}: arm.{}.executor = 'base', but all weights are trained: there is no base left",
                      place(recipe.file, item), arm.name),
          "adapter.rank = 16");
    }
    recipe.arms.push_back(std::move(arm));
  }
}

// Where there are no [[arm]] tables: evaluation.untrained, evaluation.in_context and stage.NAME.arm.
void read_shorthand(Recipe& recipe, const toml::table& root) {
  bool untrained = true, in_context = true;
  if (const auto* table = root["evaluation"].as_table()) {
    TableReader reader(recipe.file, *table, "evaluation.");
    list_evaluation_shorthand(reader, untrained, in_context);
  }
  Taken names{{"untrained", "evaluation.untrained asks it"}, {"in-context", "evaluation.in_context asks it"}};
  const auto add = [&](const std::string& name, const std::string& stage, ShownSource source) {
    ArmPlan& arm = recipe.arms.emplace_back();
    arm.name = name;
    arm.stage = stage;
    arm.source = source;
    arm.forms = recipe.evaluation.forms;
  };
  if (untrained) add("untrained", "", ShownSource::none);
  if (in_context) add("in-context", "", ShownSource::prompt);
  for (std::size_t s = 0; s < recipe.stages.size(); ++s) {
    const toml::table& table = *root["stage"].as_array()->get(s)->as_table();
    const StageRecipe& stage = recipe.stages[s];
    std::string name;
    TableReader reader(recipe.file, table, fmt::format("stage.{}.", stage.name));
    list_stage_shorthand(reader, name);
    if (name.empty()) continue;
    check_name(place(recipe.file, *table.get("arm")), fmt::format("stage.{}.arm", stage.name), name, names);
    add(name, stage.name, ShownSource::none);
  }
}

// [[arm]] says all: a shorthand beside it would be read by nobody.
void refuse_shorthand(const Recipe& recipe, const toml::table& root) {
  const auto refuse = [&](const toml::node& node, const std::string& key) {
    throw InputError(fmt::format("{}: {} means nothing beside [[arm]]", place(recipe.file, node), key),
                     "make it an [[arm]] too, or leave the [[arm]] tables out");
  };
  for (const char* key : {"untrained", "in_context"}) {
    if (const toml::node* node = root["evaluation"][key].node())
      refuse(*node, fmt::format("evaluation.{}", key));
  }
  for (const toml::node& stage : *root["stage"].as_array()) {
    if (const toml::node* node = stage.as_table()->get("arm")) refuse(*node, "stage.arm");
  }
}

}  // namespace

void read_arms(Recipe& recipe, const toml::table& root) {
  if (const toml::array* arms = list_of_tables(recipe.file, root, "arm")) {
    refuse_shorthand(recipe, root);
    read_tables(recipe, *arms);
  } else {
    read_shorthand(recipe, root);
  }
}

}  // namespace pbb

#include "recipe/recipe_stages.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "recipe/recipe_keys.h"
#include "recipe/recipe_tables.h"

namespace pbb {
namespace {

constexpr const char* no_stage = "none";  // what a stage may come after: the model as it came

// What a stage comes after is one of those before it in the recipe.
void check_after(const std::string& at, const StageRecipe& stage, const Recipe& recipe) {
  if (stage.name == no_stage) {
    throw InputError(fmt::format("{}: a stage is named 'none', which stands for the model as it came", at),
                     "give it another name");
  }
  if (stage.after.empty() || stage.after == no_stage) return;
  std::string names;
  for (const StageRecipe& before : recipe.stages) {
    if (before.name == stage.after) return;
    names += before.name + ", ";
  }
  throw InputError(
      fmt::format("{}: stage.{}.after = '{}' is no stage before it", at, stage.name, stage.after),
      fmt::format("one of {}or \"none\", the model as it came", names));
}

// A stage of practice makes the base that others stand on: `recipe` ends with it.
void check_practice(const std::string& at, const Recipe& recipe) {
  const std::string& name = recipe.stages.back().name;
  if (recipe.adapter.rank == 0) {
    throw InputError(
        fmt::format("{}: stage.{}.kind = 'practice' trains an adapter, but adapter.rank is 0", at, name),
        "adapter.rank = 16");
  }
  if (!recipe.start.empty()) {
    throw InputError(
        fmt::format("{}: stage.{}.kind = 'practice' means nothing beside adapter.start: that adapter was "
                    "trained on another base",
                    at, name),
        "leave one of them out");
  }
  for (const StageRecipe* before : stages_behind(recipe, name)) {
    if (before->kind == StageKind::practice) continue;
    throw InputError(
        fmt::format("{}: stage.{}.kind = 'practice' comes after stage {}, which stands on another base", at,
                    name, before->name),
        "put stages of practice first");
  }
}

// Keys that say nothing of a stage of GRPO as it is.
void check_grpo(const std::string& at, const StageRecipe& stage) {
  const auto refuse = [&](const std::string& key, const std::string& why, const std::string& hint) {
    throw InputError(fmt::format("{}: stage.{}.{} means nothing here: {}", at, stage.name, key, why), hint);
  };
  const GroupOptions& grpo = stage.grpo;
  const PolicyOptions defaults;
  if (stage.train.only_unknown_tokens)
    refuse("only_unknown_tokens", "an answer is learnt from by what it is worth", "leave it out");
  if (grpo.form == AnswerForm::direct && grpo.recall_reward > 0)
    refuse("recall_reward", "the direct form recalls no line", "form = \"trace\", or recall_reward = 0");
  if (grpo.updates > 1) return;
  const char* why = "with one update of a sampling no token's probability has changed yet";
  if (grpo.policy.clip_low != defaults.clip_low) refuse("clip_low", why, "leave it out, or updates = 2");
  if (grpo.policy.clip_high != defaults.clip_high) refuse("clip_high", why, "leave it out, or updates = 2");
}

}  // namespace

std::vector<const StageRecipe*> stages_behind(const Recipe& recipe, std::string_view stage) {
  std::vector<const StageRecipe*> behind;
  std::string_view wanted = stage;
  for (auto one = recipe.stages.rbegin(); one != recipe.stages.rend(); ++one) {
    if (!wanted.empty() && one->name != wanted) continue;
    if (wanted.empty() && behind.empty()) break;  // the model as it came
    behind.push_back(&*one);
    if (one->after == no_stage) break;
    wanted = one->after;  // empty: the next is it
  }
  std::ranges::reverse(behind);
  return behind;
}

void read_stages(Recipe& recipe, const toml::table& root) {
  const toml::array* stages = list_of_tables(recipe.file, root, "stage");
  if (!stages || stages->empty()) {
    throw InputError(fmt::format("{}: there is no [[stage]]", recipe.file.string()),
                     "a run needs at least one stage of training");
  }
  Taken names;
  for (const toml::node& item : *stages) {
    const toml::table& table = *item.as_table();
    const std::string at = place(recipe.file, item);
    StageRecipe stage;
    stage.name = item_name(table, recipe.stages.size());
    TableReader reader(recipe.file, table, fmt::format("stage.{}.", stage.name));
    list_stage(reader, stage);
    std::string arm;
    list_stage_shorthand(reader, arm);  // read_shorthand
    reader.finish();
    check_name(at, fmt::format("stage.{}.name", recipe.stages.size() + 1), stage.name, names);
    check_after(at, stage, recipe);
    recipe.stages.push_back(std::move(stage));
    if (recipe.stages.back().kind == StageKind::practice) check_practice(at, recipe);
    if (recipe.stages.back().kind == StageKind::grpo) check_grpo(at, recipe.stages.back());
  }
}

}  // namespace pbb

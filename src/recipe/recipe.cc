#include "recipe/recipe.h"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>
#include <deque>

#include "base/error.h"
#include "recipe/recipe_arms.h"
#include "recipe/recipe_keys.h"
#include "recipe/recipe_stages.h"
#include "recipe/recipe_tables.h"

namespace pbb {
namespace {

// InputError for keys that mean nothing beside the others: what they ask for would not be done.
void check_corpus_keys(const std::filesystem::path& file, const toml::table& table, CorpusRecipe corpus) {
  const std::pair<const char*, bool> places[] = {{"corpus.folder", !corpus.folder.empty()},
                                                 {"corpus.python_folder", !corpus.python_folder.empty()},
                                                 {"corpus.python_files", !corpus.python_files.empty()}};
  std::string given;
  for (const auto& [key, is_given] : places) {
    if (!is_given) continue;
    if (!given.empty())
      throw InputError(fmt::format("{}: both {} and {} are given", file.string(), given, key),
                       "keep one of them");
    given = key;
  }
  KeyNames meant;
  list_corpus_as_asked(meant, corpus);
  const bool is_made = given.empty();
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    if (meant.names.contains(name) || (is_made && node.is_table())) continue;
    const auto [does, hint] =
        is_made ? std::pair<std::string, std::string>("programs are made, not imported from a python_folder",
                                                      "remove it")
        : !corpus.folder.empty() ? std::pair<std::string, std::string>("corpus.folder is taken as it is",
                                                                       "remove it, or corpus.folder")
                                 : std::pair(fmt::format("the programs of {} are taken", given),
                                             fmt::format("remove it, or {}", given));
    throw InputError(fmt::format("{}: corpus.{} means nothing here: {}", place(file, node), name, does),
                     hint);
  }
}

// As its tables say; what they ask for together is for the caller to check.
Recipe recipe_from(const std::filesystem::path& file, const toml::table& root) {
  Recipe recipe;
  recipe.file = file;
  TableReader top(file, root, "");
  list_top(top, recipe);
  TableReader corpus(file, top.table("corpus"), "corpus.");
  list_corpus(corpus, recipe.corpus);
  std::deque<TableReader> domains;  // these stay where they are
  for (DomainRequest& request : recipe.corpus.make.domains) {
    const std::string& name = request.domain->name;
    list_options(domains.emplace_back(file, corpus.table(name.c_str()), fmt::format("corpus.{}.", name)),
                 request);
  }
  TableReader adapter(file, top.table("adapter"), "adapter.");
  list_options(adapter, recipe.adapter);
  list_adapter_start(adapter, recipe);
  if (!recipe.start.empty() && recipe.adapter.rank == 0) {
    throw InputError(
        fmt::format("{}: adapter.start means nothing here: without adapter.rank no adapter is trained",
                    file.string()),
        "give adapter.rank, alpha and targets as that adapter has them");
  }
  TableReader evaluation(file, top.table("evaluation"), "evaluation.");
  list_evaluation(evaluation, recipe.evaluation);
  for (const char* key : {"untrained", "in_context"}) evaluation.also_known(key);  // read_shorthand
  for (const char* key : {"stage", "arm"}) top.also_known(key);
  for (const TableReader* reader : {&top, &corpus, &adapter, &evaluation}) reader->finish();
  for (const TableReader& reader : domains) reader.finish();

  // A rule of a user's own takes the steps that it takes: where nothing is said, more are allowed than are
  // made.
  recipe.corpus.says_max_trace_steps = !!root["corpus"]["max_trace_steps"];
  if (recipe.corpus.is_imported() && !recipe.corpus.says_max_trace_steps) {
    recipe.corpus.make.max_trace_steps = recipe.corpus.import.max_trace_steps;
  }
  read_stages(recipe, root);
  share_options(recipe);
  read_arms(recipe, root);
  return recipe;
}

}  // namespace

PythonSources CorpusRecipe::sources() const {
  PythonSources sources;
  if (!python_folder.empty()) sources.paths.emplace_back(python_folder);
  for (const std::string& file : python_files) sources.paths.emplace_back(file);
  for (const std::string& file : examples) sources.examples.emplace_back(file);
  return sources;
}

bool is_plain_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

bool is_plain_name(std::string_view name) {
  return !name.empty() && name.size() <= longest_name && std::ranges::all_of(name, is_plain_letter);
}

void share_options(Recipe& recipe) {
  MakeOptions& make = recipe.corpus.make;
  ImportOptions& import = recipe.corpus.import;
  make.seed = import.seed = recipe.seed;
  import.max_trace_steps = make.max_trace_steps;
  import.train_inputs = make.train_inputs;
  import.test_inputs = make.test_inputs;
  for (StageRecipe& stage : recipe.stages) {
    stage.data.seed = stage.reading.seed = stage.practice.seed = stage.grpo.seed = recipe.seed;
    stage.data.stage = stage.reading.stage = stage.practice.stage = stage.grpo.stage = stage.name;
    stage.reading.earlier_programs = 0;
    for (const StageRecipe* behind : stages_behind(recipe, stage.name)) {
      if (behind == &stage) continue;
      if (behind->kind == StageKind::reading) stage.reading.earlier_programs += behind->reading.programs;
      if (stage.reading.known.empty()) stage.reading.known = behind->reading.known;
    }
    if (stage.reading.replay == Replay::automatic)
      stage.reading.replay = recipe.base != "none" ? Replay::kept : Replay::trained;
  }
}

Recipe read_recipe(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
  const toml::table root = read_toml(file, overrides);
  Recipe recipe = recipe_from(file, root);
  if (const auto* corpus = root["corpus"].as_table()) check_corpus_keys(file, *corpus, recipe.corpus);
  return recipe;
}

Recipe read_kept_recipe(const std::filesystem::path& file) {
  return recipe_from(file, read_toml(file, {}));
}

void take_earlier_defaults(Recipe& recipe, const Recipe& kept) {
  if (recipe.corpus.python_folder.empty() || kept.corpus.python_folder.empty()) return;
  // Imported folders once had the default of programs that are made.
  const int earlier = MakeOptions().max_trace_steps;
  if (recipe.corpus.says_max_trace_steps || kept.corpus.make.max_trace_steps != earlier) return;
  recipe.corpus.make.max_trace_steps = recipe.corpus.import.max_trace_steps = earlier;
}

std::string write_recipe(const Recipe& given) {
  Recipe recipe = given;  // the lists take what they can also fill
  std::string out;
  TableWriter write(out);
  list_top(write, recipe);
  if (recipe.arms.empty()) out += "arm = []\n";
  out += "\n[corpus]\n";
  list_corpus_as_asked(write, recipe.corpus);
  if (recipe.corpus.folder.empty() && !recipe.corpus.is_imported()) {
    for (DomainRequest& request : recipe.corpus.make.domains) {
      out += fmt::format("\n[corpus.{}]\n", request.domain->name);
      list_options(write, request);
    }
  }
  out += "\n[adapter]\n";
  list_options(write, recipe.adapter);
  if (!recipe.start.empty()) list_adapter_start(write, recipe);
  for (StageRecipe& stage : recipe.stages) {
    out += "\n[[stage]]\n";
    list_stage(write, stage);
  }
  out += "\n[evaluation]\n";
  list_evaluation(write, recipe.evaluation);
  for (ArmPlan& arm : recipe.arms) {
    out += "\n[[arm]]\n";
    list_arm(write, arm);
  }
  return out;
}

}  // namespace pbb

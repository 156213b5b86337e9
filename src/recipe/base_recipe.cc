#include "recipe/base_recipe.h"

#include <fmt/format.h>

#include "base/error.h"
#include "recipe/recipe_keys.h"
#include "recipe/recipe_tables.h"

namespace pbb {
namespace {

template <typename Fields>
void list_top(Fields& fields, BaseRecipe& recipe) {
  fields("title", recipe.title, "says what it is");
  fields("seed", recipe.seed, Range{}, "of the programs, the drills and their order");
  fields("model", recipe.model, "smollm2-135m, a .gguf file, or a Hugging Face folder");
  fields("base", recipe.base,
         "whose adapter it goes on from: none, interpreter (the one that ships), or a folder");
  fields("compute", recipe.compute, compute_words, "auto: whichever is faster on this processor");
  fields("written_alpha", recipe.written_alpha, Range{0, 1e6},
         "what the adapter is written with: below adapter.alpha it forgets less; 0: adapter.alpha");
}

}  // namespace

BaseRecipe read_base_recipe(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
  const toml::table root = read_toml(file, overrides);
  BaseRecipe recipe;
  recipe.file = file;
  TableReader top(file, root, "");
  list_top(top, recipe);
  TableReader interpreter(file, top.table("interpreter"), "interpreter.");
  list_options(interpreter, recipe.interpreter);
  TableReader adapter(file, top.table("adapter"), "adapter.");
  list_options(adapter, recipe.adapter);
  TableReader training(file, top.table("training"), "training.");
  list_options(training, recipe.train);
  for (const TableReader* reader : {&top, &interpreter, &adapter, &training}) reader->finish();
  recipe.interpreter.seed = recipe.seed;
  if (recipe.interpreter.drills + recipe.interpreter.executions + recipe.interpreter.studied == 0) {
    throw InputError(file.string() + ": interpreter.drills, executions and studied are all 0",
                     "a step needs at least one sequence");
  }
  check_adapter(recipe.adapter);
  return recipe;
}

std::string write_base_recipe(const BaseRecipe& given) {
  BaseRecipe recipe = given;
  std::string out;
  TableWriter write(out);
  list_top(write, recipe);
  out += "\n[interpreter]\n";
  list_options(write, recipe.interpreter);
  out += "\n[adapter]\n";
  list_options(write, recipe.adapter);
  out += "\n[training]\n";
  list_options(write, recipe.train);
  return out;
}

}  // namespace pbb

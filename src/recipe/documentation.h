// What docs/recipes.md says of every key.
#pragma once

#include <string>
#include <vector>

namespace pbb {

// A table in Markdown for each table of a recipe: key, default, values, meaning.
std::string recipe_documentation();

// Every key as an override names it: "seed", "corpus.train_inputs", "stage.NAME.epochs".
std::vector<std::string> recipe_keys();

}  // namespace pbb

// The arms of a recipe: [[arm]] tables, or the shorthand of recipes that have none.
#pragma once

#include <toml++/toml.h>

#include "recipe/recipe.h"

namespace pbb {

// Fills recipe.arms; the other parts of the recipe are read already.
void read_arms(Recipe& recipe, const toml::table& root);

}  // namespace pbb

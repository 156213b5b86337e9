// The stages of a recipe: [[stage]] tables.
#pragma once

#include <toml++/toml.h>

#include "recipe/recipe.h"

namespace pbb {

// Fills recipe.stages; the model, its base and its adapter are read already.
void read_stages(Recipe& recipe, const toml::table& root);

}  // namespace pbb

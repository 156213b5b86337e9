// The adapter that a run's training begins as (adapter.start): what another run has trained, or a folder in PEFT's
// format. The run keeps a copy, and stands on nothing outside of its folder.
#pragma once

#include <filesystem>

#include "model/decoder.h"
#include "recipe/recipe.h"

namespace pbb {

// Sets the adapter of `decoder`, which load_recipe_model made, to what recipe.start names: the copy `kept`, which is
// written first where there is none. InputError where it is no adapter of this recipe's model, base and options.
void start_from(Decoder& decoder, const Recipe& recipe, const std::filesystem::path& kept);

}  // namespace pbb

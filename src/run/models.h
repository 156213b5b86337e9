// Models as the commands name them: what model/load.h takes, or the folder of a run.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "model/load.h"
#include "recipe/recipe.h"

namespace pbb {

DataType compute_type(const std::string& name);  // "auto": the fastest here; "f32"; "bf16"

// The model that a recipe's training starts from: its model, its interpreter base merged into it, and the
// adapter that it trains, which changes nothing yet.
LoadedModel load_recipe_model(const Recipe& recipe, DataType compute);
// Makes what a stage of practice has trained, the active adapter, a part of the base: it is merged, and a new adapter
// takes its place.
void stand_on_practice(Decoder& decoder, const Recipe& recipe);
// The same of each of these stages of the run in `folder`, with the weights that they ended with.
void stand_on_practice(Decoder& decoder, const Recipe& recipe, const std::filesystem::path& folder,
                       const std::vector<std::string>& stages);
// Gives `decoder`, which load_recipe_model made, what it has after `stage` of the run in `folder`: its base with the
// practice of the stages before, and the weights of the stage itself.
void load_stage(Decoder& decoder, const Recipe& recipe, const std::filesystem::path& folder,
                const std::string& stage);
// The stages of practice before `stage`, by name; none where it is empty.
std::vector<std::string> practice_before(const Recipe& recipe, const std::string& stage);
// What the run of this folder computes in; "auto" of any other MODEL.
DataType compute_type_of(const std::string& model);
// CRC-32, as eight hexadecimal digits, over what training and asking stand on: the model's file, or its
// config.json, tokenizer.json and safetensors; the base's adapter, and its texts where it has any.
std::string model_checksum(const Recipe& recipe);
// InputError when the model or the base that the recipe of the run in `folder` names is no longer of that
// checksum, which is without the base's texts in runs of earlier versions.
void require_same_model(const std::string& folder, const Recipe& recipe, const std::string& expected);

// The last stage of the run in `folder` that has finished. InputError when none has.
std::string trained_stage(const std::filesystem::path& folder, const Recipe& recipe);
std::filesystem::path stage_checkpoint(const std::filesystem::path& folder, const std::string& stage);

// The recipe's model (still the one that the run began with) with the weights of a run's last finished stage,
// a base merged into its model, or any model that load_model takes.
LoadedModel load_any_model(const std::string& name, DataType compute);
Tokenizer load_any_tokenizer(const std::string& name);

}  // namespace pbb

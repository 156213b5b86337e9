// Interpreter bases: adapters that `pbb base` trains, in PEFT's format, with base.json that says what they are for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "model/decoder.h"
#include "recipe/recipe.h"
#include "text/tokenizer.h"

namespace pbb {

// base.json.
struct BaseRecord {
  std::string title;
  std::string model;
  // CRC-32 of the weights that the adapter was trained on, and of adapter_model.safetensors.
  std::uint32_t model_weights = 0;
  std::uint32_t adapter = 0;
  std::string command, commit, processor;
  std::int64_t steps = 0, tokens = 0;
};

// Writes the decoder's active adapter as a base (adapter_config.json, adapter_model.safetensors in bf16, base.json)
// into `folder`, which is absent or empty.
void write_base(const std::filesystem::path& folder, const Decoder& decoder, BaseRecord record);

// Beside them in a base's folder, where it was trained on any: what the model wrote before it was trained.
inline constexpr const char* own_texts_file = "texts.jsonl";
// Those of the recipe's base; empty where it has none, or there is no base.
std::vector<std::vector<std::int32_t>> base_texts(const Recipe& recipe, const Tokenizer& tokenizer);

// The folder of a base: "interpreter" is the one that ships for `model` (in bases/ beside the program), anything else
// a folder. InputError with what to do where there is none.
std::filesystem::path resolve_base(const std::string& name, const std::string& model);

bool is_base_folder(const std::filesystem::path& folder);  // as write_base leaves it
// The model that it was trained on, by its name. InputError where base.json does not say.
std::string model_of_base(const std::filesystem::path& folder);

// The base's adapter. InputError when it was trained on other weights than the decoder's, or is not as it was written.
Adapter read_base(Decoder& decoder, const std::filesystem::path& folder);
// Merges it into the decoder's weights.
void merge_base(Decoder& decoder, const std::filesystem::path& folder);

}  // namespace pbb

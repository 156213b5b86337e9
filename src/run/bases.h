// Interpreter bases: adapters that `pbb base` trains, in PEFT's format, with base.json that says what they
// are for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "model/decoder.h"
#include "recipe/recipe.h"
#include "text/tokenizer.h"

namespace pbb {

// base.json, which has checksums of the files beside it too. Of a base that went on from others: of all that
// was done.
struct BaseRecord {
  std::string title;
  std::string model;
  std::uint32_t model_weights = 0;    // CRC-32 of those that the adapter was trained on
  std::vector<std::string> commands;  // in order
  std::string commit, processor;      // of the last
  std::int64_t steps = 0, tokens = 0;
  std::optional<double> seconds;  // of training; earlier versions did not note them
};
// Of a base that went on from the one in `earlier` for what `record` says: steps, tokens and seconds added up
// (those only where both tell them), commands one after the other.
BaseRecord going_on_from(const std::filesystem::path& earlier, BaseRecord record);

// In a base's folder where it was trained on any: what the model wrote before it was trained.
inline constexpr const char* own_texts_file = "texts.jsonl";

// Writes the decoder's active adapter as a base (adapter_config.json, adapter_model.safetensors in bf16,
// base.json) into `folder`, which is absent or empty, and `texts`, a file of own texts, where there is one.
void write_base(const std::filesystem::path& folder, const Decoder& decoder, const BaseRecord& record,
                const std::filesystem::path& texts = {});

// The own texts of a recipe's base, read once, and only when a stage shows them.
class BaseTexts {
 public:
  // Both must outlive it.
  BaseTexts(const Recipe& recipe, const Tokenizer& tokenizer) : recipe_(&recipe), tokenizer_(&tokenizer) {}
  // None where the stage shows none, the base has none, or there is no base.
  const std::vector<std::vector<std::int32_t>>& shown_by(const StageRecipe& stage);

 private:
  const Recipe* recipe_;
  const Tokenizer* tokenizer_;
  std::optional<std::vector<std::vector<std::int32_t>>> texts_;
};

// The folder of a base: "interpreter" is the one that ships for `model` (in bases/ beside the program),
// anything else a folder. InputError with what to do where there is none.
std::filesystem::path resolve_base(const std::string& name, const std::string& model);

bool is_base_folder(const std::filesystem::path& folder);  // as write_base leaves it
// The model that it was trained on, by its name. InputError where base.json does not say.
std::string model_of_base(const std::filesystem::path& folder);

// The base's adapter. InputError when it was trained on other weights than the decoder's, or the base (its
// texts too, where base.json tells of them) is not as it was written.
Adapter read_base(Decoder& decoder, const std::filesystem::path& folder);
// Merges it into the decoder's weights.
void merge_base(Decoder& decoder, const std::filesystem::path& folder);

}  // namespace pbb

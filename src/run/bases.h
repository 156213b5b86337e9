// Interpreter bases: adapters that `pbb base` trains, in PEFT's format, with base.json that says what they
// are for (base_record.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "model/decoder.h"
#include "recipe/recipe.h"
#include "run/base_record.h"
#include "text/tokenizer.h"

namespace pbb {

// In a base's folder where it was trained on any: what the model wrote before it was trained.
inline constexpr const char* own_texts_file = "texts.jsonl";

// Writes the decoder's active adapter as a base (adapter_config.json, adapter_model.safetensors in bf16,
// base.json) into `folder`, which is absent or empty, and `texts`, a file of own texts, where there is one. The
// record's checksums of files are found here.
void write_base(const std::filesystem::path& folder, const Decoder& decoder, BaseRecord record,
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

// The base's adapter. InputError when it was trained on other weights than the decoder's, or the base (its
// texts too, where base.json tells of them) is not as it was written.
Adapter read_base(Decoder& decoder, const std::filesystem::path& folder);
// Merges it into the decoder's weights.
void merge_base(Decoder& decoder, const std::filesystem::path& folder);

}  // namespace pbb

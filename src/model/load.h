// Models by name: the default model, a GGUF file, or a folder in Hugging Face layout.
#pragma once

#include <filesystem>
#include <string>

#include "base/manifest.h"
#include "model/decoder.h"
#include "text/tokenizer.h"

namespace pbb {

struct LoadedModel {
  Decoder decoder;
  Tokenizer tokenizer;
  std::string source;  // the resolved path
};

// Whether it is a model's name, not a path.
bool is_model_name(const std::string& name_or_path);
// "smollm2-135m" (the default model in the cache folder; an InputError with the command that gets it when
// absent), a .gguf file, or a folder with config.json, *.safetensors and tokenizer.json.
std::filesystem::path resolve_model(const std::string& name_or_path);
LoadedModel load_model(const std::string& name_or_path, DataType compute);
Tokenizer load_tokenizer(const std::string& name_or_path);
DecoderConfig load_config(const std::string& name_or_path);

// Writes config.json, model.safetensors (as `type`), tokenizer.json, generation_config.json: a folder that
// transformers loads, with a manifest. Whole or not at all; InputError when the folder may not be replaced.
void save_model(const std::filesystem::path& folder, const Decoder& decoder, const Tokenizer& tokenizer,
                DataType type = DataType::f32, Replace replace = Replace::nothing);

}  // namespace pbb

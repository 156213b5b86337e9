// Loading and saving whole models: weights and tokeniser together.
#include "model/load.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/file.h"
#include "model/formats/gguf.h"
#include "model/formats/gguf_tokenizer.h"
#include "model/formats/hf_config.h"
#include "model/formats/safetensors.h"
#include "model/formats/weights.h"
#include "text/tokenizer_json.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

Decoder load_folder(const fs::path& folder, DataType compute) {
  const DecoderConfig config = read_hf_config(folder / "config.json");
  const SafetensorsFiles files = SafetensorsFiles::in_folder(folder);
  return decoder_from_tensors(config, files.tensors(), folder.string(), compute);
}

// The tokeniser's own complaints name tokens, not files.
Tokenizer make_tokenizer(TokenizerData data, const fs::path& source) {
  try {
    return Tokenizer(std::move(data));
  } catch (const InputError& error) {
    throw InputError(fmt::format("{}: {}", source.string(), error.what()), error.hint());
  }
}

// Token ids must fit the model; a model may have spare rows beyond the tokeniser's.
void check_vocabularies(const DecoderConfig& config, const Tokenizer& tokenizer, const fs::path& source) {
  if (tokenizer.vocabulary_size() > config.vocabulary) {
    throw InputError(fmt::format("{}: the tokeniser has {} tokens, the model only {}", source.string(),
                                 tokenizer.vocabulary_size(), config.vocabulary),
                     "are tokeniser and weights of the same model?");
  }
}

}  // namespace

bool is_model_name(const std::string& name_or_path) {
  return name_or_path == "smollm2-135m";
}

fs::path resolve_model(const std::string& name_or_path) {
  if (is_model_name(name_or_path)) {
    const fs::path file = cache_folder() / "smollm2-135m" / "SmolLM2-135M-Instruct.Q4_1.gguf";
    if (!fs::exists(file)) {
      throw InputError(fmt::format("the default model is not at {}", file.string()),
                       "`make model` fetches it (98 MB), or set PBB_CACHE to where it is");
    }
    return file;
  }
  const fs::path path = name_or_path;
  const fs::file_status status = fs::status(path);  // throws where it may not be looked at
  if (fs::is_directory(status)) {
    if (fs::exists(path / "config.json")) return path;
    throw InputError(fmt::format("{}: a folder without config.json", name_or_path),
                     "a model folder holds config.json, model.safetensors and tokenizer.json");
  }
  if (fs::is_regular_file(status)) {
    if (path.extension() == ".gguf") return path;
    throw InputError(fmt::format("{}: not a .gguf file", name_or_path),
                     "give a .gguf file or a folder with config.json, model.safetensors and tokenizer.json");
  }
  throw InputError(fmt::format("no model '{}': neither a file nor a folder", name_or_path),
                   "give smollm2-135m, a .gguf file, or a folder in Hugging Face's layout");
}

LoadedModel load_model(const std::string& name_or_path, DataType compute) {
  const fs::path path = resolve_model(name_or_path);
  if (fs::is_directory(path)) {
    Tokenizer tokenizer = make_tokenizer(read_tokenizer_json(path / "tokenizer.json"), path);
    Decoder decoder = load_folder(path, compute);
    check_vocabularies(decoder.config(), tokenizer, path);
    return {std::move(decoder), std::move(tokenizer), path.string()};
  }
  const GgufFile file(path);
  Tokenizer tokenizer = make_tokenizer(read_gguf_tokenizer(file), path);
  const DecoderConfig config = read_gguf_config(file);
  Decoder decoder = decoder_from_tensors(config, gguf_tensors_for(file, config), file.name(), compute);
  check_vocabularies(config, tokenizer, path);
  return {std::move(decoder), std::move(tokenizer), path.string()};
}

Tokenizer load_tokenizer(const std::string& name_or_path) {
  const fs::path path = resolve_model(name_or_path);
  if (fs::is_directory(path)) return make_tokenizer(read_tokenizer_json(path / "tokenizer.json"), path);
  return make_tokenizer(read_gguf_tokenizer(GgufFile(path)), path);
}

DecoderConfig load_config(const std::string& name_or_path) {
  const fs::path path = resolve_model(name_or_path);
  return fs::is_directory(path) ? read_hf_config(path / "config.json") : read_gguf_config(GgufFile(path));
}

void save_model(const fs::path& folder, const Decoder& decoder, const Tokenizer& tokenizer, DataType type,
                Replace replace) {
  if (decoder.adapter() != nullptr) throw Error("a model is saved without its adapter: merge it first");
  write_folder_with_manifest(folder, "model", replace, [&](const fs::path& to) {
    const TokenizerData& data = tokenizer.data();
    write_file(to / "config.json", hf_config_json(decoder.config(), data, type));
    write_file(to / "generation_config.json", hf_generation_config_json(tokenizer));
    write_file(to / "tokenizer.json", write_tokenizer_json(data));
    write_file(to / "tokenizer_config.json", write_tokenizer_config_json(data));
    write_safetensors(to / "model.safetensors", decoder.parameters(), type);
  });
}

}  // namespace pbb

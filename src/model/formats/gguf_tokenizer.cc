// tokenizer.ggml.* as TokenizerData.
#include "model/formats/gguf_tokenizer.h"

#include <fmt/format.h>

#include "base/error.h"
#include "text/pre_tokenizer.h"

namespace pbb {
namespace {

// llama.cpp's token types: added tokens are whole wherever the program puts them, and never found inside
// text.
constexpr std::int64_t control_type = 3, user_defined_type = 4;

std::optional<std::int32_t> token_id(const GgufFile& file, std::string_view key, std::size_t vocabulary) {
  const std::int64_t* id = file.find<std::int64_t>(key);
  if (id == nullptr) return std::nullopt;
  if (*id < 0 || static_cast<std::size_t>(*id) >= vocabulary) {
    throw InputError(
        fmt::format("{}: metadata '{}' is {}; there are {} tokens", file.name(), key, *id, vocabulary),
        "the file is damaged; fetch it again");
  }
  return static_cast<std::int32_t>(*id);
}

bool flag(const GgufFile& file, std::string_view key, bool otherwise) {
  const bool* value = file.find<bool>(key);
  return value == nullptr ? otherwise : *value;
}

// What llama.cpp puts around every text.
void read_additions(const GgufFile& file, const std::string& pre_tokenizer, TokenizerData& data) {
  for (const char* key : {"tokenizer.ggml.add_eos_token", "tokenizer.ggml.add_sep_token"}) {
    if (!flag(file, key, false)) continue;
    throw InputError(fmt::format("{}: metadata '{}' is true; a token after every text is not implemented",
                                 file.name(), key),
                     "take a model without it");
  }
  if (!flag(file, "tokenizer.ggml.add_bos_token", begins_with_bos(pre_tokenizer))) return;
  if (!data.begin) {
    throw InputError(
        fmt::format("{}: BOS stands before every text, but metadata 'tokenizer.ggml.bos_token_id' is "
                    "missing",
                    file.name()),
        "the file is damaged; fetch it again");
  }
  data.prefix = {*data.begin};
}

}  // namespace

TokenizerData read_gguf_tokenizer(const GgufFile& file) {
  const std::string& model = file.require<std::string>("tokenizer.ggml.model");
  if (model != "gpt2") {
    throw InputError(fmt::format("{}: tokeniser '{}' is not supported", file.name(), model),
                     "pbb reads byte-level BPE ('gpt2')");
  }
  TokenizerData data;
  data.tokens = file.require<std::vector<std::string>>("tokenizer.ggml.tokens");
  data.merges = file.require<std::vector<std::string>>("tokenizer.ggml.merges");
  const auto& types = file.require<std::vector<std::int64_t>>("tokenizer.ggml.token_type");
  if (types.size() != data.tokens.size()) {
    throw InputError(
        fmt::format("{}: {} tokens have {} types", file.name(), data.tokens.size(), types.size()),
        "the file is damaged; fetch it again");
  }
  for (std::size_t id = 0; id < types.size(); ++id) {
    if (types[id] == control_type) data.control.push_back(static_cast<std::int32_t>(id));
    if (types[id] == user_defined_type) data.added.push_back(static_cast<std::int32_t>(id));
  }
  data.begin = token_id(file, "tokenizer.ggml.bos_token_id", data.tokens.size());
  data.end = token_id(file, "tokenizer.ggml.eos_token_id", data.tokens.size());
  for (const char* key : {"tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"}) {
    if (const auto id = token_id(file, key, data.tokens.size())) data.ends.push_back(*id);
  }
  if (const auto* chat = file.find<std::string>("tokenizer.chat_template")) data.chat_template = *chat;
  const std::string& pre_tokenizer = file.require<std::string>("tokenizer.ggml.pre");
  try {
    apply_named_pre_tokenizer(pre_tokenizer, data);
  } catch (const InputError& error) {
    throw InputError(fmt::format("{}: {}", file.name(), error.what()), error.hint());
  }
  read_additions(file, pre_tokenizer, data);
  return data;
}

}  // namespace pbb

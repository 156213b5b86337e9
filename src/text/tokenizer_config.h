// What stands beside tokenizer.json in a model's folder: BOS, EOS and other ends, the chat template.
#pragma once

#include <filesystem>

#include "text/tokenizer.h"

namespace pbb {

// Reads tokenizer_config.json, chat_template.jinja, generation_config.json and config.json, where they are.
// `data` holds the tokens, and the prefix, which tokenizer_config.json may not contradict. InputError naming
// file and key.
void read_tokenizer_config(const std::filesystem::path& folder, TokenizerData& data);

// By its spelling.
std::optional<std::int32_t> find_token_id(const TokenizerData& data, std::string_view token);

}  // namespace pbb

// Hugging Face's tokenizer.json and tokenizer_config.json, read and written.
#pragma once

#include <filesystem>
#include <string>

#include "text/tokenizer.h"

namespace pbb {

// Byte-level BPE only; a part that is not implemented (another model, normaliser, …) is an InputError that
// names it, as is truncation, padding, and what is put after every text. Reads what stands beside the file
// too (tokenizer_config.h).
TokenizerData read_tokenizer_json(const std::filesystem::path& file);

// The contents of tokenizer.json and tokenizer_config.json: Hugging Face's tokenizers and AutoTokenizer read
// them with equal results.
std::string write_tokenizer_json(const TokenizerData& data);
std::string write_tokenizer_config_json(const TokenizerData& data);

}  // namespace pbb

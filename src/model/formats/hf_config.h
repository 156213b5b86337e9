// Hugging Face's config.json.
#pragma once

#include <filesystem>
#include <string>

#include "model/config.h"
#include "tensor/tensor.h"
#include "text/tokenizer.h"

namespace pbb {

// InputError naming the file and the field: missing, of another type, or asking for what pbb does not compute
// (rope scaling, sliding windows, biases in the feed-forward part, …).
DecoderConfig read_hf_config(const std::filesystem::path& file);

// The contents of config.json and generation_config.json, as transformers 4 and 5 read them.
std::string hf_config_json(const DecoderConfig& config, const TokenizerData& tokenizer, DataType type);
std::string hf_generation_config_json(const TokenizerData& tokenizer);

}  // namespace pbb

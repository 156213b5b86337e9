// Hugging Face's config.json.
#pragma once

#include <filesystem>
#include <string>

#include "model/config.h"
#include "tensor/tensor.h"
#include "text/tokenizer.h"

namespace pbb {

// InputError naming the file and the field: missing, of another type, or asking for what pbb does not compute
// (rope scaling, sliding windows, biases in the feed-forward part, …). A key that pbb does not know is
// refused too, unless it is known to change nothing of what the model computes (hf_config_keys.h).
DecoderConfig read_hf_config(const std::filesystem::path& file);

// The contents of config.json and generation_config.json, as transformers 4 and 5 read them. The second names
// every token that ends a text, the one that training teaches before the model's own.
std::string hf_config_json(const DecoderConfig& config, const TokenizerData& tokenizer, DataType type);
std::string hf_generation_config_json(const Tokenizer& tokenizer);

}  // namespace pbb

// Pre-tokenisers by the names that GGUF files give them ("tokenizer.ggml.pre").
#pragma once

#include <string_view>

#include "text/tokenizer.h"

namespace pbb {

// The split of GPT-2, which Hugging Face's ByteLevel pre-tokeniser makes by itself (use_regex).
inline constexpr std::string_view gpt2_split_pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
// Each digit by itself: Hugging Face's Digits pre-tokeniser (individual_digits), which already knows the
// digits of Unicode 17.
inline constexpr std::string_view digit_split_pattern = R"([\p{N}\x{11DE0}-\x{11DE9}\x{16FF4}-\x{16FF6}])";

// Sets in `data` how text is split and normalised: "smollm", "gpt-2", "llama-bpe", "qwen2", …, each as the
// tokenizer.json of those models has it. Another name is an InputError.
void apply_named_pre_tokenizer(std::string_view ggml_pre_name, TokenizerData& data);
// Whether llama.cpp puts BOS before every text under that name, where the file does not say.
bool begins_with_bos(std::string_view ggml_pre_name);

}  // namespace pbb

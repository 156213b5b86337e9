#include "text/pre_tokenizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.h"

namespace pbb {
namespace {

constexpr std::string_view llama3_pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view qwen2_pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

struct NamedPreTokenizer {
  std::string_view name;
  std::string_view pattern;
  bool split_digits = false;
  bool nfc = false;
  bool whole_words = false;
  bool begins_with_bos = false;
};

constexpr std::array named_pre_tokenizers = {
    NamedPreTokenizer{.name = "gpt-2", .pattern = gpt2_split_pattern},
    NamedPreTokenizer{.name = "gpt2", .pattern = gpt2_split_pattern},
    NamedPreTokenizer{.name = "smollm", .pattern = gpt2_split_pattern, .split_digits = true},
    NamedPreTokenizer{.name = "starcoder", .pattern = gpt2_split_pattern, .split_digits = true},
    NamedPreTokenizer{
        .name = "llama-bpe", .pattern = llama3_pattern, .whole_words = true, .begins_with_bos = true},
    NamedPreTokenizer{
        .name = "llama3", .pattern = llama3_pattern, .whole_words = true, .begins_with_bos = true},
    NamedPreTokenizer{
        .name = "llama-v3", .pattern = llama3_pattern, .whole_words = true, .begins_with_bos = true},
    NamedPreTokenizer{.name = "qwen2", .pattern = qwen2_pattern, .nfc = true},
    NamedPreTokenizer{.name = "deepseek-r1-qwen", .pattern = qwen2_pattern, .nfc = true},
};

}  // namespace

void apply_named_pre_tokenizer(std::string_view ggml_pre_name, TokenizerData& data) {
  for (const NamedPreTokenizer& named : named_pre_tokenizers) {
    if (named.name != ggml_pre_name) continue;
    data.split_patterns = {std::string(named.pattern)};
    data.split_digits_individually = named.split_digits;
    data.normalize_nfc = named.nfc;
    data.prefer_whole_words = named.whole_words;
    return;
  }
  std::string known;
  for (const NamedPreTokenizer& named : named_pre_tokenizers)
    known += fmt::format("{}{}", known.empty() ? "" : ", ", named.name);
  throw InputError(
      fmt::format("the file names the pre-tokeniser {:?}, which is not implemented", ggml_pre_name),
      "known are: " + known + "; or use the model's Hugging Face folder, whose tokenizer.json spells it out");
}

bool begins_with_bos(std::string_view ggml_pre_name) {
  const auto* named = std::ranges::find(named_pre_tokenizers, ggml_pre_name, &NamedPreTokenizer::name);
  return named != named_pre_tokenizers.end() && named->begins_with_bos;
}

}  // namespace pbb

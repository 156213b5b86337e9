#include "text/pre_tokenizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.h"

namespace pbb {
namespace {

constexpr std::string_view kLlama3Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kQwen2Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

struct NamedPreTokenizer {
  std::string_view name;
  std::string_view pattern;
  bool split_digits = false;
  bool nfc = false;
  bool whole_words = false;
  bool begins_with_bos = false;
};

constexpr std::array kNamed = {
    NamedPreTokenizer{.name = "gpt-2", .pattern = gpt2_split_pattern},
    NamedPreTokenizer{.name = "gpt2", .pattern = gpt2_split_pattern},
    NamedPreTokenizer{.name = "smollm", .pattern = gpt2_split_pattern, .split_digits = true},
    NamedPreTokenizer{.name = "starcoder", .pattern = gpt2_split_pattern, .split_digits = true},
    NamedPreTokenizer{
        .name = "llama-bpe", .pattern = kLlama3Pattern, .whole_words = true, .begins_with_bos = true},
    NamedPreTokenizer{
        .name = "llama3", .pattern = kLlama3Pattern, .whole_words = true, .begins_with_bos = true},
    NamedPreTokenizer{
        .name = "llama-v3", .pattern = kLlama3Pattern, .whole_words = true, .begins_with_bos = true},
    NamedPreTokenizer{.name = "qwen2", .pattern = kQwen2Pattern, .nfc = true},
    NamedPreTokenizer{.name = "deepseek-r1-qwen", .pattern = kQwen2Pattern, .nfc = true},
};

}  // namespace

void apply_named_pre_tokenizer(std::string_view ggml_pre_name, TokenizerData& data) {
  for (const NamedPreTokenizer& named : kNamed) {
    if (named.name != ggml_pre_name) continue;
    data.split_patterns = {std::string(named.pattern)};
    data.split_digits_individually = named.split_digits;
    data.normalize_nfc = named.nfc;
    data.prefer_whole_words = named.whole_words;
    return;
  }
  std::string known;
  for (const NamedPreTokenizer& named : kNamed)
    known += fmt::format("{}{}", known.empty() ? "" : ", ", named.name);
  throw InputError(
      fmt::format("the file names the pre-tokeniser {:?}, which is not implemented", ggml_pre_name),
      "known are: " + known + "; or use the model's Hugging Face folder, whose tokenizer.json spells it out");
}

bool begins_with_bos(std::string_view ggml_pre_name) {
  const auto* named = std::ranges::find(kNamed, ggml_pre_name, &NamedPreTokenizer::name);
  return named != kNamed.end() && named->begins_with_bos;
}

}  // namespace pbb

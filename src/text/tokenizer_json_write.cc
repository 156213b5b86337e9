#include <algorithm>
#include <nlohmann/json.hpp>

#include "text/pre_tokenizer.h"
#include "text/tokenizer_json.h"

namespace pbb {
namespace {

using nlohmann::json;

json added_token(const TokenizerData& data, std::int32_t id, bool special) {
  return {{"id", id},           {"content", data.tokens.at(static_cast<std::size_t>(id))},
          {"special", special}, {"single_word", false},
          {"lstrip", false},    {"rstrip", false},
          {"normalized", false}};
}

json added_tokens(const TokenizerData& data) {
  std::vector<std::pair<std::int32_t, bool>> added;
  for (const std::int32_t id : data.control) added.emplace_back(id, true);
  for (const std::int32_t id : data.added) added.emplace_back(id, false);
  std::sort(added.begin(), added.end());
  json list = json::array();
  for (const auto& [id, special] : added) list.push_back(added_token(data, id, special));
  return list;
}

json byte_level(bool use_regex) {
  return {
      {"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", use_regex}};
}

json pre_tokenizer(const TokenizerData& data) {
  json steps = json::array();
  if (data.split_digits_individually) steps.push_back({{"type", "Digits"}, {"individual_digits", true}});
  const bool ends_as_gpt2 = !data.split_patterns.empty() && data.split_patterns.back() == gpt2_split_pattern;
  for (std::size_t i = 0; i + (ends_as_gpt2 ? 1 : 0) < data.split_patterns.size(); ++i) {
    steps.push_back({{"type", "Split"},
                     {"pattern", {{"Regex", data.split_patterns[i]}}},
                     {"behavior", "Isolated"},
                     {"invert", false}});
  }
  steps.push_back(byte_level(ends_as_gpt2));
  return {{"type", "Sequence"}, {"pretokenizers", steps}};
}

// What stands before every text, before each of two as well.
json post_processor(const TokenizerData& data) {
  if (data.prefix.empty()) return nullptr;
  json single = json::array(), pair = json::array(), special = json::object();
  const auto add_prefix = [&](json& pieces, int type) {
    for (const std::int32_t id : data.prefix) {
      const std::string& token = data.tokens.at(static_cast<std::size_t>(id));
      pieces.push_back({{"SpecialToken", {{"id", token}, {"type_id", type}}}});
      special[token] = {{"id", token}, {"ids", {id}}, {"tokens", {token}}};
    }
  };
  add_prefix(single, 0);
  single.push_back({{"Sequence", {{"id", "A"}, {"type_id", 0}}}});
  for (const int type : {0, 1}) {
    add_prefix(pair, type);
    pair.push_back({{"Sequence", {{"id", type == 0 ? "A" : "B"}, {"type_id", type}}}});
  }
  return {{"type", "TemplateProcessing"}, {"single", single}, {"pair", pair}, {"special_tokens", special}};
}

json bpe_model(const TokenizerData& data) {
  json vocabulary = json::object();
  for (std::size_t id = 0; id < data.tokens.size(); ++id) vocabulary[data.tokens[id]] = id;
  return {{"type", "BPE"},
          {"dropout", nullptr},
          {"unk_token", nullptr},
          {"continuing_subword_prefix", nullptr},
          {"end_of_word_suffix", nullptr},
          {"fuse_unk", false},
          {"byte_fallback", false},
          {"ignore_merges", data.prefer_whole_words},
          {"vocab", vocabulary},
          {"merges", data.merges}};
}

}  // namespace

std::string write_tokenizer_json(const TokenizerData& data) {
  const json file = {{"version", "1.0"},
                     {"truncation", nullptr},
                     {"padding", nullptr},
                     {"added_tokens", added_tokens(data)},
                     {"normalizer", data.normalize_nfc ? json{{"type", "NFC"}} : json()},
                     {"pre_tokenizer", pre_tokenizer(data)},
                     {"post_processor", post_processor(data)},
                     {"decoder", byte_level(true)},
                     {"model", bpe_model(data)}};
  return file.dump(2) + "\n";
}

std::string write_tokenizer_config_json(const TokenizerData& data) {
  json file = {{"tokenizer_class", "PreTrainedTokenizerFast"}, {"clean_up_tokenization_spaces", false}};
  if (data.begin) file["bos_token"] = data.tokens.at(static_cast<std::size_t>(*data.begin));
  if (data.end) file["eos_token"] = data.tokens.at(static_cast<std::size_t>(*data.end));
  if (!data.chat_template.empty()) file["chat_template"] = data.chat_template;
  return file.dump(2) + "\n";
}

}  // namespace pbb

// Reading; tokenizer_json_write.cc writes.
#include "text/tokenizer_json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_map>

#include "base/error.h"
#include "base/json_lines.h"
#include "text/byte_characters.h"
#include "text/json_part.h"
#include "text/pre_tokenizer.h"
#include "text/tokenizer_config.h"
#include "text/tokenizer_json_post_processor.h"

namespace pbb {
namespace {

using nlohmann::json;
using Part = JsonPart;

void read_normalizer(const Part& normalizer, TokenizerData& data) {
  std::vector<Part> steps = {normalizer};
  if (normalizer.at("type").string() == "Sequence") steps = normalizer.at("normalizers").list();
  for (const Part& step : steps) {
    const std::string type = step.at("type").string();
    if (type != "NFC") step.fail(fmt::format("is a {}, which is not implemented here (NFC is)", type));
    data.normalize_nfc = true;
  }
}

void read_split(const Part& split, TokenizerData& data) {
  const auto regex = split.at("pattern").find("Regex");
  if (!regex || split.at("behavior").string() != "Isolated" || split.boolean("invert", false)) {
    split.fail("is not implemented (a Split by a Regex, Isolated and not inverted, is)");
  }
  data.split_patterns.push_back(regex->string());
}

void read_digits(const Part& digits, TokenizerData& data) {
  if (!digits.boolean("individual_digits", false))
    digits.fail("is not implemented without individual_digits");
  if (data.split_patterns.empty()) {
    data.split_digits_individually = true;
  } else {
    data.split_patterns.emplace_back(digit_split_pattern);
  }
}

void read_byte_level(const Part& byte_level, TokenizerData& data) {
  if (byte_level.boolean("add_prefix_space", true))
    byte_level.fail("has add_prefix_space, which is not implemented");
  if (byte_level.boolean("use_regex", true)) data.split_patterns.emplace_back(gpt2_split_pattern);
}

// Its steps; the last of them spells bytes as characters.
void read_pre_tokenizer(const Part& pre_tokenizer, TokenizerData& data) {
  std::vector<Part> steps = {pre_tokenizer};
  if (pre_tokenizer.at("type").string() == "Sequence") steps = pre_tokenizer.at("pretokenizers").list();
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::string type = steps[i].at("type").string();
    const bool last = i + 1 == steps.size();
    if (type == "ByteLevel" && last) return read_byte_level(steps[i], data);
    if (type == "Split") {
      read_split(steps[i], data);
    } else if (type == "Digits") {
      read_digits(steps[i], data);
    } else {
      steps[i].fail(fmt::format(
          "is a {}, which is not implemented here (Digits, Split and a last ByteLevel are)", type));
    }
  }
  pre_tokenizer.fail("does not end in ByteLevel: only byte-level BPE is implemented");
}

void check_model(const Part& model) {
  const auto type = model.find("type");  // old files leave it out
  if (type && type->string() != "BPE")
    type->fail(fmt::format("is {}, which is not implemented (BPE is)", type->string()));
  if (model.boolean("byte_fallback", false)) model.fail("has byte_fallback, which is not implemented");
  for (const char* key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    if (const auto affix = model.find(key); affix && !affix->string().empty())
      affix->fail("is not implemented");
  }
  if (const auto dropout = model.find("dropout"); dropout && dropout->value() != 0)
    dropout->fail("is not implemented");
}

std::string read_merge(const Part& merge) {
  if (merge.value().is_string()) return merge.string();
  const std::vector<Part> pair = merge.list();
  if (pair.size() != 2) merge.fail("is not a pair of tokens");
  const std::string left = pair[0].string(), right = pair[1].string();
  if (left.find(' ') != std::string::npos || right.find(' ') != std::string::npos) {
    merge.fail("has a space, which byte-level BPE spells otherwise");
  }
  return left + " " + right;
}

// Hugging Face's tokenizers look for such a token within ordinary text; we only for what looks like a mark
// may leave that out without changing how ordinary text is split.
void check_added(const Part& token, const std::string& content) {
  if (!content.starts_with('<') || !content.ends_with('>') || content.find(' ') != std::string::npos) {
    token.fail(fmt::format("adds {:?} to be found within ordinary text, which is not implemented", content));
  }
}

// Where such a token is found in a text, it would swallow the blanks beside it, or not be found within a
// word. That counts also for those that a chat's template puts between texts. (normalized says against what
// text a token is looked for: of none is it looked for here.)
void check_flags(const Part& token) {
  for (const char* flag : {"lstrip", "rstrip", "single_word"}) {
    if (token.boolean(flag, false)) token.fail(fmt::format("has {}, which is not implemented", flag));
  }
}

void read_tokens(const Part& root, TokenizerData& data) {
  const Part vocabulary = root.at("model").at("vocab");
  std::vector<Part> added;
  if (const auto list = root.find("added_tokens")) added = list->list();
  const std::size_t limit = vocabulary.object().size() + added.size();
  std::vector<std::optional<std::string>> tokens(limit);

  for (const auto& [token, id] : vocabulary.object().items()) {
    auto& place =
        tokens[static_cast<std::size_t>(vocabulary.checked_id(id, limit, fmt::format("{:?} ", token)))];
    if (place) vocabulary.fail(fmt::format("gives {:?} and {:?} the same id", *place, token));
    place = token;
  }
  for (const Part& token : added) {
    const std::int32_t id = token.at("id").id(limit);
    const std::string content = token.at("content").string();
    auto& place = tokens[static_cast<std::size_t>(id)];
    if (place && *place != content)
      token.fail(fmt::format("is {:?}, but the vocabulary has {:?} there", content, *place));
    place = content;
    check_flags(token);
    const bool special = token.boolean("special", false);
    if (!special) check_added(token, content);
    (special ? data.control : data.added).push_back(id);
  }
  while (!tokens.empty() && !tokens.back()) tokens.pop_back();  // added tokens that the vocabulary has too
  for (std::size_t id = 0; id < tokens.size(); ++id) {
    if (!tokens[id]) vocabulary.fail(fmt::format("has no token of id {}", id));
    data.tokens.push_back(std::move(*tokens[id]));
  }
}

// A token that stands for what has no token of its own is needed only where a byte lacks one.
void check_unknown_token(const Part& model) {
  const auto unknown = model.find("unk_token");
  if (!unknown || unknown->string().empty()) return;
  for (int byte = 0; byte < 256; ++byte) {
    const char character = static_cast<char>(byte);
    if (!model.at("vocab").object().contains(spell_bytes({&character, 1}))) {
      unknown->fail(fmt::format("is needed, as byte 0x{:02X} has no token, and is not implemented", byte));
    }
  }
}

// What Hugging Face's tokenizers would cut from every text, or fill it up with.
void refuse_truncation_and_padding(const Part& root) {
  if (const auto truncation = root.find("truncation")) {
    truncation->fail(
        fmt::format("is {}: texts cut short are not implemented", truncation->value().dump()),
        "set it to null, in tokenizer.json: pbb takes a text whole, or says that it is too long");
  }
  const auto padding = root.find("padding");
  if (!padding) return;
  const auto strategy =
      padding->find("strategy");  // "BatchLongest", which leaves one text as it is, or {"Fixed": 512}
  if ((strategy && strategy->value() != "BatchLongest") || padding->find("pad_to_multiple_of")) {
    padding->fail(fmt::format("is {}: texts filled up are not implemented", padding->value().dump()),
                  "set it to null, in tokenizer.json");
  }
}

// Tokens to text: the bytes that they spell, one after the other.
void check_decoder(const Part& root) {
  const auto decoder = root.find("decoder");
  if (!decoder) return;
  std::vector<Part> steps = {*decoder};
  if (decoder->at("type").string() == "Sequence") steps = decoder->at("decoders").list();
  for (const Part& step : steps) {
    const std::string type = step.at("type").string();
    if (type != "ByteLevel")
      step.fail(fmt::format("is a {}, which is not implemented here (ByteLevel is)", type));
  }
}

}  // namespace

TokenizerData read_tokenizer_json(const std::filesystem::path& file) {
  const json value = read_json(file);
  const Part root(value, file.string() + ": the file");
  const Part model = root.at("model");
  check_model(model);

  TokenizerData data;
  read_tokens(root, data);
  for (const Part& merge : model.at("merges").list()) data.merges.push_back(read_merge(merge));
  check_unknown_token(model);
  data.prefer_whole_words = model.boolean("ignore_merges", false);
  if (const auto normalizer = root.find("normalizer")) read_normalizer(*normalizer, data);
  read_pre_tokenizer(root.at("pre_tokenizer"), data);
  refuse_truncation_and_padding(root);
  check_decoder(root);
  if (const auto post_processor = root.find("post_processor")) read_post_processor(*post_processor, data);
  read_tokenizer_config(file.parent_path(), data);
  return data;
}

}  // namespace pbb

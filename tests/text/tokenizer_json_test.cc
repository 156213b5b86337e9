#include "text/tokenizer_json.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file.h"
#include "base/random.h"
#include "text/golden.h"

namespace pbb {
namespace {

using nlohmann::json;

// The smallest file of its kind; each test changes it.
json small_file() {
  return json::parse(R"({
    "version": "1.0",
    "added_tokens": [{"id": 3, "content": "<|end|>", "special": true}, {"id": 4, "content": "<mark>", "special": false}],
    "normalizer": null,
    "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true},
    "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]}
  })");
}

std::string message_of(const std::string& contents) {
  try {
    Tokenizer{read_tokenizer_text(contents)};
  } catch (const InputError& error) {
    return error.what();
  }
  return "no InputError";
}

std::string message_after(const json& patch) {
  json file = small_file();
  file.merge_patch(patch);
  return message_of(file.dump());
}

#define EXPECT_CONTAINS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

TEST(TokenizerJson, ReadsTheSmallestFile) {
  const TokenizerData data = read_tokenizer_text(small_file().dump());
  EXPECT_EQ(data.tokens, (std::vector<std::string>{"a", "b", "ab", "<|end|>", "<mark>"}));
  EXPECT_EQ(data.control, std::vector<std::int32_t>{3});
  EXPECT_EQ(data.added, std::vector<std::int32_t>{4});
  EXPECT_EQ(Tokenizer(data).encode("ab"), std::vector<std::int32_t>{2});
}

TEST(TokenizerJson, MergesAreStringsOrPairs) {
  json file = small_file();
  file["model"]["merges"] = json::parse(R"([["a", "b"]])");
  EXPECT_EQ(read_tokenizer_text(file.dump()).merges, std::vector<std::string>{"a b"});
}

TEST(TokenizerJson, StepsOfThePreTokenizerAreTakenInOrder) {
  json file = small_file();
  const json digits = {{"type", "Digits"}, {"individual_digits", true}};
  const json split = {
      {"type", "Split"}, {"pattern", {{"Regex", "a"}}}, {"behavior", "Isolated"}, {"invert", false}};
  const json bytes = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}};
  const auto read = [&](const json& steps) {
    file["pre_tokenizer"] = {{"type", "Sequence"}, {"pretokenizers", steps}};
    return read_tokenizer_text(file.dump());
  };
  EXPECT_TRUE(read({digits, split, bytes}).split_digits_individually);
  EXPECT_EQ(read({digits, split, bytes}).split_patterns, std::vector<std::string>{"a"});
  EXPECT_FALSE(read({split, digits, bytes}).split_digits_individually);
  EXPECT_EQ(read({split, digits, bytes}).split_patterns.size(), 2U);
}

TEST(TokenizerJson, WhatIsNotImplementedIsNamed) {
  EXPECT_CONTAINS(message_after({{"model", {{"type", "Unigram"}}}}), "the file.model.type is Unigram");
  EXPECT_CONTAINS(message_after({{"model", {{"byte_fallback", true}}}}), "byte_fallback");
  EXPECT_CONTAINS(message_after({{"model", {{"dropout", 0.1}}}}), "dropout is not implemented");
  EXPECT_CONTAINS(message_after({{"model", {{"end_of_word_suffix", "</w>"}}}}), "end_of_word_suffix");
  EXPECT_CONTAINS(message_after({{"model", {{"unk_token", "a"}}}}),
                  "unk_token is needed, as byte 0x00 has no token");
  EXPECT_CONTAINS(message_after({{"normalizer", {{"type", "Lowercase"}}}}), "normalizer is a Lowercase");
  EXPECT_CONTAINS(
      message_after({{"normalizer", json::parse(R"({"type": "Sequence", "normalizers": [{"type": "NFC"},
      {"type": "Sequence", "normalizers": []}]})")}}),
      "normalizers[1] is a Sequence");
  EXPECT_CONTAINS(message_after({{"pre_tokenizer", {{"type", "Metaspace"}}}}),
                  "pre_tokenizer is a Metaspace");
  EXPECT_CONTAINS(message_after({{"pre_tokenizer", {{"add_prefix_space", true}}}}), "add_prefix_space");
  EXPECT_CONTAINS(message_after({{"pre_tokenizer", nullptr}}), "has no \"pre_tokenizer\"");
  json file = small_file();
  file["added_tokens"][1]["content"] = "  ";
  EXPECT_CONTAINS(message_of(file.dump()), "to be found within ordinary text");
  file = small_file();
  file["pre_tokenizer"] = json::parse(R"({"type": "Sequence", "pretokenizers": [
      {"type": "Split", "pattern": {"String": "x"}, "behavior": "Isolated"}, {"type": "ByteLevel"}]})");
  EXPECT_CONTAINS(message_of(file.dump()), "pretokenizers[0] is not implemented");
  file["pre_tokenizer"]["pretokenizers"].erase(1);
  file["pre_tokenizer"]["pretokenizers"][0]["pattern"] = {{"Regex", "x"}};
  EXPECT_CONTAINS(message_of(file.dump()), "does not end in ByteLevel");
}

TEST(TokenizerJson, ContradictionsAreNamed) {
  EXPECT_CONTAINS(message_after({{"model", {{"vocab", {{"b", 0}}}}}}), "gives \"a\" and \"b\" the same id");
  EXPECT_CONTAINS(message_after({{"model", {{"vocab", {{"b", 4000000000U}}}}}}), "\"b\" is 4000000000");
  EXPECT_CONTAINS(message_after({{"model", {{"vocab", {{"b", -1}}}}}}), "\"b\" is -1");
  EXPECT_CONTAINS(message_after({{"model", {{"merges", {"a b", 7}}}}}), "merges[1] is not a list");
  EXPECT_CONTAINS(message_after({{"model", {{"merges", json::parse(R"([["a", "b", "c"]])")}}}}),
                  "merges[0] is not a pair");
  EXPECT_CONTAINS(message_after({{"model", nullptr}}), "has no \"model\"");
  EXPECT_CONTAINS(message_after({{"added_tokens", "x"}}), "added_tokens is not a list");
  json file = small_file();
  file["added_tokens"][0]["id"] = 0;
  EXPECT_CONTAINS(message_of(file.dump()), "is \"<|end|>\", but the vocabulary has \"a\" there");
  file["added_tokens"][0] = file["added_tokens"][1];
  EXPECT_CONTAINS(message_of(file.dump()), "has no token of id 3");
}

TEST(TokenizerJson, TheConfigBesideItNamesBeginEndAndTemplate) {
  const TemporaryFolder folder;
  write_file(folder / "tokenizer.json", small_file().dump());
  const auto read_with = [&](const std::string& config) {
    write_file(folder / "tokenizer_config.json", config);
    return read_tokenizer_json(folder / "tokenizer.json");
  };
  const TokenizerData data =
      read_with(R"({"bos_token": null, "eos_token": {"content": "<|end|>"}, "chat_template": "T"})");
  EXPECT_EQ(data.begin, std::nullopt);
  EXPECT_EQ(data.end, 3);
  EXPECT_EQ(data.chat_template, "T");
  EXPECT_EQ(
      read_with(
          R"({"chat_template": [{"name": "rag", "template": "R"}, {"name": "default", "template": "D"}]})")
          .chat_template,
      "D");
  EXPECT_THROW(read_with(R"({"eos_token": "<|other|>"})"), InputError);
  EXPECT_THROW(read_with(R"({"eos_token": 3})"), InputError);
  EXPECT_THROW(read_with(R"([])"), InputError);
  write_file(folder / "chat_template.jinja", "J");
  EXPECT_EQ(read_with(R"({"chat_template": "T"})").chat_template, "J");
}

TEST(TokenizerJson, WhatIsWrittenReadsBackEqual) {
  for (const char* name : {"gpt-2", "smollm", "llama-bpe", "qwen2"}) {
    TokenizerData data = read_tokenizer_text(small_tokenizer_text(name));
    data.begin = data.end = 0;
    data.chat_template = "{{ 'é' }}";
    const TemporaryFolder folder;
    write_file(folder / "tokenizer.json", write_tokenizer_json(data));
    write_file(folder / "tokenizer_config.json", write_tokenizer_config_json(data));
    const TokenizerData again = read_tokenizer_json(folder / "tokenizer.json");
    EXPECT_EQ(again.tokens, data.tokens);
    EXPECT_EQ(again.merges, data.merges);
    EXPECT_EQ(again.control, data.control);
    EXPECT_EQ(again.added, data.added);
    EXPECT_EQ(again.split_patterns, data.split_patterns);
    EXPECT_EQ(again.split_digits_individually, data.split_digits_individually);
    EXPECT_EQ(again.normalize_nfc, data.normalize_nfc);
    EXPECT_EQ(again.prefer_whole_words, data.prefer_whole_words);
    EXPECT_EQ(again.begin, data.begin);
    EXPECT_EQ(again.end, data.end);
    EXPECT_EQ(again.chat_template, data.chat_template);
  }
}

TEST(TokenizerJson, ATruncatedFileIsAnInputErrorWhereverItEnds) {
  const std::string contents = small_file().dump();
  for (std::size_t size = 0; size < contents.size(); ++size) {
    EXPECT_NE(message_of(contents.substr(0, size)), "no InputError") << size;
  }
}

// Every value of the file in turn becomes something else: an InputError, or a tokeniser that works.
TEST(TokenizerJson, AnyValueOfAnotherTypeNeverCrashes) {
  const json flat = small_file().flatten();
  int refused = 0;
  for (const auto& [pointer, original] : flat.items()) {
    for (const json& other :
         {json(), json(true), json(-1), json(1e300), json(""), json("\xC3\xA9"), json::array(),
          json::object(), json(18446744073709551615U), json::parse("[[[[1]]]]")}) {
      json file = small_file();
      file[json::json_pointer(pointer)] = other;
      refused += message_of(file.dump()) != "no InputError" ? 1 : 0;
    }
  }
  EXPECT_GT(refused, static_cast<int>(flat.size()) * 5);
}

TEST(TokenizerJson, RandomCorruptionIsAnInputErrorOrAWorkingTokenizer) {
  Random random(3, "tokenizer.json");
  const std::string contents = small_file().dump();
  int refused = 0;
  for (int i = 0; i < 1000; ++i) {
    std::string corrupted = contents;
    for (std::int64_t n = random.integer(1, 3); n > 0; --n) {
      const auto place =
          static_cast<std::size_t>(random.integer(0, static_cast<std::int64_t>(contents.size()) - 1));
      corrupted[place] = static_cast<char>(random.integer(0, 255));
    }
    refused += message_of(corrupted) != "no InputError" ? 1 : 0;
  }
  EXPECT_GT(refused, 500);
}

}  // namespace
}  // namespace pbb

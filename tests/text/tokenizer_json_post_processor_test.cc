// What a tokenizer.json puts around a text, and its other promises: kept, or refused by name.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file.h"
#include "text/golden.h"

namespace pbb {
namespace {

using nlohmann::json;
using Ids = std::vector<std::int32_t>;

json file_that_marks() {
  return json::parse(R"({
    "added_tokens": [{"id": 3, "content": "<|begin|>", "special": true}, {"id": 4, "content": "<|end|>", "special": true}],
    "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true},
    "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]}
  })");
}

// A template as Hugging Face's tokenizers write it: names of tokens, and A for the text.
json template_of(const std::vector<std::string>& pieces) {
  json single = json::array(), special = json::object();
  for (const std::string& piece : pieces) {
    if (piece.size() == 1) {
      single.push_back({{"Sequence", {{"id", piece}, {"type_id", 0}}}});
    } else {
      single.push_back({{"SpecialToken", {{"id", piece}, {"type_id", 0}}}});
      const int id = piece == "<|begin|>" ? 3 : 4;
      special[piece] = {{"id", piece}, {"ids", {id}}, {"tokens", {piece}}};
    }
  }
  return {{"type", "TemplateProcessing"},
          {"single", single},
          {"pair", json::array()},
          {"special_tokens", special}};
}

json with_post_processor(const json& post_processor) {
  json file = file_that_marks();
  file["post_processor"] = post_processor;
  return file;
}

Ids ids_with(const json& post_processor, const std::string& text = "abb") {
  return Tokenizer(read_tokenizer_text(with_post_processor(post_processor).dump())).encode_sequence(text);
}

std::string refusal(const json& file) {
  try {
    Tokenizer{read_tokenizer_text(file.dump())};
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

#define EXPECT_CONTAINS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

// Case post_processor_bos.
TEST(PostProcessor, ATokenBeforeEveryTextIsPutThereAsHuggingFaceDoes) {
  EXPECT_EQ(ids_with(template_of({"<|begin|>", "A"})), (Ids{3, 2, 1}));
  EXPECT_EQ(ids_with(template_of({"<|begin|>", "A"}), ""), (Ids{3}));
  EXPECT_EQ(ids_with(template_of({"<|end|>", "<|begin|>", "A"})), (Ids{4, 3, 2, 1}));
  EXPECT_EQ(ids_with(template_of({"A"})), (Ids{2, 1}));
  EXPECT_EQ(ids_with({{"type", "ByteLevel"}, {"trim_offsets", true}}), (Ids{2, 1}));
  EXPECT_EQ(ids_with(nullptr), (Ids{2, 1}));
  const json sequence = {
      {"type", "Sequence"},
      {"processors", {{{"type", "ByteLevel"}, {"trim_offsets", true}}, template_of({"<|begin|>", "A"})}}};
  EXPECT_EQ(ids_with(sequence), (Ids{3, 2, 1}));  // Llama 3's
  json bare = template_of({"<|begin|>", "A"});
  bare["special_tokens"] = json::object();  // its ids are left to the vocabulary
  EXPECT_EQ(ids_with(bare), (Ids{3, 2, 1}));
}

TEST(PostProcessor, APieceHasNothingBeforeIt) {
  const Tokenizer tokenizer(read_tokenizer_text(with_post_processor(template_of({"<|begin|>", "A"})).dump()));
  EXPECT_EQ(tokenizer.encode("abb"), (Ids{2, 1}));
  EXPECT_EQ(tokenizer.prefix(), Ids{3});
}

TEST(PostProcessor, WhatIsNotImplementedIsRefusedByName) {
  const auto refused = [](const json& processor) { return refusal(with_post_processor(processor)); };
  EXPECT_CONTAINS(refused(template_of({"A", "<|end|>"})), "puts \"<|end|>\" after every text");
  EXPECT_CONTAINS(refused(template_of({"<|begin|>", "A", "<|end|>"})),
                  "post_processor.single[2].SpecialToken");
  EXPECT_CONTAINS(refused(template_of({"A", "A"})), "is not the text alone");
  EXPECT_CONTAINS(refused(template_of({"<|begin|>"})), "without the text");
  EXPECT_CONTAINS(refused(template_of({"<|other|>", "B"})), "is not the text alone");
  for (const char* type : {"BertProcessing", "RobertaProcessing"}) {
    EXPECT_CONTAINS(refused({{"type", type}, {"sep", {"<|end|>", 4}}, {"cls", {"<|begin|>", 3}}}),
                    fmt::format("post_processor is a {}", type));
  }
  EXPECT_CONTAINS(refused({{"type", "Klingon"}}), "post_processor is a Klingon");
  json unknown = template_of({"<|other|>", "A"});
  unknown["special_tokens"] = json::object();
  EXPECT_CONTAINS(refused(unknown), "\"<|other|>\", which is no token");
  json beyond = template_of({"<|begin|>", "A"});
  beyond["special_tokens"]["<|begin|>"]["ids"] = {99};
  EXPECT_CONTAINS(refused(beyond), "special_tokens.<|begin|>.ids[0] is 99");
}

TEST(PostProcessor, WhatIsWrittenPutsTheSameBeforeATextAgain) {
  const TokenizerData data = read_tokenizer_text(with_post_processor(template_of({"<|begin|>", "A"})).dump());
  const json written = json::parse(write_tokenizer_json(data));
  EXPECT_EQ(read_tokenizer_text(written.dump()).prefix, Ids{3});
  EXPECT_EQ(written.at("post_processor").at("single"), template_of({"<|begin|>", "A"}).at("single"));
  EXPECT_EQ(written.at("post_processor").at("special_tokens"),
            template_of({"<|begin|>", "A"}).at("special_tokens"));
}

TEST(TokenizerPromises, TruncationAndPaddingThatWouldChangeATextAreRefused) {
  const auto with = [](const std::string& key, const char* value) {
    json file = file_that_marks();
    file[key] = json::parse(value);
    return refusal(file);
  };
  EXPECT_CONTAINS(with("truncation", R"({"max_length": 512, "strategy": "LongestFirst", "stride": 0})"),
                  "the file.truncation is ");
  EXPECT_CONTAINS(with("padding", R"({"strategy": {"Fixed": 8}, "pad_id": 0})"), "the file.padding is ");
  EXPECT_CONTAINS(with("padding", R"({"strategy": "BatchLongest", "pad_to_multiple_of": 8})"),
                  "the file.padding is ");
  EXPECT_EQ(with("padding", R"({"strategy": "BatchLongest", "pad_to_multiple_of": null, "pad_id": 0})"),
            "accepted");
}

TEST(TokenizerPromises, TokensThatSwallowWhatIsBesideThemAreRefused) {
  for (const char* flag : {"lstrip", "rstrip", "single_word"}) {
    json file = file_that_marks();
    file["added_tokens"][1][flag] = true;
    EXPECT_CONTAINS(refusal(file), fmt::format("added_tokens[1] has {}", flag));
  }
  json file = file_that_marks();
  file["added_tokens"][1]["normalized"] = true;
  EXPECT_EQ(refusal(file), "accepted");
}

TEST(TokenizerPromises, ADecoderThatDoesNotSpellBytesIsRefused) {
  json file = file_that_marks();
  file["decoder"] = {{"type", "Metaspace"}};
  EXPECT_CONTAINS(refusal(file), "the file.decoder is a Metaspace");
  file["decoder"] =
      json::parse(R"({"type": "Sequence", "decoders": [{"type": "ByteLevel"}, {"type": "Strip"}]})");
  EXPECT_CONTAINS(refusal(file), "decoders[1] is a Strip");
  file["decoder"]["decoders"].erase(1);
  EXPECT_EQ(refusal(file), "accepted");
}

TEST(TokenizerPromises, TheConfigBesideItMayNotSayOtherwise) {
  const TemporaryFolder folder;
  const auto refusal_of = [&](const json& post_processor, const std::string& config) -> std::string {
    write_file(folder / "tokenizer.json", with_post_processor(post_processor).dump());
    write_file(folder / "tokenizer_config.json", config);
    try {
      (void)read_tokenizer_json(folder / "tokenizer.json");
    } catch (const InputError& error) {
      return error.what();
    }
    return "accepted";
  };
  const json begins = template_of({"<|begin|>", "A"});
  EXPECT_CONTAINS(refusal_of(nullptr, R"({"add_bos_token": true})"), "add_bos_token is true, but");
  EXPECT_CONTAINS(refusal_of(begins, R"({"add_bos_token": false})"), "add_bos_token is false, but");
  EXPECT_EQ(refusal_of(begins, R"({"add_bos_token": true})"), "accepted");
  EXPECT_EQ(refusal_of(nullptr, R"({"add_bos_token": false, "add_prefix_space": false})"), "accepted");
  EXPECT_CONTAINS(refusal_of(nullptr, R"({"add_eos_token": true})"), "add_eos_token is true");
  EXPECT_CONTAINS(refusal_of(nullptr, R"({"add_prefix_space": true})"), "add_prefix_space is true");
}

TEST(TokenizerPromises, EveryEndThatAModelsFilesNameIsOne) {
  const TemporaryFolder folder;
  json file = file_that_marks();
  file["added_tokens"].push_back({{"id", 5}, {"content", "<|endoftext|>"}, {"special", true}});
  write_file(folder / "tokenizer.json", file.dump());
  const auto ends = [&] { return Tokenizer(read_tokenizer_json(folder / "tokenizer.json")).end_tokens(); };
  EXPECT_EQ(ends(), Ids{5});
  write_file(folder / "tokenizer_config.json", R"({"eos_token": "<|end|>"})");
  EXPECT_EQ(ends(), (Ids{5, 4}));
  write_file(folder / "config.json", R"({"eos_token_id": 4})");
  EXPECT_EQ(ends(), (Ids{5, 4}));
  write_file(folder / "generation_config.json", R"({"eos_token_id": [4, 3, 99]})");  // 99: a spare row
  EXPECT_EQ(ends(), (Ids{5, 4, 3}));
  write_file(folder / "config.json", R"({"eos_token_id": 99, "vocab_size": 99})");  // no row of the model's
  EXPECT_THROW(ends(), InputError);
  write_file(folder / "config.json", R"({"eos_token_id": 99, "vocab_size": 100})");
  EXPECT_NO_THROW(ends());
  write_file(folder / "generation_config.json", R"({"eos_token_id": -1})");
  EXPECT_THROW(ends(), InputError);
  write_file(folder / "generation_config.json", R"({"eos_token_id": "<|end|>"})");
  EXPECT_THROW(ends(), InputError);
}

}  // namespace
}  // namespace pbb

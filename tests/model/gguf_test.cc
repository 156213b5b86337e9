// GGUF: what it says is what is loaded, and nothing in it is believed unchecked.
#include "model/formats/gguf.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "base/error.h"
#include "base/temporary_folder.h"
#include "model/formats/gguf_tokenizer.h"
#include "model/gguf_writer.h"
#include "model/load.h"
#include "model/tiny.h"

namespace pbb {
namespace {

class Gguf : public testing::Test {
 protected:
  std::filesystem::path write(const std::string& bytes) {
    const std::filesystem::path file = folder_.path() / "model.gguf";
    std::ofstream(file, std::ios::binary) << bytes;  // write_file would wait for the disk, thousands of times
    return file;
  }
  // The message and hint with which a file is refused.
  std::string refusal(const std::string& bytes) {
    try {
      (void)load_model(write(bytes).string(), DataType::f32);
    } catch (const InputError& error) {
      EXPECT_NE(std::string(error.what()).find("model.gguf"), std::string::npos) << error.what();
      return std::string(error.what()) + " HINT " + error.hint();
    }
    return "accepted";
  }
  void expect_refusal(const std::string& bytes, const std::string& part) {
    const std::string message = refusal(bytes);
    EXPECT_NE(message.find(part), std::string::npos) << message;
  }
  std::vector<float> values_of(std::uint32_t type, std::vector<std::uint64_t> shape,
                               const std::string& bytes) {
    GgufWriter writer;
    writer.tensor("t", shape, type, bytes);
    const GgufFile file(write(writer.bytes()));
    std::vector<float> values(
        static_cast<std::size_t>(file.tensors().at(0).rows() * file.tensors()[0].columns()));
    read_values(file.tensors()[0], values);
    return values;
  }

  TemporaryFolder folder_;
};

TEST_F(Gguf, EveryFamilyLoadsAsItWasWritten) {
  for (const char* family : {"llama", "qwen2", "qwen3"}) {
    Decoder decoder = tiny_decoder(family);
    LoadedModel loaded = load_model(write(gguf_of(decoder).bytes()).string(), DataType::f32);
    EXPECT_EQ(loaded.decoder.config().head_size, decoder.config().head_size);
    EXPECT_EQ(loaded.decoder.config().tied_embeddings, decoder.config().tied_embeddings);
    const auto wanted = decoder.weights().span<float>(), found = loaded.decoder.weights().span<float>();
    EXPECT_TRUE(std::ranges::equal(wanted, found)) << family;
    EXPECT_EQ(loaded.tokenizer.encode("ab !"), (std::vector<std::int32_t>{96, 95, 3}));
    EXPECT_EQ(loaded.tokenizer.control("<|im_end|>"), 2);
  }
}

TEST_F(Gguf, BlocksAreDequantisedAsGgmlDoes) {
  const std::string half_scale("\x00\x38", 2);  // 0.5
  std::string q8 = half_scale, q4_0 = half_scale,
              q4_1 = half_scale + std::string("\x00\xC0", 2);  // minimum -2
  for (int i = 0; i < 32; ++i) q8.push_back(static_cast<char>(i - 16));
  for (int i = 0; i < 16; ++i) q4_0.push_back(static_cast<char>(i | (15 - i) << 4));
  for (int i = 0; i < 16; ++i) q4_1.push_back(static_cast<char>(i | (15 - i) << 4));
  const auto from_q8 = values_of(8, {32}, q8), from_q4_0 = values_of(2, {1, 32}, q4_0),
             from_q4_1 = values_of(3, {32}, q4_1);
  for (int i = 0; i < 32; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const int quant = i < 16 ? i : 31 - i;
    EXPECT_EQ(from_q8[at], 0.5F * static_cast<float>(i - 16));
    EXPECT_EQ(from_q4_0[at], 0.5F * static_cast<float>(quant - 8));
    EXPECT_EQ(from_q4_1[at], 0.5F * static_cast<float>(quant) - 2.0F);
  }
}

TEST_F(Gguf, HalvesAndBFloat16sAreExact) {
  const std::string halves("\x00\x3C\x00\xC0\x01\x00\xFF\x03\xFF\x7B\x00\x80\x00\x7C", 14);
  const auto found = values_of(1, {7}, halves);
  EXPECT_EQ(found[0], 1.0F);
  EXPECT_EQ(found[1], -2.0F);
  EXPECT_EQ(found[2], 0x1p-24F);         // the least subnormal
  EXPECT_EQ(found[3], 1023 * 0x1p-24F);  // the largest subnormal
  EXPECT_EQ(found[4], 65504.0F);
  EXPECT_TRUE(found[5] == 0 && std::signbit(found[5]));
  EXPECT_TRUE(std::isinf(found[6]));
  EXPECT_EQ(values_of(30, {2}, std::string("\x80\x3F\x49\xC0", 4)), (std::vector<float>{1.0F, -3.140625F}));
}

TEST_F(Gguf, ATypeThatIsNotReadIsNamed) {
  GgufWriter writer;
  writer.tensor("blk.0.ffn_up.weight", {1, 256}, 12, std::string(144, 'x'));
  expect_refusal(writer.bytes(), "tensor 'blk.0.ffn_up.weight' is stored as ggml type 12 (Q4_K)");
}

TEST_F(Gguf, FilesThatAreNotGgufAreRefused) {
  expect_refusal("", "the magic number");
  expect_refusal("GGU", "the magic number");
  expect_refusal("PK\x03\x04 a zip file", "not a GGUF file");
  GgufWriter writer;
  writer.version = 1;
  expect_refusal(writer.bytes(), "GGUF version 1");
  writer.version = 0x03000000;  // big-endian
  expect_refusal(writer.bytes(), "little-endian");
}

TEST_F(Gguf, CountsAndLengthsBeyondTheFileAreRefused) {
  std::string bytes = gguf_of(tiny_decoder("llama")).bytes();
  const auto with = [&](std::size_t at, std::uint64_t value) {
    std::string changed = bytes;
    std::memcpy(changed.data() + at, &value, sizeof value);
    return changed;
  };
  for (const std::uint64_t huge : {~0ULL, 1ULL << 63, 1ULL << 40, 1ULL << 20}) {
    expect_refusal(with(8, huge), "the number of tensors");
    expect_refusal(with(16, huge), "the number of metadata values");
    expect_refusal(with(24, huge), "the key of metadata value 0");
  }
  GgufWriter writer;
  std::string array;
  GgufWriter::put(array, std::uint32_t{8});
  GgufWriter::put(array, std::uint64_t{1} << 60);
  writer.raw_value("list", 9, array);
  expect_refusal(writer.bytes(), "claims 1152921504606846976 entries");
}

TEST_F(Gguf, UnknownValueTypesAndNestedArraysAreRefused) {
  GgufWriter writer;
  writer.raw_value("odd", 13, "xxxxxxxx");
  expect_refusal(writer.bytes(), "metadata 'odd' has value type 13");
  GgufWriter nested;
  std::string array;
  GgufWriter::put(array, std::uint32_t{9});
  nested.raw_value("deep", 9, array + std::string(16, '\0'));
  expect_refusal(nested.bytes(), "array of arrays");
}

TEST_F(Gguf, TensorsMustLieInTheFileAlignedAndApart) {
  const std::string eight(32, '\0');
  const auto file_with = [&](auto add) {
    GgufWriter writer;
    writer.tensor("first", {8}, 0, eight);
    add(writer);
    return writer.bytes();
  };
  expect_refusal(file_with([&](GgufWriter& w) { w.tensor("t", {8}, 0, eight, 1 << 20); }),
                 "the data section has");
  expect_refusal(file_with([&](GgufWriter& w) { w.tensor("t", {9}, 0, eight); }), "takes up 36 bytes");
  expect_refusal(file_with([&](GgufWriter& w) { w.tensor("t", {8}, 0, eight, 33); }), "alignment 32");
  expect_refusal(file_with([&](GgufWriter& w) { w.tensor("t", {8}, 0, eight, 0); }), "overlap");
  expect_refusal(file_with([&](GgufWriter& w) { w.tensor("first", {8}, 0, eight); }),
                 "'first' is there twice");
  expect_refusal(file_with([&](GgufWriter& w) {
                   w.tensor("t", {1ULL << 33, 1ULL << 33}, 0, eight);
                 }),
                 "impossible");
  expect_refusal(file_with([&](GgufWriter& w) { w.tensor("t", {0}, 0, eight); }), "impossible shape (0)");
  expect_refusal(file_with([&](GgufWriter& w) { w.tensor("t", {33}, 8, eight); }), "impossible shape (33)");
  expect_refusal(file_with([&](GgufWriter& w) { w.tensor("t", {1, 1, 1, 1, 8}, 0, eight); }), "5 axes");
  expect_refusal(file_with([&](GgufWriter& w) { w.number("general.alignment", 24); }), "power of two");
  expect_refusal(file_with([&](GgufWriter& w) { w.number("general.alignment", 0); }), "power of two");
}

TEST_F(Gguf, RepeatedMetadataIsRefused) {
  GgufWriter writer;
  writer.number("a", 1);
  writer.number("a", 2);
  expect_refusal(writer.bytes(), "metadata 'a' is there twice");
}

TEST_F(Gguf, MissingUnknownAndMisshapenTensorsAreNamed) {
  const Decoder decoder = tiny_decoder("llama");
  GgufWriter extra = gguf_of(decoder);
  extra.tensor("blk.0.attn_q.bias", {32}, 0, std::string(128, '\0'));
  expect_refusal(extra.bytes(), "'model.layers.0.self_attn.q_proj.bias' (32) is not part of this family");
  GgufWriter foreign = gguf_of(decoder);
  foreign.tensor("rope_freqs.weight", {4}, 0, std::string(16, '\0'));
  expect_refusal(foreign.bytes(), "'rope_freqs.weight' (4) is not part of a decoder");
  DecoderConfig deeper = decoder.config();
  deeper.layers = 4;
  std::string bytes = gguf_of(decoder).bytes();  // says 3 layers; make it say 4
  const std::string key = "llama.block_count";
  bytes[bytes.find(key) + key.size() + 4] = 4;
  expect_refusal(bytes, "'model.layers.3.input_layernorm.weight' (32) is missing");
  bytes = gguf_of(decoder).bytes();
  const std::string wider = "llama.feed_forward_length";
  bytes[bytes.find(wider) + wider.size() + 4] = 64;
  expect_refusal(bytes,
                 "'model.layers.0.mlp.gate_proj.weight' has shape (48, 32); the config asks for (64, 32)");
}

TEST_F(Gguf, WhatIsNotComputedIsRefused) {
  const Decoder decoder = tiny_decoder("llama");
  GgufWriter scaled = gguf_of(decoder);
  scaled.text("llama.rope.scaling.type", "yarn");
  expect_refusal(scaled.bytes(), "'llama.rope.scaling.type' is 'yarn'");
  GgufWriter partly = gguf_of(decoder);
  partly.number("llama.rope.dimension_count", 4);
  expect_refusal(partly.bytes(), "of which 4 are rotated");
  GgufWriter other;
  other.text("general.architecture", "mamba");
  other.text("tokenizer.ggml.model", "gpt2");
  EXPECT_NE(refusal(other.bytes()), "accepted");
  expect_refusal(gguf_of(decoder, "klingon").bytes(), "klingon");
}

TEST_F(Gguf, AValueThatIsNotFiniteIsNamed) {
  Decoder decoder = tiny_decoder("llama");
  decoder.weights().span<float>()[3] = NAN;
  expect_refusal(gguf_of(decoder).bytes(), "'model.embed_tokens.weight' holds a value that is not finite");
}

TEST_F(Gguf, EveryTruncationIsRefused) {
  const std::string bytes = gguf_of(tiny_decoder("llama")).bytes();
  Random random(1, "truncate");
  for (int i = 0; i < 300; ++i) {
    const auto length =
        static_cast<std::size_t>(random.integer(0, i % 2 == 0 ? 6000 : static_cast<int>(bytes.size()) - 1));
    EXPECT_NE(refusal(bytes.substr(0, length)), "accepted") << length;
  }
}

TEST_F(Gguf, CorruptedFilesAreRefusedOrLoadedButNeverCrash) {
  const std::string bytes = gguf_of(tiny_decoder("llama")).bytes();
  const std::size_t header = bytes.size() - tiny_decoder("llama").weights().bytes();
  Random random(1, "corrupt");
  int refused = 0;
  for (int i = 0; i < 1500; ++i) {
    std::string changed = bytes;
    const std::int64_t count = random.integer(1, 4);
    for (std::int64_t change = 0; change < count; ++change) {
      const auto at = static_cast<std::size_t>(random.integer(0, static_cast<std::int64_t>(header) - 1));
      changed[at] = random.integer(0, 2) == 0 ? '\xFF' : static_cast<char>(random.integer(0, 255));
    }
    refused += refusal(changed) != "accepted" ? 1 : 0;
  }
  EXPECT_GT(refused, 100);
  EXPECT_LT(refused, 1500);
}

}  // namespace
}  // namespace pbb

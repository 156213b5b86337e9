// What GGUF's metadata says is used, known to change nothing, or refused by name.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "base/temporary_folder.h"
#include "model/formats/gguf.h"
#include "model/formats/gguf_tokenizer.h"
#include "model/gguf_writer.h"
#include "model/load.h"
#include "model/tiny.h"

namespace pbb {
namespace {

class GgufKeys : public testing::Test {
 protected:
  LoadedModel load(const GgufWriter& writer) {
    const std::filesystem::path file = folder_.path() / "model.gguf";
    std::ofstream(file, std::ios::binary) << writer.bytes();
    return load_model(file.string(), DataType::f32);
  }
  // The message and hint with which a file is refused.
  std::string refusal(const GgufWriter& writer) {
    try {
      (void)load(writer);
    } catch (const InputError& error) {
      EXPECT_FALSE(error.hint().empty()) << error.what();
      return std::string(error.what()) + " HINT " + error.hint();
    }
    return "accepted";
  }
  static GgufWriter model(const std::string& pre_tokenizer = "smollm") {
    return gguf_of(tiny_decoder("llama"), pre_tokenizer);
  }
  static void flag(GgufWriter& writer, const std::string& key, bool value) {
    writer.raw_value(key, 7, std::string(1, value ? '\1' : '\0'));
  }

  TemporaryFolder folder_;
};

// Case gguf_rope_scale: what llama.cpp scales by.
TEST_F(GgufKeys, RopeScalingIsRefusedUnderEachOfItsNames) {
  for (const char* key : {"llama.rope.scale_linear", "llama.rope.scaling.factor"}) {
    GgufWriter scaled = model();
    scaled.real(key, 4);
    EXPECT_NE(refusal(scaled).find(fmt::format("metadata '{}' is 4", key)), std::string::npos)
        << refusal(scaled);
    GgufWriter typed = model();
    typed.text("llama.rope.scaling.type", "linear");
    typed.real(key, 4);
    EXPECT_NE(refusal(typed).find(fmt::format("metadata '{}' is 4", key)), std::string::npos)
        << refusal(typed);
    GgufWriter without = model();
    without.real(key, 1);
    EXPECT_EQ(refusal(without), "accepted");
    GgufWriter none = model();
    none.text("llama.rope.scaling.type", "none");
    none.real(key, 4);
    EXPECT_EQ(refusal(none), "accepted");
  }
}

TEST_F(GgufKeys, WhatCouldChangeTheMathematicsIsRefusedByName) {
  for (const char* field :
       {"attention.scale", "logit_scale", "residual_scale", "embedding_scale", "final_logit_softcapping",
        "attn_logit_softcapping", "attention.clamp_kqv", "rope.scaling.attn_factor", "a.key_of_the_future"}) {
    GgufWriter writer = model();
    writer.real(std::string("llama.") + field, 0.25);
    EXPECT_NE(refusal(writer).find(fmt::format("metadata 'llama.{}' is 0.25", field)), std::string::npos)
        << refusal(writer);
  }
  for (const char* field : {"expert_count", "attention.sliding_window", "nextn_predict_layers"}) {
    GgufWriter writer = model();
    writer.number(std::string("llama.") + field, 8);
    EXPECT_NE(refusal(writer).find(fmt::format("metadata 'llama.{}' is 8", field)), std::string::npos)
        << refusal(writer);
  }
  GgufWriter sections = model();
  sections.numbers("llama.rope.dimension_sections", {1, 2, 3});
  EXPECT_NE(refusal(sections).find("'llama.rope.dimension_sections' is a list"), std::string::npos);
}

TEST_F(GgufKeys, WhatChangesNothingIsPassedOver) {
  GgufWriter writer = model();
  writer.number("llama.expert_count", 0);
  writer.number("llama.attention.sliding_window", 1 << 20);
  writer.number("llama.attention.value_length", 8);
  writer.number("llama.rope.dimension_count", 8);
  writer.real("llama.logit_scale", 1);
  writer.text("llama.tensor_data_layout", "Meta AI original pth");
  writer.text("general.anything", "else");
  writer.number("qwen2.expert_count", 8);  // of another architecture
  EXPECT_EQ(refusal(writer), "accepted");
}

// Case gguf_split.
TEST_F(GgufKeys, APartOfASplitModelSaysWhichAndHowToJoinThem) {
  GgufWriter part;
  part.number("split.no", 0);
  part.number("split.count", 2);
  EXPECT_NE(refusal(part).find("part 1 of 2 of a split model"), std::string::npos) << refusal(part);
  EXPECT_NE(refusal(part).find("llama-gguf-split --merge"), std::string::npos) << refusal(part);
  GgufWriter whole = model();
  whole.number("split.no", 0);
  whole.number("split.count", 1);
  EXPECT_EQ(refusal(whole), "accepted");
}

TEST_F(GgufKeys, BosIsPutBeforeEveryTextAsLlamaCppPutsIt) {
  using Ids = std::vector<std::int32_t>;
  EXPECT_EQ(load(model()).tokenizer.encode_sequence("ab"), (Ids{96}));
  EXPECT_EQ(load(model("llama-bpe")).tokenizer.encode_sequence("ab"), (Ids{1, 96}));  // its default there
  GgufWriter asked = model();
  flag(asked, "tokenizer.ggml.add_bos_token", true);
  EXPECT_EQ(load(asked).tokenizer.encode_sequence("ab"), (Ids{1, 96}));
  EXPECT_EQ(load(asked).tokenizer.encode("ab"), (Ids{96}));
  GgufWriter not_asked = model("llama-bpe");
  flag(not_asked, "tokenizer.ggml.add_bos_token", false);
  EXPECT_EQ(load(not_asked).tokenizer.encode_sequence("ab"), (Ids{96}));
  GgufWriter after = model();
  flag(after, "tokenizer.ggml.add_eos_token", true);
  EXPECT_NE(refusal(after).find("'tokenizer.ggml.add_eos_token' is true"), std::string::npos)
      << refusal(after);
}

TEST_F(GgufKeys, FurtherEndsOfATurnAreEnds) {
  GgufWriter writer = model();
  writer.number("tokenizer.ggml.eot_token_id", 5);
  EXPECT_EQ(load(writer).tokenizer.end_tokens(), (std::vector<std::int32_t>{0, 2, 5}));
}

TEST_F(GgufKeys, AHeadThatIsTheEmbeddingAgainIsOneOfATiedModel) {
  const Decoder decoder = tiny_decoder("llama");
  const Parameter& embedding = decoder.parameters().front();
  std::vector<float> values(embedding.value.span<float>().begin(), embedding.value.span<float>().end());
  const std::vector<std::uint64_t> shape(embedding.value.shape().begin(), embedding.value.shape().end());
  GgufWriter twice = model();
  twice.tensor("output.weight", shape, values);
  EXPECT_TRUE(load(twice).decoder.config().tied_embeddings);
  values[7] += 1;
  GgufWriter other = model();
  other.tensor("output.weight", shape, values);
  EXPECT_FALSE(load(other).decoder.config().tied_embeddings);
}

}  // namespace
}  // namespace pbb

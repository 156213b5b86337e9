// Folders in Hugging Face layout that are not quite what pbb reads: each says what it is and what to do.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "base/temporary_folder.h"
#include "examples/byte_tokenizer.h"
#include "model/byte_decoder.h"
#include "model/formats/safetensors.h"
#include "model/load.h"
#include "model/tiny.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

constexpr const char* lfs_pointer =
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 269060552\n";

class ModelFolder : public testing::Test {
 protected:
  ModelFolder() { save_model(model(), decoder_, byte_tokenizer()); }
  fs::path model() const { return folder_.path() / "model"; }
  // The message and hint with which it is refused.
  std::string refusal(const fs::path& path) const {
    try {
      (void)load_model(path.string(), DataType::f32);
    } catch (const InputError& error) {
      EXPECT_FALSE(error.hint().empty()) << error.what();
      return std::string(error.what()) + " HINT " + error.hint();
    }
    return "accepted";
  }
  std::string refusal() const { return refusal(model()); }
  static void write(const fs::path& file, const std::string& contents) {
    std::ofstream(file, std::ios::binary) << contents;
  }
  // The model's parameters, and a head beside them, stored as `type`.
  void store_with_head(const Tensor& head, DataType type) const {
    std::vector<Parameter> parameters = decoder_.parameters();
    parameters.push_back({.name = "lm_head.weight", .value = head});
    write_safetensors(model() / "model.safetensors", parameters, type);
  }

  TemporaryFolder folder_;
  Decoder decoder_ = byte_decoder(64, 1);
};

// Case tied_head_stored.
TEST_F(ModelFolder, ATiedModelMayStoreItsHeadOnceMore) {
  const Tensor& embedding = decoder_.parameters().front().value;
  for (const DataType type : {DataType::f32, DataType::bf16}) {
    store_with_head(embedding, type);
    ASSERT_EQ(refusal(), "accepted");
    LoadedModel loaded = load_model(model().string(), DataType::f32);
    EXPECT_TRUE(loaded.decoder.config().tied_embeddings);
    EXPECT_EQ(loaded.decoder.weights().size(), decoder_.weights().size());
  }
}

TEST_F(ModelFolder, ATiedModelWhoseHeadDiffersIsRefused) {
  const Tensor& embedding = decoder_.parameters().front().value;
  Tensor other(embedding.shape(), DataType::f32);
  std::ranges::copy(embedding.span<float>(), other.span<float>().begin());
  other.span<float>()[11] += 1;
  for (const DataType type : {DataType::f32, DataType::bf16}) {
    store_with_head(other, type);
    EXPECT_NE(refusal().find("'lm_head.weight' (257, 16) differs from 'model.embed_tokens.weight'"),
              std::string::npos)
        << refusal();
    EXPECT_NE(refusal().find("tie_word_embeddings"), std::string::npos) << refusal();
  }
  store_with_head(Tensor({5, 16}, DataType::f32), DataType::f32);
  EXPECT_NE(refusal().find("'lm_head.weight' (5, 16) differs"), std::string::npos) << refusal();
}

TEST_F(ModelFolder, AHeadThatIsStoredInAnotherTypeIsComparedByItsValues) {
  // One row of values that f16, bf16 and f32 all hold.
  const float values[] = {1.0F, -0.5F, 0.0F, 2.0F};
  const std::uint16_t halves[] = {0x3C00, 0xB800, 0x0000, 0x4000}, bf16s[] = {0x3F80, 0xBF00, 0x8000, 0x4000};
  const StoredTensor f32{"a", {2, 2}, StoredType::f32, std::as_bytes(std::span(values))};
  const StoredTensor f16{"b", {2, 2}, StoredType::f16, std::as_bytes(std::span(halves))};
  const StoredTensor bf16{"c", {2, 2}, StoredType::bf16, std::as_bytes(std::span(bf16s))};
  EXPECT_TRUE(same_values(f32, f16));
  EXPECT_TRUE(same_values(f16, bf16));  // minus zero is zero
  const std::uint16_t others[] = {0x3C00, 0xB800, 0x0001, 0x4000};
  EXPECT_FALSE(same_values(f32, {"d", {2, 2}, StoredType::f16, std::as_bytes(std::span(others))}));
}

// Case pickle_only.
TEST_F(ModelFolder, APickleIsCalledOneAndHowToConvertItIsSaid) {
  fs::remove(model() / "model.safetensors");
  for (const char* name : {"pytorch_model.bin", "pytorch_model-00001-of-00002.bin", "consolidated.00.pth"}) {
    write(model() / name, "");
    EXPECT_NE(refusal().find(fmt::format("the weights are in {}, a pickle, which pbb does not read", name)),
              std::string::npos)
        << refusal();
    EXPECT_NE(refusal().find("safe_serialization=True"), std::string::npos) << refusal();
    fs::remove(model() / name);
  }
  EXPECT_NE(refusal().find("there is no model.safetensors HINT is the download complete"), std::string::npos)
      << refusal();
}

TEST_F(ModelFolder, WeightsUnderOtherNamesAreNamed) {
  fs::rename(model() / "model.safetensors", model() / "model-00001-of-00002.safetensors");
  EXPECT_NE(refusal().find("nor a model.safetensors.index.json that says which of model-00001-of-00002"),
            std::string::npos)
      << refusal();
  fs::remove(model() / "model-00001-of-00002.safetensors");
  write(model() / "weights.gguf", "");
  EXPECT_NE(refusal().find("there is no model.safetensors, but weights.gguf"), std::string::npos)
      << refusal();
}

TEST_F(ModelFolder, AShardThatIsMissingIsNamedWithItsIndex) {
  fs::rename(model() / "model.safetensors", model() / "model-1.safetensors");
  write(
      model() / "model.safetensors.index.json",
      R"({"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors", "c": "model-3.safetensors"}})");
  EXPECT_NE(refusal().find("model.safetensors.index.json: 2 of the 3 files that it names are not beside it: "
                           "model-2.safetensors, model-3.safetensors"),
            std::string::npos)
      << refusal();
}

TEST_F(ModelFolder, AGitLfsPointerIsCalledOneWhateverItStandsFor) {
  for (const char* name : {"model.safetensors", "tokenizer.json", "config.json", "tokenizer_config.json",
                           "generation_config.json", "chat_template.jinja"}) {
    const std::string before = fs::exists(model() / name) ? read_file(model() / name) : "";
    write(model() / name, lfs_pointer);
    EXPECT_NE(refusal().find(fmt::format("{}: a Git LFS pointer", (model() / name).string())),
              std::string::npos)
        << refusal();
    EXPECT_NE(refusal().find("git lfs pull"), std::string::npos) << refusal();
    write(model() / name, before);
    if (before.empty()) fs::remove(model() / name);
  }
  const fs::path gguf = folder_.path() / "pointer.gguf";
  write(gguf, lfs_pointer);
  EXPECT_NE(refusal(gguf).find("pointer.gguf: a Git LFS pointer"), std::string::npos) << refusal(gguf);
}

}  // namespace
}  // namespace pbb

// Models by name, and their way to a folder and back.
#include "model/load.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "base/temporary_folder.h"
#include "model/gguf_writer.h"
#include "model/tiny.h"

namespace pbb {
namespace {

LoadedModel tiny_model(const TemporaryFolder& folder, const std::string& family) {
  const std::filesystem::path file = folder.path() / (family + ".gguf");
  std::ofstream(file, std::ios::binary)
      << gguf_of(tiny_decoder(family), family == "llama" ? "smollm" : "qwen2").bytes();
  return load_model(file.string(), DataType::f32);
}

TEST(Load, SavedModelsComeBackExactly) {
  const TemporaryFolder folder;
  for (const char* family : {"llama", "qwen2", "qwen3"}) {
    LoadedModel model = tiny_model(folder, family);
    const std::filesystem::path saved = folder.path() / family;
    save_model(saved, model.decoder, model.tokenizer);
    LoadedModel again = load_model(saved.string(), DataType::f32);

    EXPECT_TRUE(
        std::ranges::equal(model.decoder.weights().span<float>(), again.decoder.weights().span<float>()));
    const DecoderConfig &before = model.decoder.config(), &after = again.decoder.config();
    EXPECT_EQ(after.family, family);
    EXPECT_EQ(after.head_size, before.head_size);
    EXPECT_EQ(after.context, before.context);
    EXPECT_EQ(after.rope_base, before.rope_base);
    EXPECT_EQ(after.norm_epsilon, before.norm_epsilon);
    EXPECT_EQ(after.tied_embeddings, before.tied_embeddings);
    const TokenizerData &tokens = model.tokenizer.data(), &same = again.tokenizer.data();
    EXPECT_EQ(same.tokens, tokens.tokens);
    EXPECT_EQ(same.merges, tokens.merges);
    EXPECT_EQ(same.control, tokens.control);
    EXPECT_EQ(same.begin, tokens.begin);
    EXPECT_EQ(same.end, tokens.end);
    EXPECT_EQ(same.chat_template, tokens.chat_template);
    EXPECT_EQ(again.tokenizer.encode("ab ba"), model.tokenizer.encode("ab ba"));
  }
}

TEST(Load, BFloat16FoldersHoldRoundedWeights) {
  const TemporaryFolder folder;
  LoadedModel model = tiny_model(folder, "llama");
  save_model(folder.path() / "half", model.decoder, model.tokenizer, DataType::bf16);
  LoadedModel half = load_model((folder.path() / "half").string(), DataType::f32);
  const auto exact = model.decoder.weights().span<float>(), rounded = half.decoder.weights().span<float>();
  for (std::size_t i = 0; i < exact.size(); ++i) EXPECT_NEAR(rounded[i], exact[i], std::abs(exact[i]) / 256);
  EXPECT_FALSE(std::ranges::equal(exact, rounded));
  EXPECT_LT(std::filesystem::file_size(folder.path() / "half" / "model.safetensors"),
            2 * exact.size() + 4096);
}

TEST(Load, AnEarlierExportIsReplacedOnlyWhenAskedAndUnchanged) {
  const TemporaryFolder folder;
  LoadedModel model = tiny_model(folder, "llama");
  const std::filesystem::path saved = folder.path() / "saved";
  const auto save = [&](Replace replace) {
    save_model(saved, model.decoder, model.tokenizer, DataType::f32, replace);
  };
  const auto first_weight = [&] {
    return load_model(saved.string(), DataType::f32).decoder.weights().span<float>()[0];
  };
  save(Replace::nothing);
  model.decoder.weights().span<float>()[0] = 0.25F;
  EXPECT_THROW(save(Replace::nothing), InputError);
  save(Replace::unchanged);
  EXPECT_EQ(first_weight(), 0.25F);
  write_file(saved / "README.md", "our notes");
  model.decoder.weights().span<float>()[0] = 0.5F;
  EXPECT_THROW(save(Replace::unchanged), InputError);
  EXPECT_EQ(first_weight(), 0.25F);
}

TEST(Load, NamesThatAreNoModelSayWhatWouldBe) {
  const TemporaryFolder folder;
  const auto refusal = [](const std::string& name) -> std::string {
    try {
      (void)resolve_model(name);
    } catch (const InputError& error) {
      EXPECT_FALSE(error.hint().empty());
      return error.what();
    }
    return "accepted";
  };
  EXPECT_NE(refusal("no/such/model").find("no model 'no/such/model'"), std::string::npos);
  EXPECT_NE(refusal(folder.path().string()).find("without config.json"), std::string::npos);
  std::ofstream(folder.path() / "model.bin") << "x";
  EXPECT_NE(refusal((folder.path() / "model.bin").string()).find("not a .gguf file"), std::string::npos);
}

TEST(Load, AFolderWithAPartMissingNamesIt) {
  const TemporaryFolder folder;
  LoadedModel model = tiny_model(folder, "llama");
  for (const char* part : {"tokenizer.json", "model.safetensors"}) {
    const std::filesystem::path saved = folder.path() / fmt::format("without {}", part);
    save_model(saved, model.decoder, model.tokenizer);
    std::filesystem::remove(saved / part);
    try {
      (void)load_model(saved.string(), DataType::f32);
      ADD_FAILURE() << "accepted without " << part;
    } catch (const InputError& error) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
  }
}

TEST(Load, ATokeniserLargerThanTheModelIsRefused) {
  const TemporaryFolder folder;
  LoadedModel model = tiny_model(folder, "llama");
  DecoderConfig smaller = model.decoder.config();
  smaller.vocabulary -= 1;
  const Decoder decoder(smaller, DataType::f32);
  save_model(folder.path() / "saved", decoder, model.tokenizer);
  EXPECT_THROW(load_model((folder.path() / "saved").string(), DataType::f32), InputError);
}

}  // namespace
}  // namespace pbb

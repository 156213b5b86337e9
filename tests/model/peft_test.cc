// Adapters as PEFT keeps them: its own read back (tests/golden/make_peft_golden.py), ours written, bad ones
// refused.
#include "model/formats/peft.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "base/error.h"
#include "base/file.h"
#include "base/temporary_folder.h"

#include "model/tiny.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

// The likeliest token each time, by scoring the text anew.
std::vector<std::int32_t> complete(Decoder& decoder, std::vector<std::int32_t> tokens, std::size_t count) {
  const std::size_t prompt = tokens.size();
  while (tokens.size() < prompt + count) {
    DecoderCache cache(decoder.config(), 1, static_cast<int>(tokens.size()), DataType::f32);
    Tensor logits({1, decoder.config().vocabulary}, DataType::f32);
    std::vector<std::int32_t> slots(tokens.size(), 0), positions(tokens.size());
    for (std::size_t i = 0; i < positions.size(); ++i) positions[i] = static_cast<std::int32_t>(i);
    const auto last = static_cast<std::int32_t>(tokens.size()) - 1;
    decoder.decode(tokens, slots, positions, {&last, 1}, cache, logits);
    const auto row = logits.span<float>();
    tokens.push_back(static_cast<std::int32_t>(std::ranges::max_element(row) - row.begin()));
  }
  return {tokens.begin() + static_cast<std::ptrdiff_t>(prompt), tokens.end()};
}

class Peft : public testing::TestWithParam<std::string> {
 protected:
  fs::path folder() const { return tiny_folder(GetParam()) / "peft"; }
  nlohmann::json expected() const { return read_json(folder() / "expected.json"); }
  Adapter adapter() const { return read_peft(folder(), tiny_decoder(GetParam()).config()); }

  void expect_as_in_peft(Decoder& decoder) const {
    const auto wanted = expected().at("log_probabilities").get<std::vector<float>>();
    const std::vector<float> found = score(decoder, tiny_expected(GetParam()).batch);
    ASSERT_EQ(found.size(), wanted.size());
    for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], wanted[i], 2e-5) << i;
    const auto prompts = expected().at("prompts").get<std::vector<std::vector<std::int32_t>>>();
    const auto completions = expected().at("completions").get<std::vector<std::vector<std::int32_t>>>();
    for (std::size_t p = 0; p < prompts.size(); ++p) {
      EXPECT_EQ(complete(decoder, prompts[p], completions[p].size()), completions[p]) << p;
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Families, Peft, testing::Values("llama", "qwen2", "qwen3"),
                         [](const auto& family) { return family.param; });

TEST_P(Peft, ItsAdapterGivesTheSameTokensAndLogProbabilities) {
  Decoder decoder = tiny_decoder(GetParam());
  decoder.set_adapter(adapter());
  expect_as_in_peft(decoder);
}

TEST_P(Peft, ItsAdapterMergedGivesThemToo) {
  Decoder decoder = tiny_decoder(GetParam());
  decoder.set_adapter(adapter());
  decoder.merge_adapter();
  expect_as_in_peft(decoder);
}

TEST_P(Peft, WhatIsWrittenComesBack) {
  const TemporaryFolder scratch;
  const DecoderConfig config = tiny_decoder(GetParam()).config();
  const Adapter before = adapter();
  for (const DataType type : {DataType::f32, DataType::bf16}) {
    const fs::path written = scratch.path() / std::string(data_type_name(type));
    write_peft(written, before, "a model", type);
    const Adapter after = read_peft(written, config);
    EXPECT_EQ(after.options, before.options);
    const auto wanted = before.parameters.flat.span<float>(), found = after.parameters.flat.span<float>();
    ASSERT_EQ(found.size(), wanted.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      const float tolerance = type == DataType::f32 ? 0 : std::abs(wanted[i]) / 256;
      ASSERT_NEAR(found[i], wanted[i], tolerance);
    }
  }
}

// Whatever their order.
TEST_P(Peft, TensorsAreNamedAsPeftNamesThem) {
  const TemporaryFolder scratch;
  write_peft(scratch.path() / "adapter", adapter(), "", DataType::f32);
  const auto listed = [](const fs::path& folder) {
    std::vector<std::pair<std::string, std::vector<std::int64_t>>> tensors;
    const SafetensorsFiles file(folder / "adapter_model.safetensors");
    for (const StoredTensor& tensor : file.tensors()) tensors.emplace_back(tensor.name, tensor.shape);
    std::ranges::sort(tensors);
    return tensors;
  };
  EXPECT_EQ(listed(scratch.path() / "adapter"), listed(folder()));
}

TEST(PeftFolder, WhatPbbDoesNotComputeIsRefusedByName) {
  const TemporaryFolder scratch;
  const fs::path good = tiny_folder("llama") / "peft", bad = scratch.path() / "bad";
  const DecoderConfig config = tiny_decoder("llama").config();
  const auto refusal = [&](const std::function<void(nlohmann::json&)>& change) -> std::string {
    nlohmann::json object = read_json(good / "adapter_config.json");
    change(object);
    fs::remove_all(bad);
    fs::copy(good, bad);
    write_file(bad / "adapter_config.json", object.dump());
    try {
      read_peft(bad, config);
    } catch (const InputError& error) {
      EXPECT_FALSE(error.hint().empty()) << error.what();
      EXPECT_TRUE(std::string(error.what()).starts_with(bad.string())) << error.what();
      return error.what();
    }
    return "taken";
  };
  const auto expect_refused = [&](const char* key, const nlohmann::json& value, const char* names) {
    const std::string message = refusal([&](nlohmann::json& object) { object[key] = value; });
    EXPECT_NE(message.find(names), std::string::npos) << key << ": " << message;
  };
  EXPECT_EQ(refusal([](nlohmann::json&) {}), "taken");
  EXPECT_EQ(refusal([](nlohmann::json& object) { object["target_modules"] = "all-linear"; }), "taken");
  EXPECT_EQ(refusal([](nlohmann::json& object) { object["init_lora_weights"] = "gaussian"; }), "taken");
  EXPECT_EQ(refusal([](nlohmann::json& object) { object["lora_dropout"] = 0.1; }), "taken");
  expect_refused("peft_type", "LOHA", "'peft_type' is \"LOHA\"");
  expect_refused("bias", "all", "'bias' is \"all\"");
  expect_refused("use_dora", true, "'use_dora' is true");
  expect_refused("fan_in_fan_out", true, "'fan_in_fan_out' is true");
  expect_refused("rank_pattern", {{"q_proj", 8}}, "'rank_pattern'");
  expect_refused("alpha_pattern", {{"q_proj", 8}}, "'alpha_pattern'");
  expect_refused("modules_to_save", {"lm_head"}, "'modules_to_save'");
  expect_refused("layers_to_transform", {0, 1}, "'layers_to_transform'");
  expect_refused("layer_replication", {{0, 2}}, "'layer_replication'");
  expect_refused("lora_bias", true, "'lora_bias'");
  expect_refused("init_lora_weights", "pissa", "'init_lora_weights' is \"pissa\"");
  expect_refused("a_key_of_next_year", 1, "'a_key_of_next_year' is 1");
  expect_refused("target_modules", ".*proj", "'target_modules'");
  expect_refused("target_modules", {"q_proj", "lm_head"}, "'target_modules'");
  expect_refused("target_modules", nlohmann::json::array(), "'target_modules'");
  expect_refused("target_modules", {"q_proj"}, "tensor 'base_model.model.model.layers.0.");
  expect_refused("r", 8, "tensor 'base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight' has shape");
  for (const nlohmann::json& rank : {nlohmann::json(0), nlohmann::json(-4), nlohmann::json("4"),
                                     nlohmann::json(1e12), nlohmann::json(1LL << 40), nlohmann::json()}) {
    expect_refused("r", rank, "'r' is");
  }
  for (const nlohmann::json& alpha : {nlohmann::json("8"), nlohmann::json(), nlohmann::json(-1)}) {
    expect_refused("lora_alpha", alpha, "alpha");
  }
  expect_refused("use_rslora", 1, "'use_rslora' is 1");
}

TEST(PeftFolder, MissingOrDamagedFilesAreRefusedByName) {
  const TemporaryFolder scratch;
  const fs::path good = tiny_folder("llama") / "peft", bad = scratch.path() / "bad";
  const DecoderConfig config = tiny_decoder("llama").config();
  const auto expect_refused = [&](const std::function<void()>& change, const char* names) {
    fs::remove_all(bad);
    fs::copy(good, bad);
    change();
    try {
      read_peft(bad, config);
      ADD_FAILURE() << "taken: " << names;
    } catch (const InputError& error) {
      EXPECT_NE(std::string(error.what()).find(names), std::string::npos) << error.what();
    }
  };
  expect_refused([&] { fs::remove(bad / "adapter_config.json"); }, "adapter_config.json");
  expect_refused([&] { fs::remove(bad / "adapter_model.safetensors"); }, "adapter_model.safetensors");
  expect_refused([&] { write_file(bad / "adapter_config.json", "[1]"); }, "not a JSON object");
  expect_refused([&] { write_file(bad / "adapter_config.json", "{"); }, "adapter_config.json");
  expect_refused([&] { write_file(bad / "adapter_config.json", "{}"); }, "'peft_type'");
  expect_refused([&] { fs::resize_file(bad / "adapter_model.safetensors", 5000); },
                 "adapter_model.safetensors");
  expect_refused(
      [&] {
        Adapter adapter = read_peft(good, config);
        adapter.parameters.flat.span<float>()[7] = std::nanf("");
        fs::remove_all(bad);
        write_peft(bad, adapter, "", DataType::f32);
      },
      "is not finite");
  // Of another model: a layer more, another width.
  expect_refused(
      [&] {
        fs::copy(tiny_folder("qwen2") / "peft", bad,
                 fs::copy_options::recursive | fs::copy_options::overwrite_existing);
      },
      "tensor 'base_model.model.model.layers.2.self_attn.q_proj.lora_A.weight' (3, 32) is missing");
}

}  // namespace
}  // namespace pbb

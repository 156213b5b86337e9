// safetensors and Hugging Face folders: what they say is what is loaded, and nothing is believed unchecked.
#include "model/formats/safetensors.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "base/temporary_folder.h"
#include "model/load.h"
#include "model/tiny.h"

namespace pbb {
namespace {

std::string safetensors_bytes(const std::string& header, std::size_t data_bytes) {
  const std::uint64_t length = header.size();
  return std::string(reinterpret_cast<const char*>(&length), sizeof length) + header +
         std::string(data_bytes, '\0');
}

class Safetensors : public testing::Test {
 protected:
  std::filesystem::path write(const std::string& bytes, const std::string& name = "model.safetensors") {
    const std::filesystem::path file = folder_.path() / name;
    std::ofstream(file, std::ios::binary) << bytes;
    return file;
  }
  std::string refusal(const std::string& bytes) {
    try {
      (void)SafetensorsFiles(write(bytes));
    } catch (const InputError& error) {
      EXPECT_NE(std::string(error.what()).find("model.safetensors"), std::string::npos) << error.what();
      return error.what();
    }
    return "accepted";
  }
  void expect_refusal(const std::string& header, std::size_t data_bytes, const std::string& part) {
    const std::string message = refusal(safetensors_bytes(header, data_bytes));
    EXPECT_NE(message.find(part), std::string::npos) << message;
  }

  TemporaryFolder folder_;
};

TEST_F(Safetensors, GapsAndMetadataAreFine) {
  const SafetensorsFiles files(write(safetensors_bytes(
      R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
      R"("b":{"dtype":"BF16","shape":[1,2],"data_offsets":[12,16]}})",
      16)));
  ASSERT_EQ(files.tensors().size(), 2U);
  EXPECT_EQ(files.tensors()[1].shape, (std::vector<std::int64_t>{1, 2}));
}

TEST_F(Safetensors, HeadersThatLieAreRefused) {
  const auto one = [](const std::string& fields) { return R"({"t":{)" + fields + "}}"; };
  expect_refusal(one(R"("dtype":"F32","shape":[2],"data_offsets":[0,8])"), 7, "'t' lies at bytes 0 to 8");
  expect_refusal(one(R"("dtype":"F32","shape":[2],"data_offsets":[8,0])"), 8, "'t' lies at bytes 8 to 0");
  expect_refusal(one(R"("dtype":"F32","shape":[3],"data_offsets":[0,8])"), 8,
                 "'t' (3) does not fit its 8 bytes");
  expect_refusal(one(R"("dtype":"F32","shape":[-2],"data_offsets":[0,8])"), 8, "whole number");
  expect_refusal(one(R"("dtype":"F32","shape":[2.0],"data_offsets":[0,8])"), 8, "whole number");
  expect_refusal(one(R"("dtype":"F32","shape":[],"data_offsets":[0,4])"), 8, "0 axes");
  expect_refusal(one(R"("dtype":"F32","shape":[0],"data_offsets":[0,0])"), 8, "does not fit");
  expect_refusal(one(R"("dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,8])"), 8,
                 "an axis of");
  expect_refusal(one(R"("dtype":"F32","shape":[2],"data_offsets":[0,8,9])"), 8, "two numbers");
  expect_refusal(one(R"("dtype":"F32","shape":[2])"), 8, "data_offsets");
  expect_refusal(one(R"("dtype":"I64","shape":[1],"data_offsets":[0,8])"), 8, "'t' is stored as I64");
  expect_refusal(R"({"t":7})", 8, "tensor 't'");
  expect_refusal("[]", 8, "not a JSON object");
  expect_refusal(R"({"t":)", 8, "not JSON");
  expect_refusal(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                 R"("b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
                 12, "'a' and 'b' overlap");
  expect_refusal(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                 R"("a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}})",
                 16, "'a' is there twice");
}

TEST_F(Safetensors, HeaderLengthsBeyondTheFileAreRefused) {
  EXPECT_NE(refusal("").find("not a safetensors file"), std::string::npos);
  for (const std::uint64_t length : {std::uint64_t{3}, std::uint64_t{1} << 40, ~std::uint64_t{0}}) {
    const std::string bytes = std::string(reinterpret_cast<const char*>(&length), sizeof length) + "{}";
    EXPECT_NE(refusal(bytes).find("the header claims"), std::string::npos);
  }
}

TEST_F(Safetensors, ShardsLoadAsOneAndTheirNamesStayInTheFolder) {
  const Decoder decoder = tiny_decoder("llama");
  const std::vector<Parameter>& parameters = decoder.parameters();
  std::filesystem::copy(tiny_folder("llama") / "config.json", folder_.path());
  write_safetensors(folder_.path() / "model-1.safetensors", std::span(parameters).first(5), DataType::f32);
  write_safetensors(folder_.path() / "model-2.safetensors", std::span(parameters).subspan(5), DataType::f32);
  nlohmann::json index;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    index["weight_map"][parameters[i].name] = i < 5 ? "model-1.safetensors" : "model-2.safetensors";
  }
  const std::string index_name = "model.safetensors.index.json";
  write(index.dump(), index_name);
  EXPECT_EQ(SafetensorsFiles::in_folder(folder_.path()).tensors().size(), parameters.size());

  for (const char* name : {"../model-1.safetensors", "/etc/passwd", "..", "", "absent.safetensors"}) {
    index["weight_map"][parameters[0].name] = name;
    write(index.dump(), index_name);
    EXPECT_THROW(SafetensorsFiles::in_folder(folder_.path()), InputError) << name;
  }
  write("{}", index_name);
  EXPECT_THROW(SafetensorsFiles::in_folder(folder_.path()), InputError);
}

TEST_F(Safetensors, CorruptedAndTruncatedFilesAreRefusedOrLoadedButNeverCrash) {
  const std::string bytes = read_file(tiny_folder("llama") / "model.safetensors");
  const std::filesystem::path folder = folder_.path();
  std::filesystem::copy(tiny_folder("llama") / "config.json", folder);
  const DecoderConfig config = read_hf_config(folder / "config.json");
  Random random(1, "corrupt");
  int refused = 0;
  for (int i = 0; i < 2000; ++i) {
    std::string changed = bytes;
    if (i % 4 == 0) {
      changed.resize(
          static_cast<std::size_t>(random.integer(0, static_cast<std::int64_t>(bytes.size()) - 1)));
    } else {
      for (std::int64_t change = random.integer(1, 3); change > 0; --change) {
        changed[static_cast<std::size_t>(random.integer(0, 2800))] =
            static_cast<char>(random.integer(0, 255));
      }
    }
    write(changed);
    try {
      const SafetensorsFiles files = SafetensorsFiles::in_folder(folder);
      (void)decoder_from_tensors(config, files.tensors(), folder.string(), DataType::f32);
    } catch (const InputError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000);
}

class HfConfig : public Safetensors {
 protected:
  std::string refusal_of(const std::function<void(nlohmann::json&)>& change) {
    nlohmann::json contents = read_json(tiny_folder("llama") / "config.json");
    change(contents);
    try {
      (void)read_hf_config(write(contents.dump(), "config.json"));
    } catch (const InputError& error) {
      EXPECT_NE(std::string(error.what()).find("config.json"), std::string::npos) << error.what();
      return error.what();
    }
    return "accepted";
  }
};

TEST_F(HfConfig, FieldsThatAreMissingWrongOrNotComputedAreNamed) {
  const auto expect = [&](const std::function<void(nlohmann::json&)>& change, const std::string& part) {
    EXPECT_NE(refusal_of(change).find(part), std::string::npos) << refusal_of(change);
  };
  expect([](auto&) {}, "accepted");
  expect([](auto& c) { c.erase("hidden_size"); }, "'hidden_size' is missing");
  expect([](auto& c) { c["hidden_size"] = "32"; }, "'hidden_size' is \"32\"");
  expect([](auto& c) { c["hidden_size"] = 32.5; }, "'hidden_size' is 32.5");
  expect([](auto& c) { c["num_hidden_layers"] = -1; }, "'num_hidden_layers' is -1");
  expect([](auto& c) { c["vocab_size"] = 1e300; }, "'vocab_size'");
  expect([](auto& c) { c["vocab_size"] = 18446744073709551615ULL; }, "'vocab_size'");
  expect([](auto& c) { c["num_attention_heads"] = 0; }, "heads is 0");
  expect([](auto& c) { c["model_type"] = "bert"; }, "family 'bert'");
  expect([](auto& c) { c["rope_parameters"] = {{"rope_type", "llama3"}, {"factor", 32}}; }, "'llama3'");
  expect([](auto& c) { c["rope_scaling"] = {{"type", "linear"}, {"factor", 2}}; }, "'linear'");
  expect([](auto& c) { c["rope_parameters"] = 3; }, "rope_parameters");
  expect([](auto& c) { c["mlp_bias"] = true; }, "'mlp_bias' is true");
  expect([](auto& c) { c["attention_bias"] = true; }, "'attention_bias' is true");
  expect([](auto& c) { c["hidden_act"] = "gelu"; }, "'gelu'");
  expect([](auto& c) { c = nlohmann::json::array(); }, "not a JSON object");
}

TEST_F(HfConfig, RopeThetaIsReadWhereTransformers4And5PutIt) {
  nlohmann::json contents = read_json(tiny_folder("llama") / "config.json");
  EXPECT_EQ(read_hf_config(tiny_folder("llama") / "config.json").rope_base, 100000.0F);
  contents.erase("rope_parameters");
  contents["rope_theta"] = 500000.0;
  contents["rope_scaling"] = nullptr;
  EXPECT_EQ(read_hf_config(write(contents.dump(), "config.json")).rope_base, 500000.0F);
}

}  // namespace
}  // namespace pbb

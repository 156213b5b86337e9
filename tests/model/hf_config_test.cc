// What a config.json says is used, known to change nothing, or refused by name.
#include "model/formats/hf_config.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "base/temporary_folder.h"
#include "model/tiny.h"

namespace pbb {
namespace {

using nlohmann::json;

// The message and hint with which a config is refused.
std::string refusal(const json& contents) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "config.json";
  std::ofstream(file) << contents;
  try {
    (void)read_hf_config(file);
  } catch (const InputError& error) {
    EXPECT_FALSE(error.hint().empty()) << error.what();
    return error.what();
  }
  return "accepted";
}

std::string refusal_with(const std::string& family, const std::string& key, const json& value) {
  json contents = read_json(tiny_folder(family) / "config.json");
  contents[key] = value;
  return refusal(contents);
}

// As the models' own repositories have them.
constexpr const char* smollm2 = R"({"architectures": ["LlamaForCausalLM"], "attention_bias": false,
  "attention_dropout": 0.0, "bos_token_id": 1, "eos_token_id": 2, "hidden_act": "silu", "hidden_size": 576,
  "initializer_range": 0.041666666666666664, "intermediate_size": 1536, "is_llama_config": true,
  "max_position_embeddings": 8192, "mlp_bias": false, "model_type": "llama", "num_attention_heads": 9,
  "num_hidden_layers": 30, "num_key_value_heads": 3, "pad_token_id": 2, "pretraining_tp": 1, "rms_norm_eps": 1e-05,
  "rope_interleaved": false, "rope_scaling": null, "rope_theta": 100000, "tie_word_embeddings": true,
  "torch_dtype": "bfloat16", "transformers_version": "4.42.3",
  "transformers.js_config": {"kv_cache_dtype": {"q4f16": "float16", "fp16": "float16"}}, "use_cache": true,
  "vocab_size": 49152})";
constexpr const char* llama2 =
    R"({"_name_or_path": "meta-llama/Llama-2-7b-hf", "architectures": ["LlamaForCausalLM"],
  "bos_token_id": 1, "eos_token_id": 2, "hidden_act": "silu", "hidden_size": 4096, "initializer_range": 0.02,
  "intermediate_size": 11008, "max_position_embeddings": 4096, "model_type": "llama", "num_attention_heads": 32,
  "num_hidden_layers": 32, "num_key_value_heads": 32, "pretraining_tp": 1, "rms_norm_eps": 1e-05,
  "rope_scaling": null, "tie_word_embeddings": false, "torch_dtype": "float16", "transformers_version": "4.31.0.dev0",
  "use_cache": true, "vocab_size": 32000})";
constexpr const char* qwen25 = R"({"architectures": ["Qwen2ForCausalLM"], "attention_dropout": 0.0,
  "bos_token_id": 151643, "eos_token_id": 151645, "hidden_act": "silu", "hidden_size": 896, "initializer_range": 0.02,
  "intermediate_size": 4864, "max_position_embeddings": 32768, "max_window_layers": 21, "model_type": "qwen2",
  "num_attention_heads": 14, "num_hidden_layers": 24, "num_key_value_heads": 2, "rms_norm_eps": 1e-06,
  "rope_theta": 1000000.0, "sliding_window": 32768, "tie_word_embeddings": true, "torch_dtype": "bfloat16",
  "transformers_version": "4.43.1", "use_cache": true, "use_mrope": false, "use_sliding_window": false,
  "vocab_size": 151936})";
constexpr const char* qwen3 = R"({"architectures": ["Qwen3ForCausalLM"], "attention_bias": false,
  "attention_dropout": 0.0, "bos_token_id": 151643, "eos_token_id": 151645, "head_dim": 128, "hidden_act": "silu",
  "hidden_size": 1024, "initializer_range": 0.02, "intermediate_size": 3072, "max_position_embeddings": 40960,
  "max_window_layers": 28, "model_type": "qwen3", "num_attention_heads": 16, "num_hidden_layers": 28,
  "num_key_value_heads": 8, "rms_norm_eps": 1e-06, "rope_scaling": null, "rope_theta": 1000000,
  "sliding_window": null, "tie_word_embeddings": true, "torch_dtype": "bfloat16", "transformers_version": "4.51.0",
  "use_cache": true, "use_sliding_window": false, "vocab_size": 151936})";

TEST(HfConfigKeys, ConfigsOfRealModelsAreAccepted) {
  for (const char* text : {smollm2, llama2, qwen25, qwen3}) {
    EXPECT_EQ(refusal(json::parse(text)), "accepted") << text;
  }
  for (const char* family : {"llama", "qwen2", "qwen3"}) {  // as transformers 5 writes them
    EXPECT_EQ(refusal(read_json(tiny_folder(family) / "config.json")), "accepted") << family;
  }
  json trained = json::parse(smollm2);  // what trainers leave behind
  trained.update({{"_attn_implementation_autoset", true},
                  {"unsloth_version", "2025.3"},
                  {"hidden_dropout", 0.1},
                  {"use_flash_attn", true},
                  {"is_causal", true},
                  {"pruned_heads", json::object()},
                  {"partial_rotary_factor", 1.0},
                  {"sliding_window", 8192},
                  {"router_aux_loss", nullptr}});
  EXPECT_EQ(refusal(trained), "accepted");
}

// Case rope_partial, and the rest of its kind.
TEST(HfConfigKeys, WhatCouldChangeTheMathematicsIsRefusedByName) {
  const std::vector<std::pair<std::string, json>> keys = {
      {"partial_rotary_factor", 0.5},
      {"rotary_pct", 0.25},
      {"rope_interleaved", true},
      {"logit_scale", 0.0625},
      {"logits_scaling", 8.0},
      {"final_logit_softcapping", 30.0},
      {"attn_logit_softcapping", 50.0},
      {"query_pre_attn_scalar", 256},
      {"attention_multiplier", 0.015625},
      {"embedding_multiplier", 12.0},
      {"residual_multiplier", 0.22},
      {"scale_depth", 1.4},
      {"is_causal", false},
      {"use_rope", false},
      {"clip_qkv", 8.0},
      {"use_qk_norm", true},
      {"layer_norm_eps", 1e-5},
      {"hidden_activation", "gelu_pytorch_tanh"},
      {"num_local_experts", 8},
      {"no_rope_layers", {1, 1, 0}},
      {"quantization_config", {{"quant_method", "awq"}, {"bits", 4}}},
      {"auto_map", {{"AutoModelForCausalLM", "modeling.Other"}}},
      {"mlp_bias", true},
      {"hidden_act", "relu"},
      {"a_key_of_the_future", 3},
  };
  for (const char* family : {"llama", "qwen2", "qwen3"}) {
    for (const auto& [key, value] : keys) {
      const std::string message = refusal_with(family, key, value);
      EXPECT_NE(message.find(fmt::format("config.json: '{}' is ", key)), std::string::npos) << message;
    }
  }
}

TEST(HfConfigKeys, RopeIsRefusedByNameWhereverItIsScaled) {
  const json scalings = {{"partial_rotary_factor", 0.5},
                         {"factor", 4.0},
                         {"mrope_section", {16, 24, 24}},
                         {"full_attention", {{"rope_theta", 1e6}}}};
  for (const char* field : {"rope_parameters", "rope_scaling"}) {
    for (const auto& [key, value] : scalings.items()) {
      json rope = {{"rope_theta", 1e4}};
      rope[key] = value;
      const std::string message = refusal_with("llama", field, rope);
      EXPECT_NE(message.find(fmt::format("'{}.{}' is ", field, key)), std::string::npos) << message;
    }
    const json whole = {{"rope_type", "default"}, {"rope_theta", 1e4}, {"partial_rotary_factor", 1.0}};
    EXPECT_EQ(refusal_with("llama", field, whole), "accepted");
  }
}

TEST(HfConfigKeys, ASlidingWindowIsRefusedWhereItIsActive) {
  EXPECT_NE(refusal_with("llama", "sliding_window", 16).find("'sliding_window' is 16"), std::string::npos);
  EXPECT_EQ(refusal_with("qwen2", "sliding_window", 16), "accepted");  // use_sliding_window is false
  EXPECT_NE(refusal_with("qwen2", "use_sliding_window", true).find("'use_sliding_window' is true"),
            std::string::npos);
  const json mixed = {"full_attention", "sliding_attention"};
  for (const char* family : {"llama", "qwen2", "qwen3"}) {
    EXPECT_NE(refusal_with(family, "layer_types", mixed).find("'layer_types' is "), std::string::npos);
  }
}

}  // namespace
}  // namespace pbb

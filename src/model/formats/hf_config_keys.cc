// The keys that the configs of Llama, SmolLM2, Qwen2 and Qwen3 carry, as transformers 4 and 5 write them, and
// what trainers leave there.
#include "model/formats/hf_config_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/error.h"

namespace pbb {
namespace {

using nlohmann::json;

// Read, or judged, in hf_config.cc.
constexpr std::array used_fields = {
    "model_type",
    "vocab_size",
    "hidden_size",
    "intermediate_size",
    "num_hidden_layers",
    "num_attention_heads",
    "num_key_value_heads",
    "head_dim",
    "max_position_embeddings",
    "rope_theta",
    "rope_parameters",
    "rope_scaling",
    "rms_norm_eps",
    "tie_word_embeddings",
    "hidden_act",
    "attention_bias",
    "mlp_bias",
    "sliding_window",
    "use_sliding_window",
    "layer_types",
};

// Names, versions, how to store and run it, how it was initialised or trained, how to generate: none of these
// changes the probabilities of the next token. pretraining_tp and chunk_size_feed_forward cut products into
// parts; max_window_layers counts only beside use_sliding_window.
constexpr std::array harmless_fields = {
    "architectures",
    "name_or_path",
    "tokenizer_class",
    "torch_dtype",
    "dtype",
    "use_bfloat16",
    "attn_implementation",
    "use_flash_attn",
    "use_flash_attention",
    "use_flash_attention_2",
    "use_cache",
    "initializer_range",
    "gradient_checkpointing",
    "neftune_noise_alpha",
    "pretraining_tp",
    "chunk_size_feed_forward",
    "max_window_layers",
    "is_llama_config",
    "is_decoder",
    "finetuning_task",
    "task_specific_params",
    "problem_type",
    "id2label",
    "label2id",
    "num_labels",
    "return_dict",
    "output_attentions",
    "output_hidden_states",
    "torchscript",
    "keys_to_ignore_at_inference",
    "transformers.js_config",
    "unsloth_fixed",
    "cache_implementation",
    "model_max_length",
    "max_sequence_length",
    "max_seq_len",
    "max_seq_length",
    "max_length",
    "min_length",
    "max_new_tokens",
    "do_sample",
    "early_stopping",
    "temperature",
    "top_k",
    "top_p",
    "typical_p",
    "num_beams",
    "num_beam_groups",
    "num_return_sequences",
    "diversity_penalty",
    "length_penalty",
    "repetition_penalty",
    "no_repeat_ngram_size",
    "encoder_no_repeat_ngram_size",
    "bad_words_ids",
    "suppress_tokens",
    "begin_suppress_tokens",
    "return_dict_in_generate",
};
constexpr std::array harmless_endings = {"_version", "_token_id", "_dropout", "_dropout_prob", "_pdrop"};

// What changes nothing at one value, and does at any other.
struct NeutralField {
  const char* key;
  double value;
};
constexpr std::array neutral_fields = {
    NeutralField{"partial_rotary_factor", 1},
    NeutralField{"rotary_pct", 1},
    NeutralField{"logit_scale", 1},
    NeutralField{"logits_scaling", 1},
    NeutralField{"embedding_multiplier", 1},
    NeutralField{"residual_multiplier", 1},
    NeutralField{"scale_emb", 1},
    NeutralField{"num_nextn_predict_layers", 0},
};

// What is true where a config does not say it, so that false says something.
constexpr std::array true_fields = {
    "is_causal", "use_rope", "rope", "use_rms_norm", "scale_attn_weights", "gated_mlp",
};

constexpr const char* not_known = "pbb does not know that key, or does not compute it";

bool says_nothing(const json& value) {
  return value.is_null() || value == false ||
         (value.is_string() && value.get_ref<const std::string&>().empty()) ||
         (value.is_structured() && value.empty());
}

template <typename Names>
bool names(const Names& list, std::string_view key) {
  return std::ranges::any_of(list, [&](const char* name) { return key == name; });
}

bool is_harmless(std::string_view key) {
  // By transformers' convention a leading underscore marks what the library notes for itself.
  return key.starts_with('_') || names(used_fields, key) || names(harmless_fields, key) ||
         std::ranges::any_of(harmless_endings, [&](const char* ending) { return key.ends_with(ending); });
}

[[noreturn]] void refuse(const std::string& key, const json& value, const std::string& file,
                         const std::string& why) {
  constexpr std::size_t most = 120;  // of a value that may be an object of any size
  std::string shown = value.dump(-1, ' ', true);
  if (shown.size() > most) shown = shown.substr(0, most) + " ...";
  throw InputError(
      fmt::format("{}: '{}' is {}; {}", file, key, shown, why),
      "pbb leaves out nothing that may change what a model computes: if this key does not, remove it "
      "from the file; else take a model without it");
}

}  // namespace

void refuse_unknown_keys(const json& config, const std::string& file) {
  for (const auto& [key, value] : config.items()) {
    if (names(true_fields, key) && value.is_boolean()) {
      if (value == false) refuse(key, value, file, "pbb computes true only");
      continue;
    }
    if (is_harmless(key) || says_nothing(value)) continue;
    const auto neutral = std::ranges::find(neutral_fields, std::string_view(key), &NeutralField::key);
    if (neutral == neutral_fields.end()) refuse(key, value, file, not_known);
    if (value != neutral->value) {
      refuse(key, value, file, fmt::format("pbb computes {:g} only", neutral->value));
    }
  }
}

void refuse_unknown_rope_keys(const json& rope, const std::string& field, const std::string& file) {
  for (const auto& [key, value] : rope.items()) {
    if (key == "rope_type" || key == "type" || key == "rope_theta" || says_nothing(value)) continue;
    const bool is_neutral = key == "factor" || key == "partial_rotary_factor" || key == "attention_factor";
    if (is_neutral && value == 1) continue;
    refuse(field + "." + key, value, file, is_neutral ? "pbb computes 1 only" : not_known);
  }
}

}  // namespace pbb

// config.json, both ways.
#include "model/formats/hf_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "base/error.h"
#include "base/json_lines.h"
#include "model/formats/hf_config_keys.h"

namespace pbb {
namespace {

using nlohmann::json;

// The fields of a config.json; a field that is null counts as absent, as it does for transformers.
class ConfigFields {
 public:
  ConfigFields(const json& object, std::string file) : object_(object), file_(std::move(file)) {
    if (!object_.is_object()) fail("not a JSON object", "expected Hugging Face's config.json");
  }

  const json* find(const char* field) const {
    const auto found = object_.find(field);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  }

  std::int64_t integer(const char* field) const { return to_integer(field, require(field)); }
  std::int64_t integer(const char* field, std::int64_t otherwise) const {
    const json* value = find(field);
    return value == nullptr ? otherwise : to_integer(field, *value);
  }
  double number(const char* field, double otherwise) const {
    const json* value = find(field);
    if (value == nullptr) return otherwise;
    if (!value->is_number()) fail(fmt::format("'{}' is {}; expected a number", field, value->dump()));
    return value->get<double>();
  }
  bool boolean(const char* field, bool otherwise) const {
    const json* value = find(field);
    if (value == nullptr) return otherwise;
    if (!value->is_boolean()) fail(fmt::format("'{}' is {}; expected true or false", field, value->dump()));
    return value->get<bool>();
  }
  std::string string(const char* field, const std::string& otherwise) const {
    const json* value = find(field);
    if (value == nullptr) return otherwise;
    if (!value->is_string()) fail(fmt::format("'{}' is {}; expected a string", field, value->dump()));
    return value->get<std::string>();
  }

  [[noreturn]] void fail(const std::string& what, const std::string& hint = {}) const {
    throw InputError(fmt::format("{}: {}", file_, what), hint);
  }

 private:
  const json& require(const char* field) const {
    const json* value = find(field);
    if (value == nullptr) fail(fmt::format("'{}' is missing", field), "expected Hugging Face's config.json");
    return *value;
  }
  std::int64_t to_integer(const char* field, const json& value) const {
    const bool fits =
        value.is_number_integer() && value >= 0 && value <= std::numeric_limits<std::int32_t>::max();
    if (!fits) fail(fmt::format("'{}' is {}; expected a whole number", field, value.dump()));
    return value.get<std::int64_t>();
  }

  const json& object_;
  std::string file_;
};

// transformers 4 has rope_theta and rope_scaling beside each other, transformers 5 both within
// rope_parameters.
double read_rope_base(const ConfigFields& fields, const std::string& file) {
  double base = fields.number("rope_theta", 10000.0);
  for (const char* field : {"rope_parameters", "rope_scaling"}) {
    const json* value = fields.find(field);
    if (value == nullptr) continue;
    const ConfigFields rope(*value, fmt::format("{}: {}", file, field));
    const std::string type = rope.string("rope_type", rope.string("type", "default"));
    if (type != "default") {
      fields.fail(fmt::format("'{}' asks for rope of type '{}', which pbb does not compute", field, type),
                  "take a model without rope scaling");
    }
    refuse_unknown_rope_keys(*value, field, file);
    base = rope.number("rope_theta", base);
  }
  return base;
}

constexpr const char* other_model = "take a model without it";

// Whether a layer looks back less far than the model's context. Llama has no such key, but files that were
// Mistral's before have; Qwen's files name a window that only use_sliding_window makes count.
void refuse_sliding_windows(const ConfigFields& fields, const DecoderConfig& config) {
  if (fields.boolean("use_sliding_window", false)) {
    fields.fail("'use_sliding_window' is true; pbb does not compute that", other_model);
  }
  if (const json* types = fields.find("layer_types")) {
    const auto is_full = [](const json& type) { return type == "full_attention"; };
    if (!types->is_array() || !std::ranges::all_of(*types, is_full)) {
      fields.fail(fmt::format("'layer_types' is {}; pbb computes 'full_attention' only", types->dump()),
                  other_model);
    }
  }
  const std::int64_t window = fields.integer("sliding_window", config.context);
  if (config.family == "llama" && window > 0 && window < config.context) {
    fields.fail(fmt::format("'sliding_window' is {}; pbb does not compute that", window), other_model);
  }
}

void refuse_what_is_not_computed(const ConfigFields& fields, const DecoderConfig& config) {
  const std::string activation = fields.string("hidden_act", "silu");
  if (activation != "silu" && activation != "swish") {  // two names of one function
    fields.fail(fmt::format("'hidden_act' is '{}'; expected 'silu'", activation), other_model);
  }
  if (fields.boolean("mlp_bias", false))
    fields.fail("'mlp_bias' is true; pbb does not compute that", other_model);
  if (config.family != "qwen2" && fields.boolean("attention_bias", false)) {
    fields.fail("'attention_bias' is true; pbb computes it for qwen2 only", other_model);
  }
  refuse_sliding_windows(fields, config);
}

// The shortest decimal that is this float: 1e-05, not 9.999999747378752e-06.
double shortest(float value) {
  return std::stod(fmt::format("{}", value));
}

}  // namespace

DecoderConfig read_hf_config(const std::filesystem::path& file) {
  const json contents = read_json(file);
  const ConfigFields fields(contents, file.string());
  DecoderConfig config;
  config.family = fields.string("model_type", "");
  config.vocabulary = fields.integer("vocab_size");
  config.width = fields.integer("hidden_size");
  config.feed_forward = fields.integer("intermediate_size");
  config.layers = fields.integer("num_hidden_layers");
  config.heads = static_cast<int>(fields.integer("num_attention_heads"));
  config.kv_heads = static_cast<int>(fields.integer("num_key_value_heads", config.heads));
  const std::int64_t even_share = config.heads > 0 ? config.width / config.heads : 0;
  config.head_size =
      static_cast<int>(fields.integer("head_dim", config.family == "qwen3" ? 128 : even_share));
  config.context = static_cast<int>(fields.integer("max_position_embeddings"));
  config.rope_base = static_cast<float>(read_rope_base(fields, file.string()));
  config.norm_epsilon = static_cast<float>(fields.number("rms_norm_eps", 1e-6));
  config.tied_embeddings = fields.boolean("tie_word_embeddings", false);
  config.attention_bias = config.family == "qwen2";
  config.query_key_norm = config.family == "qwen3";
  try {
    config.check();
  } catch (const InputError& error) {
    fields.fail(error.what(), error.hint());
  }
  refuse_what_is_not_computed(fields, config);
  refuse_unknown_keys(contents, file.string());
  return config;
}

std::string hf_config_json(const DecoderConfig& config, const TokenizerData& tokenizer, DataType type) {
  const bool is_llama = config.family == "llama";
  nlohmann::ordered_json out;
  out["architectures"] = {is_llama ? "LlamaForCausalLM"
                                   : (config.family == "qwen2" ? "Qwen2ForCausalLM" : "Qwen3ForCausalLM")};
  out["model_type"] = config.family;
  out["vocab_size"] = config.vocabulary;
  out["hidden_size"] = config.width;
  out["intermediate_size"] = config.feed_forward;
  out["num_hidden_layers"] = config.layers;
  out["num_attention_heads"] = config.heads;
  out["num_key_value_heads"] = config.kv_heads;
  out["head_dim"] = config.head_size;
  out["max_position_embeddings"] = config.context;
  out["rope_theta"] = shortest(config.rope_base);  // transformers 4
  out["rope_parameters"] = {{"rope_type", "default"},
                            {"rope_theta", shortest(config.rope_base)}};  // transformers 5
  out["rms_norm_eps"] = shortest(config.norm_epsilon);
  out["tie_word_embeddings"] = config.tied_embeddings;
  out["hidden_act"] = "silu";
  out["attention_bias"] = config.attention_bias;
  if (is_llama) out["mlp_bias"] = false;
  if (tokenizer.begin) out["bos_token_id"] = *tokenizer.begin;
  if (tokenizer.end) out["eos_token_id"] = *tokenizer.end;
  out["torch_dtype"] = type == DataType::f32 ? "float32" : "bfloat16";  // transformers 4
  out["dtype"] = out["torch_dtype"];                                    // transformers 5
  return out.dump(2) + "\n";
}

std::string hf_generation_config_json(const Tokenizer& tokenizer) {
  nlohmann::ordered_json out = nlohmann::ordered_json::object();
  if (tokenizer.data().begin) out["bos_token_id"] = *tokenizer.data().begin;
  const std::vector<std::int32_t> ends = tokenizer.end_tokens();
  if (ends.size() == 1) out["eos_token_id"] = ends.front();
  if (ends.size() > 1) out["eos_token_id"] = ends;
  return out.dump(2) + "\n";
}

}  // namespace pbb

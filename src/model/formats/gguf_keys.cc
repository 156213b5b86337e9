// The metadata that llama.cpp and its converters know for llama, qwen2 and qwen3.
#include "model/formats/gguf_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <type_traits>

#include "base/error.h"

namespace pbb {
namespace {

// Read by read_gguf_config, or judged below.
constexpr std::array used = {
    "vocab_size",           "embedding_length",       "feed_forward_length",
    "block_count",          "attention.head_count",   "attention.head_count_kv",
    "attention.key_length", "attention.value_length", "attention.layer_norm_rms_epsilon",
    "context_length",       "rope.freq_base",         "rope.dimension_count",
    "rope.scaling.type",    "rope.scaling.factor",    "rope.scale_linear",
};

// How the file was laid out, what a scaling that is none began from, and what is done with the last layer's
// output in place of predicting tokens.
constexpr std::array harmless = {"tensor_data_layout", "rope.scaling.original_context_length",
                                 "rope.scaling.finetuned", "pooling_type"};

// What changes nothing at these values, and does at any other.
struct NeutralKey {
  const char* key;
  double value;
};
constexpr std::array neutral_keys = {
    NeutralKey{"expert_count", 0},
    NeutralKey{"expert_used_count", 0},
    NeutralKey{"expert_shared_count", 0},
    NeutralKey{"nextn_predict_layers", 0},
    NeutralKey{"attention.sliding_window", 0},
    NeutralKey{"attention.causal", 1},
    NeutralKey{"attention.scale", 0},  // llama.cpp: 0 is 1 / sqrt(head size)
    NeutralKey{"attention.clamp_kqv", 0},
    NeutralKey{"attention.max_alibi_bias", 0},
    NeutralKey{"attn_logit_softcapping", 0},
    NeutralKey{"final_logit_softcapping", 0},
    NeutralKey{"logit_scale", 1},
    NeutralKey{"embedding_scale", 1},
    NeutralKey{"residual_scale", 1},
    NeutralKey{"use_parallel_residual", 0},
    NeutralKey{"rope.scaling.attn_factor", 1},
};

std::optional<double> number_of(const GgufValue& value) {
  return std::visit(
      [](const auto& held) -> std::optional<double> {
        if constexpr (std::is_arithmetic_v<std::decay_t<decltype(held)>>) return static_cast<double>(held);
        return std::nullopt;
      },
      value);
}

std::string shown(const GgufValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return fmt::format("'{}'", text->substr(0, 120));
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
  const auto number = number_of(value);
  return number ? fmt::format("{:g}", *number) : "a list";
}

[[noreturn]] void refuse(const GgufFile& file, const std::string& key, const GgufValue& value,
                         const std::string& why, const char* hint) {
  throw InputError(fmt::format("{}: metadata '{}' is {}; {}", file.name(), key, shown(value), why), hint);
}

// llama.cpp: a factor is that of linear scaling unless a type says otherwise; the older key counts where the
// newer is absent; 0 stands for 1.
void refuse_rope_scaling(const GgufFile& file, const std::string& architecture) {
  constexpr const char* hint = "take a model without rope scaling";
  const auto key = [&](const char* field) { return fmt::format("{}.rope.{}", architecture, field); };
  const std::string* type = file.find<std::string>(key("scaling.type"));
  if (type != nullptr && *type == "none") return;
  if (type != nullptr && *type != "linear") {
    refuse(file, key("scaling.type"), *type, "rope scaling is not supported", hint);
  }
  for (const char* field : {"scaling.factor", "scale_linear"}) {
    const auto found = file.metadata().find(key(field));
    if (found == file.metadata().end()) continue;
    const auto factor = number_of(found->second);
    if (factor == 0.0 || factor == 1.0) continue;
    refuse(file, found->first, found->second, "rope scaling is not supported", hint);
  }
}

bool names(const auto& list, std::string_view key) {
  return std::ranges::any_of(list, [&](const char* name) { return key == name; });
}

// Whether `number` at this key leaves the model as it is.
bool is_neutral(std::string_view key, std::optional<double> number, int context) {
  if (key == "attention.sliding_window" && number && *number >= context) return true;
  return std::ranges::any_of(
      neutral_keys, [&](const NeutralKey& neutral) { return key == neutral.key && number == neutral.value; });
}

}  // namespace

void refuse_unknown_gguf_keys(const GgufFile& file, const std::string& architecture, int context) {
  refuse_rope_scaling(file, architecture);
  const std::string prefix = architecture + ".";
  for (const auto& [key, value] : file.metadata()) {
    if (!key.starts_with(prefix)) continue;
    const std::string_view field = std::string_view(key).substr(prefix.size());
    if (names(used, field) || names(harmless, field) || is_neutral(field, number_of(value), context))
      continue;
    refuse(file, key, value, "pbb does not know that key, or does not compute it",
           "pbb leaves out nothing that may change what a model computes; take a model without it");
  }
}

}  // namespace pbb

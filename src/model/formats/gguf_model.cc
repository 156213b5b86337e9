// What GGUF's metadata and tensor names mean for a decoder.
#include <fmt/format.h>

#include <array>
#include <limits>
#include <utility>

#include "base/error.h"
#include "model/formats/gguf.h"
#include "model/formats/gguf_keys.h"

namespace pbb {
namespace {

// Hugging Face's names of what llama.cpp calls "blk.N.REST".
constexpr std::array<std::pair<std::string_view, std::string_view>, 14> layer_names{{
    {"attn_norm.weight", "input_layernorm.weight"},
    {"attn_q.weight", "self_attn.q_proj.weight"},
    {"attn_k.weight", "self_attn.k_proj.weight"},
    {"attn_v.weight", "self_attn.v_proj.weight"},
    {"attn_q.bias", "self_attn.q_proj.bias"},
    {"attn_k.bias", "self_attn.k_proj.bias"},
    {"attn_v.bias", "self_attn.v_proj.bias"},
    {"attn_q_norm.weight", "self_attn.q_norm.weight"},
    {"attn_k_norm.weight", "self_attn.k_norm.weight"},
    {"attn_output.weight", "self_attn.o_proj.weight"},
    {"ffn_norm.weight", "post_attention_layernorm.weight"},
    {"ffn_gate.weight", "mlp.gate_proj.weight"},
    {"ffn_up.weight", "mlp.up_proj.weight"},
    {"ffn_down.weight", "mlp.down_proj.weight"},
}};

// Empty when there is none.
std::string hugging_face_name(std::string_view name) {
  if (name == "token_embd.weight") return "model.embed_tokens.weight";
  if (name == "output_norm.weight") return "model.norm.weight";
  if (name == "output.weight") return "lm_head.weight";
  if (!name.starts_with("blk.")) return {};
  name.remove_prefix(4);
  const std::string_view layer = name.substr(0, name.find('.'));
  if (layer.empty() || layer.size() == name.size()) return {};
  if (layer.find_first_not_of("0123456789") != std::string_view::npos) return {};
  for (const auto& [ours, theirs] : layer_names) {
    if (name.substr(layer.size() + 1) == ours) return fmt::format("model.layers.{}.{}", layer, theirs);
  }
  return {};
}

// Metadata of the architecture: "llama.block_count" and so on.
class ArchitectureFields {
 public:
  ArchitectureFields(const GgufFile& file, std::string architecture)
      : file_(file), architecture_(std::move(architecture)) {}

  std::int64_t integer(std::string_view field) const {
    return narrow(field, file_.require<std::int64_t>(key(field)));
  }
  std::int64_t integer(std::string_view field, std::int64_t otherwise) const {
    const std::int64_t* value = file_.find<std::int64_t>(key(field));
    return value == nullptr ? otherwise : narrow(field, *value);
  }
  double number(std::string_view field) const { return file_.require<double>(key(field)); }
  double number(std::string_view field, double otherwise) const {
    const double* value = file_.find<double>(key(field));
    return value == nullptr ? otherwise : *value;
  }
  std::string string(std::string_view field, std::string_view otherwise) const {
    const std::string* value = file_.find<std::string>(key(field));
    return std::string(value == nullptr ? otherwise : *value);
  }
  std::string key(std::string_view field) const { return fmt::format("{}.{}", architecture_, field); }

 private:
  std::int64_t narrow(std::string_view field, std::int64_t value) const {
    if (value < 0 || value > std::numeric_limits<std::int32_t>::max()) {
      throw InputError(fmt::format("{}: metadata '{}' is {}; expected 0 to {}", file_.name(), key(field),
                                   value, std::numeric_limits<std::int32_t>::max()),
                       "the file is damaged; fetch it again");
    }
    return value;
  }

  const GgufFile& file_;
  std::string architecture_;
};

const StoredTensor* find_tensor(const GgufFile& file, std::string_view name) {
  for (const StoredTensor& tensor : file.tensors()) {
    if (tensor.name == name) return &tensor;
  }
  return nullptr;
}

void refuse_partly_rotated(const GgufFile& file, const ArchitectureFields& fields,
                           const DecoderConfig& config) {
  const std::int64_t rotated = fields.integer("rope.dimension_count", config.head_size);
  if (rotated != config.head_size || fields.integer("attention.value_length", rotated) != rotated) {
    throw InputError(fmt::format("{}: heads of {} of which {} are rotated; expected all of them", file.name(),
                                 config.head_size, rotated));
  }
}

// A file that stores the embedding a second time as the head is one of a tied model.
bool has_own_head(const GgufFile& file, const StoredTensor& embedding) {
  const StoredTensor* head = find_tensor(file, "output.weight");
  return head != nullptr && !(head->shape == embedding.shape && same_values(*head, embedding));
}

}  // namespace

DecoderConfig read_gguf_config(const GgufFile& file) {
  const std::string& architecture = file.require<std::string>("general.architecture");
  if (architecture != "llama" && architecture != "qwen2" && architecture != "qwen3") {
    throw InputError(fmt::format("{}: architecture '{}' is not supported", file.name(), architecture),
                     "supported: llama (SmolLM2 among them), qwen2, qwen3");
  }
  const StoredTensor* embedding = find_tensor(file, "token_embd.weight");
  if (embedding == nullptr || embedding->shape.size() != 2) {
    throw InputError(fmt::format("{}: no matrix 'token_embd.weight'", file.name()),
                     "is it a language model?");
  }
  const ArchitectureFields fields(file, architecture);
  DecoderConfig config;
  config.family = architecture;
  config.vocabulary = fields.integer("vocab_size", embedding->rows());
  config.width = fields.integer("embedding_length");
  config.feed_forward = fields.integer("feed_forward_length");
  config.layers = fields.integer("block_count");
  config.heads = static_cast<int>(fields.integer("attention.head_count"));
  config.kv_heads = static_cast<int>(fields.integer("attention.head_count_kv", config.heads));
  const std::int64_t even_share = config.heads > 0 ? config.width / config.heads : 0;
  config.head_size = static_cast<int>(fields.integer("attention.key_length", even_share));
  config.context = static_cast<int>(fields.integer("context_length"));
  config.rope_base = static_cast<float>(fields.number("rope.freq_base", 10000.0));
  config.norm_epsilon = static_cast<float>(fields.number("attention.layer_norm_rms_epsilon"));
  config.tied_embeddings = !has_own_head(file, *embedding);
  config.attention_bias = architecture == "qwen2";
  config.query_key_norm = architecture == "qwen3";
  refuse_unknown_gguf_keys(file, architecture, config.context);
  refuse_partly_rotated(file, fields, config);
  try {
    config.check();
  } catch (const InputError& error) {
    throw InputError(fmt::format("{}: {}", file.name(), error.what()), error.hint());
  }
  return config;
}

std::vector<StoredTensor> gguf_tensors_for(const GgufFile& file, const DecoderConfig& config) {
  std::vector<StoredTensor> tensors = file.tensors();
  for (StoredTensor& tensor : tensors) {
    const std::string name = hugging_face_name(tensor.name);
    if (name.empty()) {
      throw InputError(fmt::format("{}: tensor '{}' {} is not part of a decoder that pbb computes",
                                   file.name(), tensor.name, shape_text(tensor.shape)),
                       "supported families: llama (without rope scaling or experts), qwen2, qwen3");
    }
    if (config.family == "llama" && name.ends_with("q_proj.weight")) tensor.interleaved_heads = config.heads;
    if (config.family == "llama" && name.ends_with("k_proj.weight"))
      tensor.interleaved_heads = config.kv_heads;
    tensor.name = name;
  }
  return tensors;
}

}  // namespace pbb

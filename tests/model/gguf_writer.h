// Writes small GGUF files for tests: good ones, and bad ones that a careful reader refuses.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "model/decoder.h"

namespace pbb {

class GgufWriter {
 public:
  std::uint32_t version = 3;
  std::uint64_t alignment = 32;  // where tensors are put

  void text(const std::string& key, const std::string& value) {
    begin_value(key, 8);
    put_string(metadata_, value);
  }
  void number(const std::string& key, std::uint32_t value) {
    begin_value(key, 4);
    put(metadata_, value);
  }
  void real(const std::string& key, float value) {
    begin_value(key, 6);
    put(metadata_, value);
  }
  void texts(const std::string& key, const std::vector<std::string>& values) {
    begin_value(key, 9);
    put(metadata_, std::uint32_t{8});
    put(metadata_, std::uint64_t{values.size()});
    for (const std::string& value : values) put_string(metadata_, value);
  }
  void numbers(const std::string& key, const std::vector<std::int32_t>& values) {
    begin_value(key, 9);
    put(metadata_, std::uint32_t{5});
    put(metadata_, std::uint64_t{values.size()});
    for (const std::int32_t value : values) put(metadata_, value);
  }
  // Bytes that metadata would be made of; counts as one value.
  void raw_value(const std::string& key, std::uint32_t type, const std::string& bytes) {
    begin_value(key, type);
    metadata_ += bytes;
  }
  // shape in row-major order; type as ggml numbers it. offset: where the file claims the data to be, if not
  // where it is.
  void tensor(const std::string& name, const std::vector<std::uint64_t>& shape, std::uint32_t type,
              const std::string& bytes, std::int64_t offset = -1) {
    data_.resize((data_.size() + alignment - 1) / alignment * alignment);
    put_string(infos_, name);
    put(infos_, static_cast<std::uint32_t>(shape.size()));
    for (std::size_t axis = shape.size(); axis-- > 0;) put(infos_, shape[axis]);
    put(infos_, type);
    put(infos_, offset < 0 ? std::uint64_t{data_.size()} : static_cast<std::uint64_t>(offset));
    data_ += bytes;
    ++tensors_;
  }
  void tensor(const std::string& name, const std::vector<std::uint64_t>& shape,
              std::span<const float> values) {
    tensor(name, shape, 0, std::string(reinterpret_cast<const char*>(values.data()), values.size_bytes()));
  }

  std::string bytes() const {
    std::string out = "GGUF";
    put(out, version);
    put(out, tensors_);
    put(out, values_);
    out += metadata_ + infos_;
    out.resize((out.size() + alignment - 1) / alignment * alignment);
    return out + data_;
  }

  template <typename T>
  static void put(std::string& out, T value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  static void put_string(std::string& out, const std::string& text) {
    put(out, std::uint64_t{text.size()});
    out += text;
  }

 private:
  void begin_value(const std::string& key, std::uint32_t type) {
    put_string(metadata_, key);
    put(metadata_, type);
    ++values_;
  }

  std::string metadata_, infos_, data_;
  std::uint64_t tensors_ = 0, values_ = 0;
};

// "model.layers.0.self_attn.q_proj.weight" as llama.cpp names it.
inline std::string ggml_name(std::string name) {
  const std::vector<std::pair<std::string, std::string>> parts = {
      {"model.embed_tokens", "token_embd"},
      {"model.norm", "output_norm"},
      {"lm_head", "output"},
      {"model.layers.", "blk."},
      {"self_attn.q_proj", "attn_q"},
      {"self_attn.k_proj", "attn_k"},
      {"self_attn.v_proj", "attn_v"},
      {"self_attn.o_proj", "attn_output"},
      {"self_attn.q_norm", "attn_q_norm"},
      {"self_attn.k_norm", "attn_k_norm"},
      {"post_attention_layernorm", "ffn_norm"},
      {"input_layernorm", "attn_norm"},
      {"mlp.gate_proj", "ffn_gate"},
      {"mlp.up_proj", "ffn_up"},
      {"mlp.down_proj", "ffn_down"},
  };
  for (const auto& [from, to] : parts) {
    if (const auto at = name.find(from); at != std::string::npos) name.replace(at, from.size(), to);
  }
  return name;
}

// Rows as llama.cpp's converter lays them: (heads, 2, size/2) to (heads, size/2, 2).
inline std::vector<float> interleave_heads(std::span<const float> values, std::size_t heads,
                                           std::size_t columns) {
  const std::size_t rows = values.size() / columns, half = rows / heads / 2;
  std::vector<float> out(values.size());
  for (std::size_t h = 0; h < heads; ++h) {
    for (std::size_t side = 0; side < 2; ++side) {
      for (std::size_t i = 0; i < half; ++i) {
        const std::size_t from = (h * 2 + side) * half + i, to = (h * half + i) * 2 + side;
        std::memcpy(&out[to * columns], &values[from * columns], columns * sizeof(float));
      }
    }
  }
  return out;
}

// A whole model, tokeniser included: byte-like tokens and one merge.
inline GgufWriter gguf_of(const Decoder& decoder, const std::string& pre_tokenizer = "smollm") {
  const DecoderConfig& config = decoder.config();
  GgufWriter writer;
  const std::string family = config.family;
  writer.text("general.architecture", family);
  writer.number(family + ".block_count", static_cast<std::uint32_t>(config.layers));
  writer.number(family + ".context_length", static_cast<std::uint32_t>(config.context));
  writer.number(family + ".embedding_length", static_cast<std::uint32_t>(config.width));
  writer.number(family + ".feed_forward_length", static_cast<std::uint32_t>(config.feed_forward));
  writer.number(family + ".attention.head_count", static_cast<std::uint32_t>(config.heads));
  writer.number(family + ".attention.head_count_kv", static_cast<std::uint32_t>(config.kv_heads));
  writer.number(family + ".attention.key_length", static_cast<std::uint32_t>(config.head_size));
  writer.real(family + ".rope.freq_base", config.rope_base);
  writer.real(family + ".attention.layer_norm_rms_epsilon", config.norm_epsilon);
  writer.text("tokenizer.ggml.model", "gpt2");
  writer.text("tokenizer.ggml.pre", pre_tokenizer);
  std::vector<std::string> tokens = {"<|endoftext|>", "<|im_start|>", "<|im_end|>"};
  for (char c = '!'; c <= '~' && tokens.size() + 1 < static_cast<std::size_t>(config.vocabulary); ++c) {
    if (c != '~') tokens.emplace_back(1, c);
  }
  tokens.resize(96);
  tokens[95] = "Ġ";
  tokens.emplace_back("ab");
  std::vector<std::int32_t> types(tokens.size(), 1);
  types[0] = types[1] = types[2] = 3;
  writer.texts("tokenizer.ggml.tokens", tokens);
  writer.numbers("tokenizer.ggml.token_type", types);
  writer.texts("tokenizer.ggml.merges", {"a b"});
  writer.number("tokenizer.ggml.bos_token_id", 1);
  writer.number("tokenizer.ggml.eos_token_id", 2);
  writer.text("tokenizer.chat_template", "{% for message in messages %}");
  for (const Parameter& parameter : decoder.parameters()) {
    std::vector<std::uint64_t> shape(parameter.value.shape().begin(), parameter.value.shape().end());
    const std::span<const float> values = parameter.value.span<float>();
    const bool query = parameter.name.ends_with("q_proj.weight"),
               key = parameter.name.ends_with("k_proj.weight");
    if (family == "llama" && (query || key)) {
      const auto heads = static_cast<std::size_t>(query ? config.heads : config.kv_heads);
      writer.tensor(ggml_name(parameter.name), shape, interleave_heads(values, heads, shape.back()));
    } else {
      writer.tensor(ggml_name(parameter.name), shape, values);
    }
  }
  return writer;
}

}  // namespace pbb

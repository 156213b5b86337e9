// Every parameter must be there, once, in its shape; nothing else may be.
#include "model/formats/weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>
#include <utility>

#include "base/error.h"
#include "model/layout.h"

namespace pbb {
namespace {

using TensorsByName = std::map<std::string_view, const StoredTensor*>;

// A buffer that old checkpoints carry; it follows from the config.
bool is_derived(std::string_view name) {
  return name.ends_with(".rotary_emb.inv_freq");
}

TensorsByName by_name(std::span<const StoredTensor> tensors, const std::string& file) {
  TensorsByName found;
  for (const StoredTensor& tensor : tensors) {
    if (is_derived(tensor.name)) continue;
    if (!found.emplace(tensor.name, &tensor).second) {
      throw InputError(fmt::format("{}: tensor '{}' is there twice", file, tensor.name),
                       "the file is damaged; fetch it again");
    }
  }
  return found;
}

// What a tensor is that no place asks for.
struct UnknownTensor {
  const char* message;
  const char* hint;
};

void check_against_layout(const TensorsByName& tensors, const std::vector<ParameterPlace>& layout,
                          const std::string& file, const UnknownTensor& unknown) {
  for (const ParameterPlace& place : layout) {
    const auto found = tensors.find(place.name);
    if (found == tensors.end()) {
      throw InputError(
          fmt::format("{}: tensor '{}' {} is missing", file, place.name, shape_text(place.shape)),
          "is the download complete, and does the config belong to these weights?");
    }
    if (found->second->shape != place.shape) {
      throw InputError(fmt::format("{}: tensor '{}' has shape {}; the config asks for {}", file, place.name,
                                   shape_text(found->second->shape), shape_text(place.shape)),
                       "does the config belong to these weights?");
    }
  }
  if (tensors.size() == layout.size()) return;
  for (const auto& [name, tensor] : tensors) {
    const auto same_name = [&](const ParameterPlace& place) { return place.name == name; };
    if (std::ranges::none_of(layout, same_name)) {
      throw InputError(
          fmt::format("{}: tensor '{}' {} {}", file, name, shape_text(tensor->shape), unknown.message),
          unknown.hint);
    }
  }
}

// A tied model's file may store the embedding a second time, as the head. Two that differ are two matrices,
// of which a tied model could use one only.
void check_stored_head(const StoredTensor& head, const StoredTensor& embedding, const std::string& file) {
  if (head.shape == embedding.shape && same_values(head, embedding)) return;
  throw InputError(
      fmt::format(
          "{}: the embeddings are tied, but 'lm_head.weight' {} differs from 'model.embed_tokens.weight' {}",
          file, shape_text(head.shape), shape_text(embedding.shape)),
      "if the head is one of its own, the config must say \"tie_word_embeddings\": false; if not, take "
      "lm_head.weight out of the file");
}

bool all_finite(std::span<const float> values) {
  constexpr std::uint32_t exponent = 0x7F800000U;  // all ones: infinite, or not a number
  std::int64_t others = 0;
#pragma omp parallel for simd reduction(+ : others) schedule(static) if (values.size() > (1 << 16))
  for (std::size_t i = 0; i < values.size(); ++i) {
    others += (std::bit_cast<std::uint32_t>(values[i]) & exponent) == exponent ? 1 : 0;
  }
  return others == 0;
}

void fill(std::span<const Parameter> places, const TensorsByName& tensors, const std::string& file) {
  for (const Parameter& parameter : places) {
    Tensor value = parameter.value;
    const std::span<float> values = value.span<float>();
    read_values(*tensors.at(parameter.name), values);
    if (!all_finite(values)) {
      throw InputError(fmt::format("{}: tensor '{}' holds a value that is not finite", file, parameter.name),
                       "the file is damaged; fetch it again");
    }
  }
}

}  // namespace

Decoder decoder_from_tensors(const DecoderConfig& config, std::span<const StoredTensor> tensors,
                             const std::string& file, DataType compute) {
  config.check();
  TensorsByName found = by_name(tensors, file);
  // Before the layout is written out: a config that claims more layers than there are tensors stops here.
  if (config.layers > static_cast<std::int64_t>(tensors.size())) {
    throw InputError(
        fmt::format("{}: {} layers in the config, but only {} tensors", file, config.layers, tensors.size()),
        "is the download complete, and does the config belong to these weights?");
  }
  const auto stored_head =
      config.tied_embeddings ? found.extract("lm_head.weight") : TensorsByName::node_type();
  check_against_layout(found, parameter_layout(config), file,
                       {"is not part of this family of models",
                        "the model needs something that pbb does not compute; supported families: llama, "
                        "qwen2, qwen3, without adapters"});
  if (stored_head) check_stored_head(*stored_head.mapped(), *found.at("model.embed_tokens.weight"), file);

  Decoder decoder(config, compute);
  fill(decoder.parameters(), found, file);
  return decoder;
}

ParameterSet read_parameters(std::span<const StoredTensor> tensors, std::vector<ParameterPlace> layout,
                             const std::string& file) {
  const TensorsByName found = by_name(tensors, file);
  check_against_layout(found, layout, file,
                       {"is none that the config beside it asks for",
                        "pbb computes nothing from it, and leaves nothing out without a word"});
  ParameterSet set = make_parameters(std::move(layout));
  fill(set.places, found, file);
  return set;
}

}  // namespace pbb

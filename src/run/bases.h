// Interpreter bases: adapters that `pbb base` trains, in PEFT's format, with base.json that says what they are for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "model/decoder.h"

namespace pbb {

// base.json.
struct BaseRecord {
  std::string title;
  std::string model;
  // CRC-32 of the weights that the adapter was trained on, and of adapter_model.safetensors.
  std::uint32_t model_weights = 0;
  std::uint32_t adapter = 0;
  std::string command, commit, processor;
  std::int64_t steps = 0, tokens = 0;
};

// Writes the decoder's active adapter as a base (adapter_config.json, adapter_model.safetensors in bf16, base.json)
// into `folder`, which is absent or empty.
void write_base(const std::filesystem::path& folder, const Decoder& decoder, BaseRecord record);

// The folder of a base: "interpreter" is the one that ships for `model` (in bases/ beside the program), anything else
// a folder. InputError with what to do where there is none.
std::filesystem::path resolve_base(const std::string& name, const std::string& model);

// Merges the base's adapter into the decoder's weights. InputError when it was trained on other weights, or is not as
// it was written.
void merge_base(Decoder& decoder, const std::filesystem::path& folder);

}  // namespace pbb

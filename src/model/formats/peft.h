// LoRA adapters as PEFT keeps them: a folder with adapter_config.json and adapter_model.safetensors.
#pragma once

#include <filesystem>
#include <string>

#include "model/adapter.h"
#include "model/config.h"
#include "tensor/tensor.h"

namespace pbb {

// For a model of this shape. InputError naming file and key or tensor where something is missing, of another
// shape, not finite, or asks for what pbb does not compute (another kind of adapter, DoRA, ranks that differ
// from layer to layer, biases, …): nothing that changes the mathematics is passed over.
Adapter read_peft(const std::filesystem::path& folder, const DecoderConfig& config);

// A folder that peft.PeftModel.from_pretrained loads; whole or not at all. `type`: f32 or bf16. `base_model`:
// what the adapter was trained on, as PEFT's base_model_name_or_path; may be empty.
void write_peft(const std::filesystem::path& folder, const Adapter& adapter, const std::string& base_model,
                DataType type);

}  // namespace pbb

// PEFT's adapter_config.json key by key, and its names of tensors.
#include "model/formats/peft.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/json_lines.h"
#include "model/formats/safetensors.h"
#include "model/formats/weights.h"

namespace pbb {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

// What PEFT puts before the model's own names.
constexpr std::string_view prefix = "base_model.model.";

// Keys that tell of how an adapter was made or is to be trained, not of what it computes.
constexpr std::string_view harmless_keys[] = {
    "auto_mapping", "base_model_name_or_path", "eva_config",   "inference_mode",
    "lora_dropout", "megatron_core",           "peft_version", "qalora_group_size",
    "revision",     "runtime_config",          "task_type"};
constexpr std::string_view used_keys[] = {"bias", "init_lora_weights", "lora_alpha",    "peft_type",
                                          "r",    "use_rslora",        "target_modules"};

bool is_unset(const json& value) {
  return value.is_null() || value == json(false) ||
         ((value.is_object() || value.is_array() || value.is_string()) && value.empty());
}

[[noreturn]] void refuse(const std::string& file, std::string_view key, const json& value,
                         std::string_view expected) {
  throw InputError(
      fmt::format("{}: '{}' is {}; expected {}", file, key, value.dump(), expected),
      "pbb takes LoRA adapters of one rank for whole projections: save the adapter so, or merge it "
      "into the model with PEFT's merge_and_unload");
}

std::vector<std::string> read_targets(const std::string& file, const json& value) {
  if (value == json("all-linear")) return AdapterOptions{}.targets;
  const auto is_name = [](const json& one) { return one.is_string(); };
  if (!value.is_array() || value.empty() || !std::ranges::all_of(value, is_name)) {
    refuse(file, "target_modules", value, "a list of projections, or \"all-linear\"");
  }
  // In the model's order, whatever the order of the file: PEFT writes a set.
  const auto named = value.get<std::vector<std::string>>();
  std::vector<std::string> targets;
  for (const std::string& projection : AdapterOptions{}.targets) {
    if (std::ranges::count(named, projection) > 0) targets.push_back(projection);
  }
  for (const std::string& name : named) {
    if (std::ranges::count(targets, name) == 0)
      refuse(file, "target_modules", value, "projections of a layer");
  }
  return targets;
}

AdapterOptions read_options(const fs::path& path) {
  const std::string file = path.string();
  const json object = read_json(path);
  if (!object.is_object())
    throw InputError(file + ": not a JSON object", "expected PEFT's adapter_config.json");
  for (const auto& [key, value] : object.items()) {
    const bool is_known =
        std::ranges::count(used_keys, key) > 0 || std::ranges::count(harmless_keys, key) > 0;
    if (!is_known && !is_unset(value)) refuse(file, key, value, "nothing: pbb does not compute that");
  }
  const auto find = [&](const char* key) { return object.contains(key) ? object.at(key) : json(); };
  if (find("peft_type") != json("LORA")) refuse(file, "peft_type", find("peft_type"), "\"LORA\"");
  if (!is_unset(find("bias")) && find("bias") != json("none")) refuse(file, "bias", find("bias"), "\"none\"");

  // Other ways to begin (pissa, olora, corda, loftq) change the base's weights too.
  const json start = find("init_lora_weights");
  const bool keeps_base = is_unset(start) || start == json(true) || start == json("gaussian") ||
                          start == json("eva") || start == json("orthogonal");
  if (!keeps_base) refuse(file, "init_lora_weights", start, "one that leaves the base as it is");

  AdapterOptions options;
  const json rank = find("r"), alpha = find("lora_alpha"), rslora = find("use_rslora");
  if (!rank.is_number_integer()) refuse(file, "r", rank, "a whole number");
  if (!alpha.is_number()) refuse(file, "lora_alpha", alpha, "a number");
  if (!rslora.is_boolean() && !rslora.is_null()) refuse(file, "use_rslora", rslora, "true or false");
  if (rank < 1 || rank > 1024) refuse(file, "r", rank, "1 to 1024");
  options.rank = rank.get<int>();
  options.alpha = alpha.get<double>();
  options.rslora = rslora.is_boolean() && rslora.get<bool>();
  options.targets = read_targets(file, find("target_modules"));
  try {
    check_adapter(options);
  } catch (const InputError& error) {
    throw InputError(fmt::format("{}: {}", file, error.what()), error.hint());
  }
  return options;
}

std::string peft_name(const std::string& name) {
  return std::string(prefix) + name;
}

}  // namespace

Adapter read_peft(const fs::path& folder, const DecoderConfig& config) {
  Adapter adapter;
  adapter.options = read_options(folder / "adapter_config.json");
  std::vector<ParameterPlace> layout = adapter_layout(config, adapter.options);
  for (ParameterPlace& place : layout) place.name = peft_name(place.name);
  const fs::path weights = folder / "adapter_model.safetensors";
  const SafetensorsFiles file(weights);
  adapter.parameters = read_parameters(file.tensors(), std::move(layout), weights.string());
  for (Parameter& parameter : adapter.parameters.places) parameter.name.erase(0, prefix.size());
  return adapter;
}

void write_peft(const fs::path& folder, const Adapter& adapter, const std::string& base_model,
                DataType type) {
  const AdapterOptions& options = adapter.options;
  nlohmann::ordered_json config = {{"peft_type", "LORA"},
                                   {"task_type", "CAUSAL_LM"},
                                   {"base_model_name_or_path", base_model},
                                   {"r", options.rank},
                                   {"lora_alpha", options.alpha},
                                   {"use_rslora", options.rslora},
                                   {"lora_dropout", 0.0},
                                   {"target_modules", options.targets},
                                   {"bias", "none"},
                                   {"fan_in_fan_out", false},
                                   {"inference_mode", true},
                                   {"init_lora_weights", true}};
  std::vector<Parameter> parameters = adapter.parameters.places;
  for (Parameter& parameter : parameters) parameter.name = peft_name(parameter.name);
  write_folder(folder, [&](const fs::path& to) {
    write_file(to / "adapter_config.json", config.dump(2) + '\n');
    write_safetensors(to / "adapter_model.safetensors", parameters, type);
  });
}

}  // namespace pbb

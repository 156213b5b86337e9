#include "run/bases.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/json_lines.h"
#include "examples/own_texts.h"
#include "model/formats/peft.h"

namespace pbb {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

constexpr const char* adapter_file = "adapter_model.safetensors";

std::uint32_t weights_checksum(Decoder& decoder) {
  return checksum(std::as_bytes(decoder.base().flat.span<float>()));
}

std::uint32_t file_checksum(const fs::path& file) {
  const std::string bytes = read_file(file);
  return checksum(std::as_bytes(std::span(bytes)));
}

// Where bases ship: beside the sources that the program was built from, or beside where it is installed.
fs::path shipped_base(const std::string& model) {
  const fs::path program = fs::read_symlink("/proc/self/exe").parent_path();
  for (const fs::path& bases : {program / "../../bases", program / "../share/pbb/bases"}) {
    if (fs::exists(bases / model / "base.json")) return (bases / model).lexically_normal();
  }
  return {};
}

}  // namespace

BaseRecord going_on_from(const fs::path& earlier, BaseRecord record) {
  const json before = read_json(earlier / "base.json");
  try {
    record.steps += before.value("steps", std::int64_t{0});
    record.tokens += before.value("tokens", std::int64_t{0});
    if (record.seconds && before.contains("seconds")) {
      *record.seconds += before["seconds"].get<double>();
    } else {
      record.seconds.reset();
    }
    auto commands = before.value("commands", std::vector<std::string>());
    // Earlier versions noted the last one alone.
    if (const auto last = before.find("command"); last != before.end()) commands.push_back(*last);
    record.commands.insert(record.commands.begin(), commands.begin(), commands.end());
  } catch (const json::exception& error) {
    throw InputError(
        fmt::format("{}: not what pbb base writes: {}", (earlier / "base.json").string(), error.what()));
  }
  return record;
}

void write_base(const fs::path& folder, const Decoder& decoder, const BaseRecord& record,
                const fs::path& texts) {
  if (decoder.adapter() == nullptr) throw Error("a base is written of a decoder without an adapter");
  write_peft(folder, *decoder.adapter(), record.model, DataType::bf16);
  json text = {{"title", record.title},
               {"model", record.model},
               {"model_weights_crc32", fmt::format("{:08x}", record.model_weights)},
               {"adapter_crc32", fmt::format("{:08x}", file_checksum(folder / adapter_file))},
               {"commands", record.commands},
               {"commit", record.commit},
               {"processor", record.processor},
               {"steps", record.steps},
               {"tokens", record.tokens}};
  if (record.seconds) text["seconds"] = *record.seconds;
  if (!texts.empty()) {
    fs::copy_file(texts, folder / own_texts_file);
    text["texts_crc32"] = fmt::format("{:08x}", file_checksum(folder / own_texts_file));
  }
  write_file(folder / "base.json", text.dump(1) + "\n");
}

const std::vector<std::vector<std::int32_t>>& BaseTexts::shown_by(const StageRecipe& stage) {
  static const std::vector<std::vector<std::int32_t>> none;
  if (stage.kind != StageKind::reading || stage.reading.texts == 0 || recipe_->base == "none") return none;
  if (!texts_) {
    const fs::path file = resolve_base(recipe_->base, recipe_->model) / own_texts_file;
    texts_ = fs::exists(file) ? read_own_texts(*tokenizer_, file) : none;
  }
  return *texts_;
}

fs::path resolve_base(const std::string& name, const std::string& model) {
  if (name != "interpreter") {
    if (is_base_folder(name)) return name;
    throw InputError(
        fmt::format("base '{}': not the folder of an interpreter base: it has no base.json", name),
        "pbb base RECIPE.toml --out FOLDER trains one; FOLDER/adapter is it");
  }
  const fs::path folder = shipped_base(model);
  if (!folder.empty()) return folder;
  throw InputError(fmt::format("no interpreter base ships for the model '{}'", model),
                   "train one (pbb base RECIPE.toml --out FOLDER, then base = \"FOLDER/adapter\"), or set "
                   "base = \"none\"");
}

bool is_base_folder(const fs::path& folder) {
  return fs::exists(folder / "base.json");
}

std::string model_of_base(const fs::path& folder) {
  const fs::path file = folder / "base.json";
  const json record = read_json(file);
  if (record.is_object() && record.value("model", json()).is_string()) return record["model"];
  throw InputError(file.string() + ": \"model\", the name of the model that it was trained on, is missing",
                   "train the base again with pbb base, or add the name");
}

Adapter read_base(Decoder& decoder, const fs::path& folder) {
  const json record = read_json(folder / "base.json");
  const auto compare = [&](const char* key, std::uint32_t found, const std::string& what) {
    const std::string wanted = record.value(key, std::string());
    if (wanted == fmt::format("{:08x}", found)) return;
    throw InputError(fmt::format("{}: {} has checksum {:08x}, but base.json says {}", folder.string(), what,
                                 found, wanted),
                     "a base fits the model that it was trained on, and is taken only as it was written");
  };
  compare("adapter_crc32", file_checksum(folder / adapter_file), adapter_file);
  if (record.contains("texts_crc32")) {  // earlier versions noted none
    compare("texts_crc32", file_checksum(folder / own_texts_file), own_texts_file);
  }
  compare("model_weights_crc32", weights_checksum(decoder), "the model");
  return read_peft(folder, decoder.config());
}

void merge_base(Decoder& decoder, const fs::path& folder) {
  decoder.set_adapter(read_base(decoder, folder));
  decoder.merge_adapter();
}

}  // namespace pbb

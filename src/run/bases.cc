#include "run/bases.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/file.h"
#include "examples/own_texts.h"
#include "model/formats/peft.h"

namespace pbb {
namespace fs = std::filesystem;
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
    if (is_base_folder(bases / model)) return (bases / model).lexically_normal();
  }
  return {};
}

}  // namespace

void write_base(const fs::path& folder, const Decoder& decoder, BaseRecord record, const fs::path& texts) {
  if (decoder.adapter() == nullptr) throw Error("a base is written of a decoder without an adapter");
  write_peft(folder, *decoder.adapter(), record.model, DataType::bf16);
  record.adapter = file_checksum(folder / adapter_file);
  record.texts.reset();
  if (!texts.empty()) {
    fs::copy_file(texts, folder / own_texts_file);
    record.texts = file_checksum(folder / own_texts_file);
  }
  write_base_record(folder, record);
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

Adapter read_base(Decoder& decoder, const fs::path& folder) {
  const BaseRecord record = read_base_record(folder);
  const auto compare = [&](std::uint32_t wanted, std::uint32_t found, const std::string& what) {
    if (wanted == found) return;
    throw InputError(fmt::format("{}: {} has checksum {:08x}, but base.json says {:08x}", folder.string(),
                                 what, found, wanted),
                     "a base fits the model that it was trained on, and is taken only as it was written");
  };
  compare(record.adapter, file_checksum(folder / adapter_file), adapter_file);
  if (record.texts) compare(*record.texts, file_checksum(folder / own_texts_file), own_texts_file);
  compare(record.model_weights, weights_checksum(decoder), "the model");
  return read_peft(folder, decoder.config());
}

void merge_base(Decoder& decoder, const fs::path& folder) {
  decoder.set_adapter(read_base(decoder, folder));
  decoder.merge_adapter();
}

}  // namespace pbb

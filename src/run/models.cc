#include "run/models.h"

#include <fmt/format.h>

#include <set>
#include <span>

#include "base/error.h"
#include "base/file.h"
#include "run/bases.h"
#include "run/run_record.h"
#include "run/taken_folder.h"
#include "training/checkpoint.h"

namespace pbb {
namespace fs = std::filesystem;

namespace {

struct ModelChecksums {
  std::uint32_t whole = 0, without_texts = 0;
};

ModelChecksums model_checksums(const Recipe& recipe) {
  const fs::path path = resolve_model(recipe.model);
  std::set<fs::path> files;  // in order, whatever the file system's
  if (!fs::is_directory(path)) {
    files.insert(path);
  } else {
    for (const auto& entry : fs::directory_iterator(path)) {
      const std::string name = entry.path().filename().string();
      if (name == "config.json" || name == "tokenizer.json" || entry.path().extension() == ".safetensors")
        files.insert(entry.path());
    }
  }
  std::uint32_t crc = 0;
  for (const fs::path& file : files) crc = checksum(MappedFile(file).bytes(), crc);
  if (recipe.base == "none") return {crc, crc};
  const fs::path base = resolve_base(recipe.base, recipe.model);
  crc = checksum(MappedFile(base / "adapter_model.safetensors").bytes(), crc);
  const fs::path texts = base / own_texts_file;
  return {fs::exists(texts) ? checksum(MappedFile(texts).bytes(), crc) : crc, crc};
}

}  // namespace

DataType compute_type(const std::string& name) {
  if (name == "f32") return DataType::f32;
  if (name == "bf16") return DataType::bf16;
  return fastest_compute_type();
}

LoadedModel load_recipe_model(const Recipe& recipe, DataType compute) {
  LoadedModel model = load_model(recipe.model, compute);
  if (recipe.base != "none") merge_base(model.decoder, resolve_base(recipe.base, recipe.model));
  if (recipe.adapter.rank > 0) model.decoder.add_adapter(recipe.adapter, recipe.seed);
  return model;
}

void stand_on_practice(Decoder& decoder, const Recipe& recipe) {
  decoder.merge_adapter();
  decoder.add_adapter(recipe.adapter, recipe.seed);
}

void stand_on_practice(Decoder& decoder, const Recipe& recipe, const fs::path& folder,
                       const std::vector<std::string>& stages) {
  for (const std::string& stage : stages) {
    load_checkpoint_weights(stage_checkpoint(folder, stage), decoder);
    stand_on_practice(decoder, recipe);
  }
}

std::vector<std::string> practice_before(const Recipe& recipe, const std::string& stage) {
  std::vector<std::string> names;
  for (const StageRecipe* one : stages_behind(recipe, stage)) {
    if (one->name != stage && one->kind == StageKind::practice) names.push_back(one->name);
  }
  return names;
}

void load_stage(Decoder& decoder, const Recipe& recipe, const fs::path& folder, const std::string& stage) {
  stand_on_practice(decoder, recipe, folder, practice_before(recipe, stage));
  load_checkpoint_weights(stage_checkpoint(folder, stage), decoder);
}

DataType compute_type_of(const std::string& model) {
  if (!is_run_folder(model)) return compute_type("auto");
  return compute_type(read_kept_recipe(fs::path(model) / "recipe.toml").compute);
}

std::string model_checksum(const Recipe& recipe) {
  return fmt::format("{:08x}", model_checksums(recipe).whole);
}

void require_same_model(const std::string& folder, const Recipe& recipe, const std::string& expected) {
  const ModelChecksums sums = model_checksums(recipe);
  const std::string found = fmt::format("{:08x}", sums.whole);
  if (found == expected || fmt::format("{:08x}", sums.without_texts) == expected) return;
  throw InputError(
      fmt::format("{}: the model '{}'{} is not the one that the run began with (CRC-32 {}, was {})", folder,
                  recipe.model, recipe.base == "none" ? "" : ", or its base,", found, expected),
      "put that model back, or start another run with this one");
}

fs::path stage_checkpoint(const fs::path& folder, const std::string& stage) {
  return folder / "stages" / stage / "checkpoint";
}

std::string trained_stage(const fs::path& folder, const Recipe& recipe) {
  for (auto stage = recipe.stages.rbegin(); stage != recipe.stages.rend(); ++stage) {
    if (fs::exists(folder / "stages" / stage->name / "result.json")) return stage->name;
  }
  const auto record = read_run_record(folder);
  const bool is_learning = record && record->command.starts_with("pbb learn");  // which goes on by itself
  throw InputError(folder.string() + ": no stage of this run has finished",
                   is_learning ? record->command : "pbb run " + recipe.file.string() + " --resume");
}

LoadedModel load_any_model(const std::string& name, DataType compute) {
  if (is_base_folder(name)) {
    LoadedModel model = load_model(read_base_record(name).model, compute);
    merge_base(model.decoder, name);
    model.source = name;
    return model;
  }
  if (!is_run_folder(name)) return load_model(name, compute);
  const fs::path folder = name;
  const Recipe recipe = read_kept_recipe(folder / "recipe.toml");
  const std::string stage = trained_stage(folder, recipe);
  const auto record = read_run_record(folder);
  if (record && !record->model_checksum.empty()) {
    require_same_model(name, recipe, record->model_checksum);
  }
  LoadedModel model = load_recipe_model(recipe, compute);
  load_stage(model.decoder, recipe, folder, stage);
  model.decoder.refresh();
  model.source = name;
  return model;
}

Tokenizer load_any_tokenizer(const std::string& name) {
  if (is_base_folder(name)) return load_tokenizer(read_base_record(name).model);
  if (!is_run_folder(name)) return load_tokenizer(name);
  return load_tokenizer(read_kept_recipe(fs::path(name) / "recipe.toml").model);
}

}  // namespace pbb

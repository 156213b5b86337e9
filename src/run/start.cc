#include "run/start.h"

#include <fmt/format.h>

#include "base/error.h"
#include "model/formats/peft.h"
#include "run/models.h"
#include "run/run_record.h"
#include "run/taken_folder.h"
#include "training/checkpoint.h"

namespace pbb {
namespace fs = std::filesystem;
namespace {

void require_same_options(const Recipe& recipe, const AdapterOptions& found) {
  if (found == recipe.adapter) return;
  throw InputError(fmt::format("adapter.start: the adapter of {} has {}, this recipe {}", recipe.start,
                               adapter_text(found), adapter_text(recipe.adapter)),
                   "give [adapter] the options that it was trained with");
}

// What the run in recipe.start has trained.
void load_from_run(Decoder& decoder, const Recipe& recipe) {
  const Recipe other = read_kept_recipe(fs::path(recipe.start) / "recipe.toml");
  require_same_options(recipe, other.adapter);
  const std::string ours = model_checksum(recipe);
  const auto record = read_run_record(recipe.start);
  if (record && !record->model_checksum.empty() && record->model_checksum != ours) {
    throw InputError(
        fmt::format("adapter.start: {} was trained from another model or base (CRC-32 {}) than this "
                    "recipe names (CRC-32 {})",
                    recipe.start, record->model_checksum, ours),
        fmt::format("it names model = \"{}\" and base = \"{}\"", other.model, other.base));
  }
  const std::string stage = trained_stage(recipe.start, other);
  if (!practice_before(other, stage).empty()) {
    throw InputError(
        fmt::format("adapter.start: the adapter of {} stands on what that run has practised, which this "
                    "one does not have",
                    recipe.start),
        "begin anew with all of the programs");
  }
  load_checkpoint_weights(stage_checkpoint(recipe.start, stage), decoder);
}

}  // namespace

void start_from(Decoder& decoder, const Recipe& recipe, const fs::path& kept) {
  if (fs::exists(kept)) {
    decoder.set_adapter(read_peft(kept, decoder.config()));
  } else {
    if (is_run_folder(recipe.start)) {
      load_from_run(decoder, recipe);
    } else {
      Adapter adapter = read_peft(recipe.start, decoder.config());
      require_same_options(recipe, adapter.options);
      decoder.set_adapter(std::move(adapter));
    }
    write_peft(kept, *decoder.adapter(), recipe.model, DataType::f32);
  }
  decoder.refresh();
}

}  // namespace pbb

// pbb base RECIPE.toml: trains an interpreter base, an adapter that makes a model execute programs step by
// step.
#include <fmt/format.h>

#include <memory>

#include "base/error.h"
#include "base/file.h"
#include "base/machine.h"
#include "cli/commands.h"
#include "model/load.h"
#include "recipe/base_recipe.h"
#include "run/bases.h"
#include "run/build_info.h"
#include "run/models.h"
#include "run/sandboxes.h"
#include "run/stage_result.h"
#include "run/taken_folder.h"
#include "training/train.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

struct BaseOptions {
  std::string recipe;
  std::vector<std::string> overrides;
  fs::path folder;
  bool resume = false, quiet = false, unsafe_no_isolation = false;
};

// What pbb base wants of its folder.
FolderUse use_for_base(const BaseOptions& options, const BaseRecipe& recipe) {
  const std::string resolved = write_base_recipe(recipe);
  const auto require_same = [resolved, given = options.recipe](const fs::path& kept) {
    if (read_file(kept) == resolved) return;
    throw InputError(fmt::format("{} is of another recipe than {}", kept.string(), given),
                     "resume with the recipe and the overrides that it was begun with");
  };
  return {.recipe = resolved, .require_same = require_same, .reads = {}, .resume = options.resume};
}

void train_base(const BaseOptions& options) {
  const BaseRecipe recipe = read_base_recipe(options.recipe, options.overrides);
  TakenFolder taken(options.folder, use_for_base(options, recipe));
  LoadedModel model = load_model(recipe.model, compute_type(recipe.compute));
  model.decoder.add_adapter(recipe.adapter, recipe.seed);
  InterpreterData data(model.tokenizer, recipe.interpreter, sandbox_runner(options.unsafe_no_isolation));
  TrainOptions train = recipe.train;
  train.quiet = options.quiet;
  taken.keep();
  const StageResult result =
      train_stage(model.decoder, data, train, options.folder / "training", options.resume);
  write_stage_result(options.folder / "training" / "result.json", result);
  // write_base wants a folder of its own; an interrupted sitting may have left one.
  fs::remove_all(options.folder / "adapter");
  write_base(options.folder / "adapter", model.decoder,
             {.title = recipe.title,
              .model = recipe.model,
              .model_weights = checksum(std::as_bytes(model.decoder.base().flat.span<float>())),
              .adapter = 0,
              .command = fmt::format("pbb base {}", options.recipe),
              .commit = std::string(pbb_commit()),
              .processor = this_machine().processor,
              .steps = result.steps,
              .tokens = result.tokens});
  const std::span<const DrillKind> kinds = drill_kinds();
  for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
    fmt::print("{:<28} {:5.1f} % wrong\n", kinds[kind].name, 100 * data.drill_errors()[kind]);
  }
  fmt::print("base: {}\n", (options.folder / "adapter").string());
}

}  // namespace

void add_base_command(CLI::App& app) {
  auto options = std::make_shared<BaseOptions>();
  CLI::App* command =
      app.add_subcommand("base", "Train an interpreter base: an adapter that executes programs");
  command->add_option("RECIPE", options->recipe, "a .toml file, such as runs/base.toml")->required();
  command->add_option("OVERRIDES", options->overrides, "key=value, as in training.learning_rate=1e-3");
  command->add_option("--out", options->folder, "the base's folder")->required();
  command->add_flag("--resume", options->resume, "go on where it stopped");
  command->add_flag("--quiet", options->quiet, "no progress on standard error");
  command->add_flag("--unsafe-no-isolation", options->unsafe_no_isolation,
                    "run programs without bubblewrap: only source that you trust");
  command->callback([options] { train_base(*options); });
}

}  // namespace pbb

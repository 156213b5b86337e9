// pbb base RECIPE.toml: trains an interpreter base, an adapter that makes a model execute programs step by
// step.
#include <fmt/format.h>

#include <memory>

#include "base/error.h"
#include "base/file.h"
#include "base/machine.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "examples/own_texts.h"
#include "model/load.h"
#include "recipe/base_recipe.h"
#include "run/bases.h"
#include "run/build_info.h"
#include "run/models.h"
#include "run/own_texts.h"
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

// What the model writes before it is trained: drawn once, and kept in `file` by the base that training goes
// on from or a sitting that was interrupted.
std::vector<std::vector<std::int32_t>> own_texts(LoadedModel& model, const BaseRecipe& recipe,
                                                 const fs::path& file) {
  const InterpreterOptions& interpreter = recipe.interpreter;
  if (interpreter.texts == 0) return {};
  if (recipe.base != "none" && interpreter.drawn_texts == 0 && !fs::exists(file)) {
    const fs::path earlier = resolve_base(recipe.base, recipe.model) / own_texts_file;
    if (fs::exists(earlier)) fs::copy_file(earlier, file);
  }
  if (!fs::exists(file)) {
    fmt::print("drawing texts of the model's own ...\n");
    OwnTextOptions drawn{.seed = recipe.seed};
    if (interpreter.drawn_texts > 0) drawn.texts = interpreter.drawn_texts;
    write_own_texts(draw_own_texts(model.decoder, model.tokenizer, drawn), file);
  }
  return read_own_texts(model.tokenizer, file);  // what was read back is what a resumed sitting has, too
}

// A new adapter, or the one that training goes on from.
void begin_adapter(Decoder& decoder, const BaseRecipe& recipe) {
  if (recipe.base == "none") return decoder.add_adapter(recipe.adapter, recipe.seed);
  const fs::path folder = resolve_base(recipe.base, recipe.model);
  Adapter adapter = read_base(decoder, folder);
  if (adapter.options != recipe.adapter) {
    throw InputError(fmt::format("base {}: its adapter is of {}, but the recipe's of {}", folder.string(),
                                 adapter_text(adapter.options), adapter_text(recipe.adapter)),
                     "training goes on with the adapter that is there: say the same in [adapter]");
  }
  decoder.set_adapter(std::move(adapter));
}

// Of what is in the folder: its adapter/, with what the base that training went on from tells of itself.
void write_trained_base(const BaseOptions& options, const BaseRecipe& recipe, Decoder& decoder,
                        const StageResult& result) {
  std::vector<std::string> words{options.recipe};
  words.insert(words.end(), options.overrides.begin(), options.overrides.end());
  BaseRecord record{.title = recipe.title,
                    .model = recipe.model,
                    .model_weights = checksum(std::as_bytes(decoder.base().flat.span<float>())),
                    .commands = {command_line("base", words)},
                    .commit = std::string(pbb_commit()),
                    .processor = this_machine().processor,
                    .steps = result.steps,
                    .tokens = result.tokens,
                    .seconds = result.seconds};
  if (recipe.base != "none")
    record = going_on_from(read_base_record(resolve_base(recipe.base, recipe.model)), std::move(record));
  const fs::path adapter = options.folder / "adapter", texts = options.folder / own_texts_file;
  // write_base wants a folder of its own; an interrupted sitting may have left one.
  fs::remove_all(adapter);
  if (recipe.written_alpha > 0) {
    Adapter written = decoder.remove_adapter().value();
    written.options.alpha = recipe.written_alpha;
    decoder.set_adapter(std::move(written));
  }
  write_base(adapter, decoder, record, fs::exists(texts) ? texts : fs::path());
}

void train_base(const BaseOptions& options) {
  const BaseRecipe recipe = read_base_recipe(options.recipe, options.overrides);
  TakenFolder taken(options.folder, use_for_base(options, recipe));
  LoadedModel model = load_model(recipe.model, compute_type(recipe.compute));
  auto texts = own_texts(model, recipe, options.folder / own_texts_file);
  begin_adapter(model.decoder, recipe);
  InterpreterData data(model.tokenizer, recipe.interpreter, sandbox_runner(options.unsafe_no_isolation),
                       std::move(texts));
  TrainOptions train = recipe.train;
  train.quiet = options.quiet;
  taken.keep();
  const StageResult result =
      train_stage(model.decoder, data, train, options.folder / "training", options.resume);
  write_stage_result(options.folder / "training" / "result.json", result);
  write_trained_base(options, recipe, model.decoder, result);
  const std::span<const DrillKind> kinds = drill_kinds();
  for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
    fmt::print("{:<28} {:5.1f} % wrong\n", kinds[kind].name, 100 * data.drill_errors()[kind]);
  }
  fmt::print("base: {}\n", (options.folder / "adapter").string());
}

}  // namespace

void add_base_command(Command app) {
  auto options = std::make_shared<BaseOptions>();
  Command command =
      app.add_subcommand("base", "Train an interpreter base: an adapter that executes programs");
  command.add_option("RECIPE", options->recipe, "a .toml file, such as runs/base.toml").required();
  command.add_option("OVERRIDES", options->overrides, "key=value, as in training.learning_rate=1e-3");
  command.add_option("--out", options->folder, "the base's folder").required();
  command.add_flag("--resume", options->resume, "go on where it stopped");
  command.add_flag("--quiet", options->quiet, "no progress on standard error");
  command.add_flag("--unsafe-no-isolation", options->unsafe_no_isolation,
                   "run programs without bubblewrap: only source that you trust");
  command.callback([options] { train_base(*options); });
}

}  // namespace pbb

// pbb export-data RECIPE.toml|RUN --out DIR: what each stage trains on, for other tools.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "base/error.h"
#include "base/manifest.h"
#include "base/plural.h"
#include "base/temporary_folder.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "exchange/data_formats.h"
#include "exchange/data_readme.h"
#include "exchange/training_data.h"
#include "run/plan.h"
#include "run/sandboxes.h"
#include "run/taken_folder.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string source;
  std::vector<std::string> overrides;
  std::string out;
  std::vector<std::string> formats;
  bool replace = false, unsafe = false;
};

std::vector<std::string> format_names() {
  std::vector<std::string> names;
  for (const DataFormat& format : data_formats()) names.emplace_back(format.name);
  return names;
}

std::string command_of(const Options& options) {
  std::vector<std::string> words{options.source};
  words.insert(words.end(), options.overrides.begin(), options.overrides.end());
  words.insert(words.end(), {"--out", options.out});
  for (const std::string& format : options.formats) words.insert(words.end(), {"--format", format});
  return command_line("export-data", words);
}

Recipe recipe_of_run(const Options& options) {
  if (!options.overrides.empty()) {
    throw InputError(
        fmt::format("{}: a run's recipe is not changed by '{}'", options.source, options.overrides.front()),
        "name the recipe itself, a .toml file, to change keys of it");
  }
  return read_kept_recipe(fs::path(options.source) / "recipe.toml");
}

void print_stages(const std::vector<ExportedStage>& stages, const fs::path& folder) {
  for (const ExportedStage& stage : stages) {
    fmt::print("stage {}: {}, {}, {} trained on\n", stage.name, plural(stage.examples, "example"),
               plural(stage.tokens, "token"), stage.trained_tokens);
    for (const ExportedFile& file : stage.files) {
      if (file.lines > 0)
        fmt::print("  {}: {}\n", (folder / stage.name / (file.format + ".jsonl")).string(),
                   plural(file.lines, "line"));
    }
  }
  fmt::print("how each tool reads them: {}\n", (folder / "README.md").string());
  for (const std::string& note : data_notes(stages)) fmt::print(stderr, "note: {}\n", note);
}

void export_data(const Options& options) {
  check_outside_of_runs(options.out);
  const Replace replace = options.replace ? Replace::unchanged : Replace::nothing;
  check_replaceable(options.out, training_data_kind, replace);  // before a corpus is made
  const bool of_run = is_run_folder(options.source);
  const Recipe recipe = of_run ? recipe_of_run(options) : read_recipe(options.source, options.overrides);
  const TemporaryFolder scratch;
  const fs::path corpus = of_run ? fs::path(options.source) / "corpus" : scratch / "corpus";
  if (!of_run) make_recipe_corpus(recipe, options.unsafe, corpus);
  const TrainingDataOptions wanted{.formats = options.formats,
                                   .command = command_of(options),
                                   .run = of_run ? fs::path(options.source) : fs::path(),
                                   .replace = replace};
  print_stages(
      export_training_data(recipe, read_corpus(corpus), sandbox_runner(options.unsafe), wanted, options.out),
      options.out);
}

}  // namespace

void add_export_data_command(Command app) {
  auto options = std::make_shared<Options>();
  Command command = app.add_subcommand(
      "export-data", "Write what each stage trains on for TRL, axolotl, LLaMA-Factory, OpenAI");
  command.add_option("RECIPE", options->source, "a .toml file, or a run's folder").required();
  command.add_option("OVERRIDES", options->overrides, "key=value, of a recipe");
  command.add_option("--out", options->out, "the folder to write, absent or empty").required();
  command
      .add_option("--format", options->formats,
                  fmt::format("{} (may be repeated; default: all)", fmt::join(format_names(), ", ")))
      .one_of(format_names())
      .one_value_each();
  command.add_flag("--replace", options->replace,
                   "write over an earlier export, if nothing in it was added or edited since");
  command.add_flag("--unsafe-no-isolation", options->unsafe,
                   "run programs without bubblewrap: only source that you trust");
  command.callback([options] { export_data(*options); });
}

}  // namespace pbb

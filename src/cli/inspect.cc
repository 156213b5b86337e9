// pbb inspect RECIPE.toml: examples of each stage as the model will see them, what is trained on in colour.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "base/plural.h"
#include "base/printable.h"
#include "base/temporary_folder.h"
#include "cli/commands.h"
#include "estimate/refusal.h"
#include "examples/inspect.h"
#include "run/models.h"
#include "run/plan.h"
#include "run/sandboxes.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

// The recipe's corpus without starting a run: made in a folder of its own that is removed again.
Corpus corpus_for_inspection(const Recipe& recipe, bool unsafe, const fs::path& scratch) {
  make_recipe_corpus(recipe, unsafe, scratch / "corpus");
  return read_corpus(scratch / "corpus");
}

}  // namespace

void add_inspect_command(Command app) {
  struct Options {
    std::string recipe;
    std::vector<std::string> overrides;
    int examples = 5;
    bool colour = false, unsafe = false;
  };
  auto options = std::make_shared<Options>();
  Command command =
      app.add_subcommand("inspect", "Show examples of each stage, what is trained on in colour");
  command.add_option("RECIPE", options->recipe, "a .toml file").required();
  command.add_option("OVERRIDES", options->overrides, "key=value");
  command.add_option("--examples", options->examples, "how many of each stage").positive();
  command.add_flag("--colour,--color", options->colour, "colour even when the output is not a terminal");
  command.add_flag("--unsafe-no-isolation", options->unsafe,
                   "run programs without bubblewrap: only source that you trust");
  command.callback([options] {
    const Recipe recipe = read_recipe(options->recipe, options->overrides);
    const TemporaryFolder scratch;
    const PreparedRun prepared(recipe, corpus_for_inspection(recipe, options->unsafe, scratch.path()),
                               sandbox_runner(options->unsafe));
    const Tokenizer tokenizer = load_tokenizer(recipe.model);
    const bool colour = options->colour || isatty(STDOUT_FILENO) == 1;
    for (std::size_t s = 0; s < prepared.stages().size(); ++s) {
      const StepSource& data = *prepared.stages()[s];
      const StageWork& work = prepared.workload().stages[s];
      fmt::print("stage {}: {}, {}, {} trained on\n\n", data.name(), plural(data.steps(), "step"),
                 plural(work.tokens, "token"), work.trained_tokens);
      if (work.sampling)
        fmt::print("The model answers as it can; in its answers' place, the right ones:\n\n");
      int left = options->examples;
      for (std::int64_t step = 0; step < data.steps() && left > 0; ++step) {
        for (const Example& example : data.step(step)) {
          if (left-- <= 0) break;
          fmt::print("{}\n\n", coloured(tokenizer, example, colour));
        }
      }
    }
    for (const std::string& warning : warmup_warnings(recipe, prepared.workload())) {
      fmt::print(stderr, "warning: {}\n", printable_lines(warning));
    }
    refuse_what_cannot_run(recipe, prepared);
  });
}

}  // namespace pbb

// pbb estimate RECIPE.toml [key=value …]: tokens, memory and time of a run, before it starts.
#include <fmt/format.h>

#include <memory>

#include "base/printable.h"
#include "cli/commands.h"
#include "estimate/estimate.h"

namespace pbb {

void add_estimate_command(Command app) {
  struct Options {
    std::string recipe;
    std::vector<std::string> overrides;
    bool json = false, plan = false, no_time = false;
    double memory_limit_gb = 0;
    EstimateOptions estimate;
  };
  auto options = std::make_shared<Options>();
  Command command = app.add_subcommand("estimate", "Say what a recipe will take: tokens, memory, time");
  command.add_option("RECIPE", options->recipe, "a .toml file").required();
  command.add_option("OVERRIDES", options->overrides, "key=value, as in seed=2 or stage.1.epochs=3");
  command.add_flag("--json", options->json, "print one JSON object");
  command.add_flag("--plan", options->plan, "also list the buffers of the largest training step");
  command.add_flag("--no-time", options->no_time, "do not measure time: takes no more than the corpus does");
  command
      .add_option("--memory-limit-gb", options->memory_limit_gb,
                  "would it fit in so much? (default: what the machine has left)")
      .positive();
  command
      .add_option("--beside", options->estimate.beside,
                  "the folder of a run of this recipe: what its parts took is shown beside the estimate")
      .existing_folder();
  command.add_flag("--unsafe-no-isolation", options->estimate.unsafe_no_isolation,
                   "run programs without bubblewrap: only source that you trust");
  command.callback([options] {
    options->estimate.time = !options->no_time;
    options->estimate.memory_limit = static_cast<std::int64_t>(options->memory_limit_gb * 1e9);
    const Recipe recipe = read_recipe(options->recipe, options->overrides);
    const Estimate estimate = make_estimate(recipe, options->estimate);
    if (options->json) {
      fmt::print("{}\n", estimate_json(recipe, estimate));
      return;
    }
    fmt::print("{}", printable_lines(estimate_text(recipe, estimate)));
    if (options->plan) fmt::print("\n{}", plan_text(estimate.plan));
  });
}

}  // namespace pbb

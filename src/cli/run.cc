// pbb run RECIPE.toml: the main job. pbb train, pbb eval, pbb report: its parts.
#include <fmt/format.h>

#include <memory>

#include "base/error.h"
#include "base/printable.h"
#include "cli/carry_out.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/eval_endpoint.h"
#include "run/pipeline.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

struct RunOptions {
  std::string recipe;
  std::vector<std::string> overrides;
  PipelineOptions pipeline;
  double memory_limit_gb = 0;
  std::vector<std::string> more_words = {};  // of the command, for the run's record
};

void add_recipe_arguments(Command command, RunOptions& options) {
  command.add_option("RECIPE", options.recipe, "a .toml file").required();
  command.add_option("OVERRIDES", options.overrides, "key=value, as in seed=2 or stage.1.epochs=3");
  command.add_option("--out", options.pipeline.folder, "the run's folder (default: out/RECIPE)");
  command.add_flag("--resume", options.pipeline.resume, "go on where the run stopped");
  command.add_flag("--quiet", options.pipeline.quiet, "no progress on standard error");
  command
      .add_option("--memory-limit-gb", options.memory_limit_gb,
                  "refuse a run that would take more (default: what the machine has left)")
      .positive();
  command.add_flag("--unsafe-no-isolation", options.pipeline.unsafe_no_isolation,
                   "run programs without bubblewrap: only source that you trust");
}

std::string command_of(const std::string& kind, const RunOptions& options) {
  std::vector<std::string> words{options.recipe};
  words.insert(words.end(), options.overrides.begin(), options.overrides.end());
  words.insert(words.end(), {"--out", options.pipeline.folder.string()});
  words.insert(words.end(), options.more_words.begin(), options.more_words.end());
  return command_line(kind, words);
}

Pipeline begin(const std::string& kind, RunOptions& options, const std::string& whole = "run") {
  if (options.pipeline.folder.empty())
    options.pipeline.folder = fs::path("out") / fs::path(options.recipe).stem();
  options.pipeline.kind = kind;
  options.pipeline.command = command_of(kind, options) + (options.pipeline.resume ? " --resume" : "");
  options.pipeline.whole_command = command_of(whole, options);
  options.pipeline.memory_limit = static_cast<std::int64_t>(options.memory_limit_gb * 1e9);
  return Pipeline(read_recipe(options.recipe, options.overrides), options.pipeline);
}

Recipe recipe_of_run(const fs::path& folder) {
  if (!is_run_folder(folder)) {
    (void)fs::exists(folder / "recipe.toml");  // throws where it may not be looked at
    throw InputError(folder.string() + ": not a run's folder: pbb run keeps its recipe.toml in it",
                     "pbb run RECIPE.toml makes one");
  }
  return read_kept_recipe(folder / "recipe.toml");
}

// An existing run, by its folder.
Pipeline open_run(const std::string& kind, const std::string& folder, bool quiet,
                  const std::vector<std::string>& more_words = {}) {
  Recipe recipe = recipe_of_run(folder);
  std::vector<std::string> words{folder};
  words.insert(words.end(), more_words.begin(), more_words.end());
  PipelineOptions options;
  options.folder = folder;
  options.kind = kind;
  options.command = command_line(kind, words);
  options.resume = true;
  options.quiet = quiet;
  return Pipeline(std::move(recipe), options);
}

void print_outcome(const Pipeline& pipeline, const fs::path& folder) {
  for (const std::string& line : pipeline.headline()) fmt::print("{}\n", line);
  fmt::print("report: {}\n", printable_line((folder / "report.html").string()));
}

void evaluate_run(const RunOptions& options) {
  if (!options.overrides.empty() || !options.pipeline.folder.empty())
    throw InputError("pbb eval RUN takes neither overrides nor --out",
                     "they are for a recipe, with --endpoint");
  Pipeline pipeline = open_run("eval", options.recipe, options.pipeline.quiet);
  refuse_before_the_first_step(pipeline, options.pipeline, Purpose::eval);
  pipeline.evaluate();
  pipeline.end();
  write_outcome(pipeline, options.recipe);
  print_outcome(pipeline, options.recipe);
}

// Of a run, or of a recipe, whose folder then has its corpus and the answers, and nothing that was trained.
void evaluate_elsewhere(RunOptions& options, const EndpointFlags& flags) {
  const bool is_recipe = fs::path(options.recipe).extension() == ".toml";
  options.more_words = endpoint_words(flags);
  if (!is_recipe && !(options.overrides.empty() && options.pipeline.folder.empty()))
    throw InputError("pbb eval RUN takes neither overrides nor --out", "they are for a recipe");
  const std::vector<ArmPlan> plans = plan_endpoint_arms(
      is_recipe ? read_recipe(options.recipe, options.overrides) : recipe_of_run(options.recipe), flags);
  if (options.pipeline.folder.empty())
    options.pipeline.folder =
        is_recipe ? fs::path("out") / fs::path(options.recipe).stem() : fs::path(options.recipe);
  const fs::path folder = options.pipeline.folder;
  options.pipeline.resume = is_run_folder(folder);
  Pipeline pipeline = is_recipe
                          ? begin("eval", options, "eval")
                          : open_run("eval", options.recipe, options.pipeline.quiet, options.more_words);
  pipeline.make_corpus();
  ask_at_endpoint(pipeline, folder, flags, plans, options.pipeline.quiet);
  print_outcome(pipeline, folder);
}

}  // namespace

void add_run_commands(Command app) {
  auto run = std::make_shared<RunOptions>();
  Command run_command = app.add_subcommand("run", "Carry out a recipe: corpus, training, evaluation, report");
  add_recipe_arguments(run_command, *run);
  run_command.callback([run] {
    Pipeline pipeline = begin("run", *run);
    pipeline.make_corpus();
    refuse_before_the_first_step(pipeline, run->pipeline, Purpose::run);
    pipeline.train();
    pipeline.evaluate();
    pipeline.end();
    write_outcome(pipeline, run->pipeline.folder);
    pipeline.say_times();
    print_outcome(pipeline, run->pipeline.folder);
  });

  auto train = std::make_shared<RunOptions>();
  Command train_command = app.add_subcommand("train", "The first part of run: corpus and training");
  add_recipe_arguments(train_command, *train);
  train_command.callback([train] {
    Pipeline pipeline = begin("train", *train);
    pipeline.make_corpus();
    refuse_before_the_first_step(pipeline, train->pipeline, Purpose::train);
    pipeline.train();
    pipeline.end();
    fmt::print("{}\n", train->pipeline.folder.string());
  });

  auto eval = std::make_shared<RunOptions>();
  auto endpoint = std::make_shared<EndpointFlags>();
  Command eval_command =
      app.add_subcommand("eval", "Ask the arms of a trained run, or of any recipe at somebody else's server");
  eval_command.add_option("RUN", eval->recipe, "the run's folder; with --endpoint, a recipe too").required();
  eval_command.add_option("OVERRIDES", eval->overrides, "of a recipe: key=value");
  eval_command.add_option("--out", eval->pipeline.folder,
                          "of a recipe: the run's folder (default: out/RECIPE)");
  eval_command.add_flag("--quiet", eval->pipeline.quiet, "no progress on standard error");
  eval_command.add_flag("--unsafe-no-isolation", eval->pipeline.unsafe_no_isolation,
                        "of a recipe: run programs without bubblewrap: only source that you trust");
  add_endpoint_flags(eval_command, *endpoint);
  eval_command.callback([eval, endpoint] {
    if (endpoint->url.empty()) {
      evaluate_run(*eval);
    } else {
      evaluate_elsewhere(*eval, *endpoint);
    }
  });

  auto report = std::make_shared<RunOptions>();
  Command report_command = app.add_subcommand("report", "Write an evaluated run's summary and page anew");
  report_command.add_option("RUN", report->recipe, "the run's folder").required();
  report_command.callback([report] {
    Pipeline pipeline = open_run("report", report->recipe, true);
    write_outcome(pipeline, report->recipe);
    print_outcome(pipeline, report->recipe);
  });
}

}  // namespace pbb

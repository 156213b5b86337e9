// pbb run RECIPE.toml: the main job. pbb train, pbb eval, pbb report: its parts.
#include <fmt/format.h>

#include <memory>

#include "base/error.h"
#include "cli/carry_out.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "run/pipeline.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

struct RunOptions {
  std::string recipe;
  std::vector<std::string> overrides;
  PipelineOptions pipeline;
  double memory_limit_gb = 0;
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
  return command_line(kind, words);
}

Pipeline begin(const std::string& kind, RunOptions& options) {
  if (options.pipeline.folder.empty())
    options.pipeline.folder = fs::path("out") / fs::path(options.recipe).stem();
  options.pipeline.kind = kind;
  options.pipeline.command = command_of(kind, options) + (options.pipeline.resume ? " --resume" : "");
  options.pipeline.whole_command = command_of("run", options);
  options.pipeline.memory_limit = static_cast<std::int64_t>(options.memory_limit_gb * 1e9);
  return Pipeline(read_recipe(options.recipe, options.overrides), options.pipeline);
}

// An existing run, by its folder.
Pipeline open_run(const std::string& kind, const std::string& folder, bool quiet) {
  if (!is_run_folder(folder)) {
    (void)fs::exists(fs::path(folder) / "recipe.toml");  // throws where it may not be looked at
    throw InputError(folder + ": not a run's folder: pbb run keeps its recipe.toml in it",
                     "pbb run RECIPE.toml makes one");
  }
  PipelineOptions options;
  options.folder = folder;
  options.kind = kind;
  options.command = fmt::format("pbb {} {}", kind, shell_word(folder));
  options.resume = true;
  options.quiet = quiet;
  return Pipeline(read_kept_recipe(fs::path(folder) / "recipe.toml"), options);
}

void print_outcome(const Pipeline& pipeline, const fs::path& folder) {
  for (const std::string& line : pipeline.headline()) fmt::print("{}\n", line);
  fmt::print("report: {}\n", (folder / "report.html").string());
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
  Command eval_command = app.add_subcommand("eval", "Ask the arms of a trained run");
  eval_command.add_option("RUN", eval->recipe, "the run's folder").required();
  eval_command.add_flag("--quiet", eval->pipeline.quiet, "no progress on standard error");
  eval_command.callback([eval] {
    Pipeline pipeline = open_run("eval", eval->recipe, eval->pipeline.quiet);
    refuse_before_the_first_step(pipeline, eval->pipeline, Purpose::eval);
    pipeline.evaluate();
    pipeline.end();
    write_outcome(pipeline, eval->recipe);
    print_outcome(pipeline, eval->recipe);
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

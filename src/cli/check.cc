// pbb check CORPUS|FILE.py …: does a corpus hold what it says? Every recorded execution is run again; a .py
// file is run on inputs given with --input.
#include <fmt/format.h>

#include <memory>

#include "base/error.h"
#include "base/file.h"
#include "cli/commands.h"
#include "programs/corpus.h"
#include "run/sandboxes.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

// How many recorded outputs of a program differ from what it does now; each is printed.
int recheck(const Program& program, const std::vector<Execution>& executions, const Runner& runner,
            const fs::path& folder) {
  std::vector<ProgramCall> calls;
  for (const Execution& execution : executions)
    calls.push_back({program.source, program.name, execution.arguments, true});
  const auto results = runner(calls);
  int different = 0;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const auto outcome = results[i].outcome();
    if (outcome && same_answer(executions[i].outcome, *outcome)) continue;
    ++different;
    fmt::print("{}: {} gives {}, recorded is {}\n", (folder / "io" / (program.name + ".jsonl")).string(),
               call_text(program.name, executions[i].arguments),
               outcome ? outcome_text(*outcome) : "no outcome (" + results[i].detail + ")",
               outcome_text(executions[i].outcome));
  }
  return different;
}

void check_corpus(const fs::path& folder, const Runner& runner) {
  const Corpus corpus = read_corpus(folder);
  int executions = 0;
  int different = 0;
  for (const Program& program : corpus.programs) {
    auto all = read_test_executions(corpus, program);
    if (program.split == Split::with_io) {
      for (auto& execution : read_training_executions(corpus, program)) all.push_back(std::move(execution));
    }
    executions += static_cast<int>(all.size());
    different += recheck(program, all, runner, folder);
  }
  fmt::print("{}: {} programs, {} executions, {} differ\n", folder.string(), corpus.programs.size(),
             executions, different);
  if (different > 0) {
    throw InputError(
        fmt::format("{}: {} recorded executions are not what the source does", folder.string(), different),
        "after editing a source, make its io/ anew: pbb make import on a folder of the sources");
  }
}

void check_file(const fs::path& file, const std::vector<std::string>& inputs, const Runner& runner) {
  const std::string source = read_file(file);
  const std::string name = file.stem().string();
  if (inputs.empty())
    throw InputError(file.string() + ": no input to run it on",
                     "add --input '5' (arguments, separated by commas)");
  for (const std::string& input : inputs) {
    const auto arguments = parse_value("[" + input + "]");
    if (!arguments)
      throw InputError(fmt::format("--input '{}' is not a list of Python literals", input),
                       "as in --input \"5, 'oak'\"");
    const ProgramCall call{source, name, std::get<ListValue>(arguments->data).items, true};
    const CallResult result = runner({&call, 1}).front();
    const auto outcome = result.outcome();
    if (!outcome) {
      throw InputError(
          fmt::format("{}: {}: {}", file.string(), call_text(name, call.arguments), result.detail));
    }
    for (const TraceStep& step : result.trace)
      fmt::print("{:4}  {:<40}  {}\n", step.line, step.text, step.step);
    fmt::print("{} = {}\n", call_text(name, call.arguments), outcome_text(*outcome));
  }
}

}  // namespace

void add_check_command(CLI::App& app) {
  struct Options {
    std::vector<std::string> paths, inputs;
    bool unsafe = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("check", "Run a corpus's executions again, or trace a .py file on inputs");
  command->add_option("PATH", options->paths, "corpus folders or .py files")->required();
  command
      ->add_option("--input", options->inputs,
                   "for .py files: arguments, as in \"5, 'oak'\"; may be repeated")
      ->allow_extra_args(false);
  command->add_flag("--unsafe-no-isolation", options->unsafe,
                    "run programs without bubblewrap: only source that you trust");
  command->callback([options] {
    const Runner runner = sandbox_runner(options->unsafe);
    for (const std::string& path : options->paths) {
      if (fs::is_directory(path)) {
        check_corpus(path, runner);
      } else {
        check_file(path, options->inputs, runner);
      }
    }
  });
}

}  // namespace pbb

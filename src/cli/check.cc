// pbb check CORPUS|FILE.py …: does a corpus hold what it says? Every stored execution is run again, and with
// --renew stored anew; a .py file is run on inputs given with --input.
#include <fmt/format.h>

#include <memory>

#include "base/error.h"
#include "base/plural.h"
#include "base/printable.h"
#include "cli/commands.h"
#include "programs/importers/float_traps.h"
#include "programs/source_text.h"
#include "programs/verify.h"
#include "run/sandboxes.h"
#include "run/taken_folder.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

void warn(const std::string& text) {
  fmt::print(stderr, "warning: {}\n", printable_line(text));
}

void check_corpus(const fs::path& folder, const Runner& runner) {
  const Corpus corpus = read_corpus(folder);
  const Verification found = verify_corpus(corpus, runner);
  for (const std::string& note : found.notes) warn(note);
  for (const auto* texts : {&found.differences, &found.told}) {
    for (const std::string& text : *texts) fmt::print("{}\n", printable_line(text));
  }
  fmt::print("{}: {}, {}, {} differ\n", folder.string(), plural(corpus.programs.size(), "program"),
             plural(found.executions, "execution"), found.differences.size());
  if (!found.differences.empty()) {
    throw InputError(fmt::format("{}: {} not what the sources do", folder.string(),
                                 found.differences.size() == 1
                                     ? std::string("1 stored execution is")
                                     : fmt::format("{} stored executions are", found.differences.size())),
                     fmt::format("if the sources are right: pbb check {} --renew", folder.string()));
  }
  if (!found.told.empty()) {
    throw InputError(
        fmt::format("{}: sources tell {}", folder.string(), plural(found.told.size(), "held-out call")),
        "take them out of the source, or make their lines in io/ \"use\": \"train\"");
  }
}

void renew(const fs::path& folder, const Runner& runner) {
  const Corpus corpus = read_corpus(folder);
  const Renewal renewal = renew_corpus(corpus, runner);
  fmt::print("{}: {}, {} stored anew, {} differed\n", folder.string(),
             plural(corpus.programs.size(), "program"), plural(renewal.executions, "execution"),
             renewal.differed);
}

void check_file(const fs::path& file, const std::vector<std::string>& inputs, const Runner& runner) {
  const std::string source = read_source(file);
  const std::string name = file.stem().string();
  if (inputs.empty())
    throw InputError(file.string() + ": no input to run it on",
                     "add --input '5' (arguments, separated by commas)");
  TriedProgram tried{.source = source, .name = name, .inputs = {}};
  for (const std::string& input : inputs) {
    const auto arguments = parse_value("[" + input + "]");
    if (!arguments)
      throw InputError(fmt::format("--input '{}' is not a list of Python literals", input),
                       "as in --input \"5, 'oak'\"");
    const ProgramCall call{source, name, std::get<ListValue>(arguments->data).items, true};
    tried.inputs.push_back(call.arguments);
    const CallResult result = runner({&call, 1}).front();
    const auto outcome = result.outcome();
    if (!outcome) {
      throw InputError(
          fmt::format("{}: {}: {}", file.string(), call_text(name, call.arguments), result.detail));
    }
    for (const TraceStep& step : result.trace)
      fmt::print("{:4}  {:<40}  {}\n", step.line, printable_line(step.text), printable_line(step.step));
    fmt::print("{} = {}\n", printable_line(call_text(name, call.arguments)),
               printable_line(outcome_text(*outcome)));
  }
  const auto traps = find_float_traps(runner, {&tried, 1});
  for (const FloatTrap& trap : traps.front())
    warn(fmt::format("{}:{}: {}", file.string(), trap.line, trap.text(name)));
}

}  // namespace

void add_check_command(Command app) {
  struct Options {
    std::vector<std::string> paths, inputs;
    bool unsafe = false, renew = false;
  };
  auto options = std::make_shared<Options>();
  Command command =
      app.add_subcommand("check", "Run a corpus's executions again, or trace a .py file on inputs");
  command.add_option("PATH", options->paths, "corpus folders or .py files").required();
  command
      .add_option("--input", options->inputs, "for .py files: arguments, as in \"5, 'oak'\"; may be repeated")
      .one_value_each();
  command.add_flag("--renew", options->renew,
                   "of corpora: write answers and traces as the sources give them now");
  command.add_flag("--unsafe-no-isolation", options->unsafe,
                   "run programs without bubblewrap: only source that you trust");
  command.callback([options] {
    const Runner runner = sandbox_runner(options->unsafe);
    for (const std::string& path : options->paths) {
      if (fs::is_directory(path)) {
        if (options->renew) {
          check_outside_of_runs(path);
          renew(path, runner);
        } else {
          check_corpus(path, runner);
        }
      } else if (options->renew) {
        throw InputError(path + ": --renew is of corpora, and this is no folder",
                         "pbb check CORPUS --renew, or leave --renew away");
      } else {
        check_file(path, options->inputs, runner);
      }
    }
  });
}

}  // namespace pbb

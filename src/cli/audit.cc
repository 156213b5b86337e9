// pbb audit verify FILE, pbb audit replay FILE --model MODEL: the log of decisions, checked and taken again.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/plural.h"
#include "base/printable.h"
#include "base/progress.h"
#include "cli/commands.h"
#include "decisions/replay.h"
#include "run/models.h"
#include "run/sandboxes.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string file, model, wanted, after;
  bool no_model = false, quiet = false, unsafe = false;
};

void verify(const Options& options) {
  const LogCheck check = require_whole(options.file, options.wanted, options.after);
  fmt::print("{}, {}{}: each as it was written, none missing between the first and the last\n",
             plural(check.lines, "line"), plural(check.decisions, "decision"),
             check.files > 1 ? fmt::format(", {} files", check.files) : "");
  if (check.unfinished)
    fmt::print(
        "the last line was cut while it was written: no answer left for it; pbb cuts it off when it goes "
        "on\n");
  fmt::print("last checksum: {}\n", check.last);
  if (!options.wanted.empty() && !check.found) {
    throw Error(fmt::format("{}: no line has the checksum {}", options.file, options.wanted),
                "lines are missing at its end, or it was written anew");
  }
}

void print_replay(const LogReplay& replay, const Options& options) {
  for (const ReplayedDifference& one : replay.differences)
    fmt::print("{}line {}: {}: {}\n", one.file == options.file ? "" : one.file.filename().string() + ", ",
               one.line, printable_line(one.call), printable_line(one.what));
  fmt::print("{} decisions: {} come out the same, {} differ", replay.decisions, replay.same,
             replay.differences.size());
  if (replay.masked > 0) fmt::print(", {} are masked and cannot be replayed", replay.masked);
  if (replay.unknown > 0)
    fmt::print(", {} are of rules that are not registered any more, or take other arguments", replay.unknown);
  fmt::print("\n");
  if (!options.no_model && replay.other_weights > 0)
    fmt::print("{} were taken by other weights than the model has now\n", replay.other_weights);
}

void replay(const Options& options) {
  Registry registry(options.model, Database::Mode::read);
  const auto rules = registry.rules();
  std::optional<LoadedModel> model;
  const LogCheck check = require_whole(options.file, "", options.after);
  if (!options.no_model) model = load_any_model(options.model, compute_type_of(options.model));
  ProgressBar bar("replay", check.decisions, options.quiet);
  const Runner run = sandbox_runner(options.unsafe);
  const LogReplay result = replay_log(
      options.file, rules, run, model ? &*model : nullptr, [&](std::int64_t done) { bar.update(done); },
      options.after);
  print_replay(result, options);
  if (!result.differences.empty())
    throw Error(fmt::format("{}: {} decisions come out otherwise", options.file, result.differences.size()),
                "each is named above, with the line of the log");
}

}  // namespace

void add_audit_command(Command app) {
  auto options = std::make_shared<Options>();
  Command command = app.add_subcommand("audit", "Verify a log of decisions, or take its decisions again");
  command.require_subcommand();
  const auto add_after = [options](Command& to) {
    to.add_option("--after", options->after,
                  "the last checksum of the files before, where these were archived elsewhere");
  };
  Command check =
      command.add_subcommand("verify", "Whether each line is as it was written, and none is missing");
  check
      .add_option("FILE", options->file,
                  "as --audit was given it, with the files FILE.000001, … that were put aside")
      .required();
  add_after(check);
  check.add_option("--holds", options->wanted, "a line must have this checksum (of an earlier verify)");
  check.callback([options] { verify(*options); });
  Command again =
      command.add_subcommand("replay", "Ask rules and model again, and name what comes out otherwise");
  again.add_option("FILE", options->file, "as --audit was given it").required();
  add_after(again);
  again.add_option("--model", options->model, "the model's folder, with the rules as they are now")
      .required();
  again.add_flag("--no-model", options->no_model, "run the rules alone, which takes milliseconds each");
  again.add_flag("--quiet", options->quiet, "no progress on standard error");
  again.add_flag("--unsafe-no-isolation", options->unsafe, "run the rules without bubblewrap");
  again.callback([options] { replay(*options); });
}

}  // namespace pbb

// pbb make DOMAIN --out CORPUS: draw programs, run them, write the corpus. pbb make import FOLDER: a user's
// own .py files.
#include <fmt/format.h>

#include <memory>

#include "base/error.h"
#include "cli/commands.h"
#include "programs/make.h"
#include "run/sandboxes.h"

namespace pbb {
namespace {

struct Options {
  std::string domain, python_folder, out;
  int programs = 60;
  double source_only_share = 0.4;
  MakeOptions make;
  bool unsafe = false;
};

Corpus carry_out(Options& options) {
  const Runner runner = sandbox_runner(options.unsafe);
  if (options.domain == "import") {
    if (options.python_folder.empty())
      throw InputError("import needs the folder of .py files", "pbb make import FOLDER --out CORPUS");
    ImportOptions import;
    import.seed = options.make.seed;
    import.source_only_share = options.source_only_share;
    import.train_inputs = options.make.train_inputs;
    import.test_inputs = options.make.test_inputs;
    return import_folder(options.python_folder, import, runner, options.out);
  }
  const int source_only = static_cast<int>(options.programs * options.source_only_share + 0.5);
  auto& with_io_count =
      options.domain == "arithmetic" ? options.make.arithmetic.with_io : options.make.rules.with_io;
  auto& source_only_count =
      options.domain == "arithmetic" ? options.make.arithmetic.source_only : options.make.rules.source_only;
  with_io_count = options.programs - source_only;
  source_only_count = source_only;
  return make_corpus(options.make, runner, options.out);
}

}  // namespace

void add_make_command(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("make", "Make a corpus of programs, or import a folder of .py files");
  command->add_option("DOMAIN", options->domain, "arithmetic, rules or import")
      ->required()
      ->check(CLI::IsMember({"arithmetic", "rules", "import"}));
  command->add_option("FOLDER", options->python_folder, "import: the folder of .py files");
  command->add_option("--out", options->out, "the corpus folder to write")->required();
  command->add_option("--programs", options->programs, "how many, both splits together")
      ->check(CLI::Range(1, 1000000));
  command->add_option("--source-only-share", options->source_only_share, "share known by source alone")
      ->check(CLI::Range(0.0, 1.0));
  command->add_option("--seed", options->make.seed, "same seed, same corpus");
  command->add_option("--train-inputs", options->make.train_inputs, "inputs to train on, a with-IO program");
  command->add_option("--test-inputs", options->make.test_inputs, "held-out inputs, a program");
  auto& arithmetic = options->make.arithmetic;
  command->add_option("--min-statements", arithmetic.min_statements, "arithmetic");
  command->add_option("--max-statements", arithmetic.max_statements, "arithmetic");
  command->add_option("--min-constant", arithmetic.min_constant, "arithmetic: of + and -");
  command->add_option("--max-constant", arithmetic.max_constant, "arithmetic: of + and -");
  command->add_option("--max-factor", arithmetic.max_factor, "arithmetic: of *");
  command->add_option("--operators", arithmetic.operators, "arithmetic: some of + - * // %, as in +-*//");
  command->add_option("--min-input", arithmetic.min_input, "arithmetic");
  command->add_option("--max-input", arithmetic.max_input, "arithmetic");
  command->add_option("--branch-share", arithmetic.branch_share, "arithmetic: programs with if/else");
  command->add_option("--loop-share", arithmetic.loop_share, "arithmetic: programs with a bounded loop");
  command->add_option("--max-conditions", options->make.rules.max_conditions, "rules");
  command->add_flag("--unsafe-no-isolation", options->unsafe,
                    "run programs without bubblewrap: only source that you trust");
  command->callback([options] {
    const Corpus corpus = carry_out(*options);
    std::size_t source_only = 0;
    for (const Program& program : corpus.programs) source_only += program.split == Split::source_only;
    fmt::print("{}: {} programs, {} with-IO and {} source-only\n", options->out, corpus.programs.size(),
               corpus.programs.size() - source_only, source_only);
  });
}

}  // namespace pbb

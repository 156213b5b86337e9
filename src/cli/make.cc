// pbb make DOMAIN --out CORPUS: draw programs, run them, write the corpus. pbb make import FOLDER: a user's
// own .py files.
#include <fmt/format.h>

#include <functional>
#include <memory>

#include "base/error.h"
#include "base/plural.h"
#include "cli/commands.h"
#include "cli/flags.h"
#include "programs/importers/import.h"
#include "programs/make.h"
#include "run/sandboxes.h"
#include "run/taken_folder.h"

namespace pbb {
namespace {

struct Options {
  std::string out, folder;
  int programs = 60;
  MakeOptions make;
  ImportOptions import;  // its share is the domains' too
  bool replace = false, unsafe = false;

  Replace replacing() const { return replace ? Replace::unchanged : Replace::nothing; }
};
using Making = std::function<Corpus(Options&)>;

// One kind of corpus as a command of its own, so that options of another are refused.
Command add_kind(Command make, const std::string& name, const std::string& help,
                 const std::shared_ptr<Options>& options, Making making) {
  Command command = make.add_subcommand(name, help);
  command.add_option("--out", options->out, "the corpus folder to write").required();
  FlagAdder flags(command);
  flags("seed", options->make.seed, Range{}, "same seed, same corpus");
  command.add_flag("--replace", options->replace,
                   "write over an earlier corpus, if nothing in it was added or edited since");
  command.add_flag("--unsafe-no-isolation", options->unsafe,
                   "run programs without bubblewrap: only source that you trust");
  command.callback([options, making] {
    check_outside_of_runs(options->out);
    const Corpus corpus = making(*options);
    std::size_t source_only = 0;
    for (const Program& program : corpus.programs) source_only += program.split == Split::source_only;
    fmt::print("{}: {}, {} with-IO and {} source-only\n", options->out,
               plural(corpus.programs.size(), "program"), corpus.programs.size() - source_only, source_only);
  });
  return command;
}

// A domain that invents programs.
void add_domain(Command make, const Domain& domain) {
  auto options = std::make_shared<Options>();
  const std::string name = domain.name;
  Command command = add_kind(make, name, domain.corpus->help, options, [name](Options& given) {
    if (!given.folder.empty()) {
      throw InputError(fmt::format("'{}': pbb make {} invents programs and reads none", given.folder, name),
                       fmt::format("pbb make import {} --out {}", given.folder, given.out));
    }
    DomainRequest& counts = given.make.of(name);
    counts.source_only = static_cast<int>(given.programs * given.import.source_only_share + 0.5);
    counts.with_io = given.programs - counts.source_only;
    return make_corpus(given.make, sandbox_runner(given.unsafe), given.out, given.replacing());
  });
  command.add_option("FOLDER", options->folder, "").hidden();  // to say that it is not read
  FlagAdder flags(command, {"with_io", "source_only"});
  flags("programs", options->programs, Range{1, 100'000}, "how many, both splits together");
  flags("source_only_share", options->import.source_only_share, Range{0, 1},
        "of the programs: known by source alone");
  list_options(flags, options->make);
  list_options(flags, options->make.of(name));
}

void add_import(Command make) {
  auto options = std::make_shared<Options>();
  Command command = add_kind(make, "import", "Read a folder of .py files", options, [](Options& given) {
    given.import.seed = given.make.seed;
    Imported imported = import_folder(given.folder, given.import, sandbox_runners(given.unsafe), given.out,
                                      given.replacing());
    fmt::print("{}", import_table(imported.files));
    refuse_empty(imported, given.folder);
    return std::move(imported.corpus);
  });
  command.add_option("FOLDER", options->folder, "the folder of .py files").required();
  FlagAdder flags(command);
  list_options(flags, options->import);
}

}  // namespace

void add_make_command(Command app) {
  Command make = app.add_subcommand("make", "Make a corpus of programs, or import a folder of .py files");
  make.require_subcommand();
  for (const Domain& domain : domains()) {
    if (domain.corpus) add_domain(make, domain);
  }
  add_import(make);
}

}  // namespace pbb

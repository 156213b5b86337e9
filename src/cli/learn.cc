// pbb learn FOLDER|FILE.py … --out MODEL: a user's own rules, read until a model recalls them, and asked
// about.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/error.h"
#include "base/plural.h"
#include "base/printable.h"
#include "base/temporary_folder.h"
#include "cli/carry_out.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/learnable.h"
#include "decisions/learnt.h"
#include "decisions/relearning.h"
#include "estimate/estimate.h"
#include "run/certificate.h"
#include "run/learning.h"
#include "run/sandboxes.h"
#include "run/taken_folder.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::vector<std::string> sources, examples;
  std::string out;
  LearningOptions learning;
  bool dry_run = false, quiet = false, unsafe = false;

  PythonSources python() const {
    return {.paths = {sources.begin(), sources.end()}, .examples = {examples.begin(), examples.end()}};
  }
};

// As the user gave it, but for --dry-run.
std::string command_of(const Options& options) {
  const LearningOptions usual;
  std::string line = "pbb learn";
  for (const std::string& source : options.sources) line += ' ' + shell_word(source);
  line += " --out " + shell_word(options.out);
  for (const std::string& file : options.examples) line += " --examples " + shell_word(file);
  const auto add = [&](const char* flag, const auto& value, const auto& default_value) {
    if (value != default_value) line += fmt::format(" --{} {}", flag, shell_word(fmt::format("{}", value)));
  };
  add("questions", options.learning.questions, usual.questions);
  add("steps", options.learning.steps, usual.steps);
  add("model", options.learning.model, usual.model);
  add("base", options.learning.base, usual.base);
  add("seed", options.learning.seed, usual.seed);
  if (!options.learning.after.empty()) line += " --after " + shell_word(options.learning.after);
  if (options.learning.replay) line += " --replay";
  if (options.learning.feed_back) line += " --feed-back";
  return line + (options.unsafe ? " --unsafe-no-isolation" : "");
}

void print_estimate(const Recipe& recipe, const Corpus& corpus, bool unsafe) {
  EstimateOptions options;
  options.unsafe_no_isolation = unsafe;
  options.corpus = corpus.folder;
  const Estimate estimate = make_estimate(recipe, options);
  if (!estimate.refusal.empty()) fmt::print("It does not fit: {}\n", printable_lines(estimate.refusal));
  for (const Estimate::Stage& stage : estimate.stages) {
    fmt::print("{}: at most {}, {}", stage.name, plural(stage.steps, "step"), plural(stage.tokens, "token"));
    const auto time = std::ranges::find(estimate.times, "stage " + stage.name, &TimePart::name);
    if (time != estimate.times.end()) fmt::print(", {}", rough_duration(time->seconds));
    fmt::print("; it ends as soon as every rule is {}, often after half of that or less\n",
               stage.name == "practice" ? "run right" : "recalled");
  }
  fmt::print("asking: {}\n", plural(estimate.questions, "question"));
  if (!estimate.times.empty()) {
    fmt::print("in all: at most {} on this machine, as busy as it is now, and {:.1f} GB of memory\n",
               rough_duration(total_seconds(estimate)),
               static_cast<double>(estimate.memory.largest().bytes()) / 1e9);
  }
  fmt::print("Nothing was trained or written: --dry-run.\n");
}

Count total(const std::vector<Certificate>& certificates, CertifiedForm Certificate::*form) {
  Count all;
  for (const Certificate& one : certificates) {
    all.right += (one.*form).answers.right;
    all.of += (one.*form).answers.of;
  }
  return all;
}

void print_outcome(const std::vector<Certificate>& certificates, const fs::path& folder) {
  fmt::print("\n{}", certificates_text(certificates));
  std::string missing;
  for (const Certificate& one : certificates) {
    if (!one.is_recalled()) missing += (missing.empty() ? "" : ", ") + one.name;
  }
  const Count plain = total(certificates, &Certificate::plain),
              assisted = total(certificates, &Certificate::assisted);
  fmt::print("\nrecalled verbatim: {} of {}; answers: {} of {} right, {} of {} with operations computed\n",
             std::ranges::count_if(certificates, &Certificate::is_recalled),
             plural(certificates.size(), "rule"), plain.right, plain.of, assisted.right, assisted.of);
  if (!missing.empty()) {
    fmt::print(
        "not recalled each time: {}. HINT: learn anew with a larger budget (--steps), or fewer rules\n",
        missing);
  }
  if (plain.right < plain.of) {
    fmt::print(
        "The answers are the model's own. Where one was wrong here, others will be: see each certificate "
        "before you rely on a rule.\n");
  }
  fmt::print("certificates: {}\nreport: {}\n", (folder / "rules" / "NAME" / "certificate.json").string(),
             (folder / "report.html").string());
  const auto asked =
      std::ranges::find_if(certificates, [](const Certificate& one) { return !one.questions.empty(); });
  if (asked != certificates.end())
    fmt::print("ask it: pbb ask {} {}\n", shell_word(folder.string()), shell_word(asked->questions[0].call));
}

// Against the model that is learnt on from; nothing where there is none. InputError where there is nothing to learn.
std::optional<Relearning> relearning_of(const Options& options, const Imported& imported) {
  const std::string& after = options.learning.after;
  if (after.empty()) return std::nullopt;
  if (!options.out.empty() && fs::weakly_canonical(options.out) == fs::weakly_canonical(after)) {
    throw InputError(fmt::format("{} cannot be learnt on into itself", after),
                     "give the new model a folder of its own with --out: the old one stays as it is");
  }
  Registry registry(after, Database::Mode::read);
  Relearning relearning = compare_rules(registry, imported.corpus.programs);
  fmt::print("beside {}: {}\n", after, relearning_text(relearning));
  std::fflush(stdout);
  if (relearning.changed.empty() && relearning.added.empty()) {
    throw InputError(
        fmt::format("{} knows all of these rules as they are: there is nothing to learn", after),
        "a rule that is gone needs no learning: the guard refuses what the registry does not hold");
  }
  return relearning;
}

// With what the model that was learnt on from has there: its versions, the gone ones obsolete.
void register_rules(const Options& options, const std::optional<Relearning>& relearning,
                    std::span<const RuleEntry> rules) {
  if (relearning && !fs::exists(Registry::file_in(options.out)))
    Registry(options.learning.after, Database::Mode::read).copy_to(options.out);
  Registry registry(options.out, Database::Mode::write);
  registry.add(rules);
  if (!relearning) return;
  for (const std::string& name : relearning->gone) {
    if (registry.find_valid(name)) registry.retire(name);
  }
}

// The run itself; interrupted, it says that the same command goes on.
void carry_out(const Options& options, const Recipe& recipe, const Imported& imported,
               const std::optional<Relearning>& relearning) {
  PipelineOptions pipeline_options;
  pipeline_options.folder = options.out;
  pipeline_options.kind = "learn";
  pipeline_options.command = pipeline_options.whole_command = command_of(options);
  pipeline_options.resume = is_run_folder(options.out);
  pipeline_options.unsafe_no_isolation = options.unsafe;
  pipeline_options.quiet = options.quiet;
  Pipeline pipeline(recipe, pipeline_options);
  pipeline.make_corpus(imported.corpus.folder);
  try {
    refuse_before_the_first_step(pipeline, pipeline_options, Purpose::run);
    pipeline.train();
    pipeline.evaluate();
  } catch (const Interrupted& interrupted) {
    throw Interrupted(interrupted.what(), "the same command goes on from there: " + pipeline_options.command);
  }
  pipeline.end();
  write_outcome(pipeline, options.out);
  const Runner run = sandbox_runner(options.unsafe);
  auto certificates = certify(options.out, pipeline.recipe(), imported);
  if (relearning) test_retraction(*relearning, imported.corpus, run, certificates);
  write_certificates(options.out, certificates);
  register_rules(options, relearning,
                 learnt_rules(options.out, pipeline.recipe(), imported.corpus.programs, certificates, run));
  pipeline.say_times();
  print_outcome(certificates, options.out);
}

void learn(const Options& options) {
  if (options.out.empty() && !options.dry_run)
    throw InputError("no folder for the model is given",
                     "add --out MODEL, or --dry-run to see what would be learnt");
  const TemporaryFolder scratch;
  const Imported imported =
      import_learnable(options.python(), options.learning, options.unsafe, scratch / "corpus");
  fmt::print("{}", learnable_table(imported));
  std::fflush(stdout);
  refuse_empty(imported, fmt::format("{}", fmt::join(options.sources, ", ")));
  if (options.learning.feed_back && !options.learning.after.empty()) {
    throw InputError(
        "--feed-back cannot go on from the model of --after: what that one reads with stands on a base "
        "that has not practised",
        "leave one of them out");
  }
  const auto relearning = relearning_of(options, imported);
  const Recipe recipe = learning_recipe(options.learning, options.python(), imported,
                                        relearning ? relearning->unchanged : std::vector<std::string>());
  if (options.dry_run) return print_estimate(recipe, imported.corpus, options.unsafe);
  require_same_learning(options.out, recipe);
  require_same_rules(options.out, imported.corpus);
  carry_out(options, recipe, imported, relearning);
}

}  // namespace

void add_learn_command(Command app) {
  auto options = std::make_shared<Options>();
  Command command = app.add_subcommand(
      "learn", "Learn a folder of your own rules from their source: table, model, certificates");
  command.add_option("SOURCES", options->sources, "folders of .py files, or such files").required();
  command.add_option("--out", options->out,
                     "the model's folder; the same command goes on where it was stopped");
  command
      .add_option("--examples", options->examples,
                  "a .csv or .jsonl file of inputs with the answers that you expect; may be repeated")
      .one_value_each();
  command.add_flag("--dry-run", options->dry_run,
                   "say what can be learnt and what it will take; train and write nothing");
  FlagAdder flags(command);
  list_options(flags, options->learning);
  command.add_flag("--quiet", options->quiet, "no progress on standard error");
  command.add_flag("--unsafe-no-isolation", options->unsafe,
                   "run programs without bubblewrap: only source that you trust");
  command.callback([options] { learn(*options); });
}

}  // namespace pbb

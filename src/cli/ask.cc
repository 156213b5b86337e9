// pbb ask MODEL 'Blorp(5)': one question about a learnt program; its steps are checked where the source is at
// hand.
#include <fmt/color.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "base/printable.h"
#include "cli/commands.h"
#include "decisions/decision_log.h"
#include "decisions/record.h"
#include "evaluation/evaluate.h"
#include "evaluation/names.h"
#include "programs/corpus.h"
#include "run/models.h"
#include "run/sandboxes.h"
#include "run/taken_folder.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string model, call, corpus, source;
  std::string form;   // empty: as the run's arms are asked
  std::string guard;  // empty: none
  std::string audit;  // a log of decisions; empty: none
  std::vector<std::string> masked;
  int max_new_tokens = 0;  // 0: as many as them, or 400
  bool unsafe_no_isolation = false;
};

struct Call {
  std::string name;
  std::vector<Value> arguments;
};

// "Blorp(5, 'oak')" as a name and arguments.
Call parse_call(const std::string& text) {
  const auto open = text.find('(');
  const auto close = text.find_last_not_of(" \t\n");
  if (open != std::string::npos && open > 0 && text[close] == ')') {
    const auto arguments = parse_value(fmt::format("[{}]", text.substr(open + 1, close - open - 1)));
    if (arguments) return {text.substr(0, open), std::get<ListValue>(arguments->data).items};
  }
  throw InputError(fmt::format("'{}' is not a call with Python literals", text),
                   "as in 'Blorp(5)' or \"Blorp(5, 'oak')\"");
}

// The program's source, when there is any to check the answer against.
std::optional<Program> find_program(const Options& options, const std::string& name) {
  if (!options.source.empty()) {
    Program program;
    program.name = name;
    program.source = read_file(options.source);
    return program;
  }
  fs::path folder = options.corpus;
  if (folder.empty() && is_run_folder(options.model)) folder = fs::path(options.model) / "corpus";
  if (folder.empty()) return std::nullopt;
  const Corpus corpus = read_corpus(folder);
  if (const Program* program = corpus.find(name)) return *program;
  throw InputError(fmt::format("{}: there is no program '{}'", folder.string(), name),
                   corpus.programs.empty() ? "" : fmt::format("as in '{}'", corpus.programs.front().name));
}

std::string mark(bool right) {
  const std::string text = right ? "right" : "WRONG";
  if (isatty(STDOUT_FILENO) != 1) return text;
  return fmt::format(fmt::fg(right ? fmt::color::green : fmt::color::red), "{}", text);
}

// What the model wrote, or a program raised, goes through printable_line: it may hold a terminal's commands.
void print_steps(const Program& program, const ItemResult& result) {
  if (recites(result.form)) {
    const RecitationCheck& recitation = result.recitation;
    fmt::print("  {}  source: {} of {} lines\n", mark(recitation.verbatim), recitation.lines_right,
               recitation.lines);
    if (!recitation.verbatim) {
      const auto parts = split_answer(result.completion, result.form, recitation_of(program).left);
      fmt::print("         as recited: {}\n", printable_line(parts.source.value_or(result.completion)));
    }
  }
  for (std::size_t i = 0; i < result.steps.size(); ++i) {
    const StepCheck& step = result.steps[i];
    fmt::print("  {}  {}", mark(step.right), printable_line(step.text));
    if (!step.right && i < result.true_steps.size()) {
      fmt::print("    (truly: {})", printable_line(result.true_steps[i]));
    }
    fmt::print("\n");
  }
}

std::string said(const ItemResult& result) {
  return result.answer.empty() ? "(no answer found)" : printable_line(result.answer);
}

void print_judged(const Program& program, const ItemResult& result) {
  print_steps(program, result);
  fmt::print("{} = {}\n", printable_line(result.call), said(result));
  fmt::print("  {}  truth: {}\n", mark(result.verdict == Verdict::correct), printable_line(result.truth));
}

// A program that nothing is known of but its name: the answer is printed as it stands.
void print_unchecked(const ItemResult& result, const char* why) {
  std::string_view text = result.completion;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    fmt::print("{}\n", printable_line(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  fmt::print("{} = {}\n", printable_line(result.call), said(result));
  fmt::print(stderr, "not checked: {}\n", why);
}

Execution true_execution(const Program& program, const Call& call, const Options& options) {
  const ProgramCall true_call{program.source, program.name, call.arguments, true};
  const CallResult truth = sandbox_runner(options.unsafe_no_isolation)({&true_call, 1}).front();
  const auto outcome = truth.outcome();
  if (!outcome) {
    throw InputError(fmt::format("{}: the program itself comes to no outcome: {}", options.call,
                                 printable_line(truth.detail)));
  }
  return {call.arguments, *outcome, truth.trace};
}

// Registered rules alone have a guard.
RegisteredRule find_rule(const std::string& model, const std::string& name) {
  if (!fs::exists(Registry::file_in(model))) {
    throw InputError(fmt::format("{}: no registry of rules, so there is nothing to guard by", model),
                     "a guard is for models that pbb learn made; leave --guard out, and --corpus or --source "
                     "checks the steps");
  }
  Registry registry(model, Database::Mode::read);
  if (auto rule = registry.find_valid(name)) return std::move(*rule);
  const auto known = registry.rules();
  throw InputError(fmt::format("{}: there is no rule '{}'", model, name),
                   known.empty() ? "" : fmt::format("as in '{}'", known.front().entry.name));
}

void print_decision(const Decision& decision, const RegisteredRule& rule) {
  if (decision.guard == Guard::model) {
    if (!decision.failure.empty()) throw InputError(fmt::format("{}: {}", decision.call, decision.failure));
    print_unchecked(decision.said, "--guard checked holds it against the registered rule");
    return;
  }
  if (decision.failure.empty()) {
    Program program;
    program.name = rule.entry.name;
    program.source = rule.entry.source;
    print_steps(program, decision.said);
    fmt::print("  {}  the model says: {}\n", mark(decision.said.verdict == Verdict::correct),
               said(decision.said));
  }
  fmt::print("{} = {}\n  answered by the {}: {}{}\n", printable_line(decision.call),
             printable_line(outcome_text(*decision.answer)),
             choice_name<AnsweredBy>(answerers, decision.answered_by), describe(decision.reason),
             decision.failure.empty() ? "" : " (" + printable_line(decision.failure) + ")");
}

void answer_guarded(const Options& options) {
  const Call call = parse_call(options.call);
  const Asking asking = asking_of(options.model, options.form, options.max_new_tokens);
  const Guard guard = find_choice<Guard>(guards, options.guard).value();  // the flag takes no other word
  check_guard(guard, asking);
  const RegisteredRule rule = find_rule(options.model, call.name);
  Input arguments = bind_arguments(rule.entry.signature, call.arguments);
  const DataType compute = compute_type_of(options.model);
  const Decider decider{.model = options.model,
                        .compute = std::string(data_type_name(compute)),
                        .masked = {options.masked.begin(), options.masked.end()},
                        .package = package_sha256(Registry(options.model, Database::Mode::read).rules())};
  std::optional<DecisionLog> log;
  if (!options.audit.empty()) log.emplace(options.audit, opening_labels(decider, "pbb ask"));
  const Runner run = sandbox_runner(options.unsafe_no_isolation);
  LoadedModel model = load_any_model(options.model, compute);
  const Decision decision =
      decide(guard, rule, std::move(arguments), asking, model.tokenizer, run, complete_alone(model));
  if (log) {
    log->append(decision_record(decision, rule, decider,
                                {.id = new_decision_id(), .requested_by = "", .trace_id = ""}));
  }
  print_decision(decision, rule);
}

void answer(const Options& options) {
  if (options.guard.empty() && (!options.audit.empty() || !options.masked.empty()))
    throw InputError("--audit and --mask are of decisions, which need a guard", "add --guard checked");
  if (!options.guard.empty()) return answer_guarded(options);
  const Call call = parse_call(options.call);
  const Asking asking = asking_of(options.model, options.form, options.max_new_tokens);
  const std::optional<Program> program = find_program(options, call.name);
  Item item;
  item.form = asking.form;
  item.program.name = call.name;  // a question needs no more than the name
  item.truth.arguments = call.arguments;
  if (program) {
    item.program = *program;
    item.truth = true_execution(*program, call, options);
  }
  LoadedModel model = load_any_model(options.model, compute_type_of(options.model));
  ArmOptions arm;
  arm.executor = asking.executor;
  arm.max_new_tokens = asking.max_new_tokens;
  const ItemResult result = run_arm(model.decoder, model.tokenizer, {item}, arm).front();
  if (result.verdict == Verdict::error) throw InputError(options.call + ": " + result.error);
  if (program) {
    print_judged(item.program, result);
  } else {
    print_unchecked(result, "give --corpus or --source to check it against the program");
  }
}

}  // namespace

void add_ask_command(Command app) {
  auto options = std::make_shared<Options>();
  Command command = app.add_subcommand("ask", "Ask a model to run a program that it has learnt");
  command.add_option("MODEL", options->model, "a run's folder, or any MODEL").required();
  command.add_option("CALL", options->call, "as in 'Blorp(5)'").required();
  command
      .add_option("--form", options->form,
                  "trace, direct, recite, or assisted (default: the first that the run's evaluation asks "
                  "for, or trace)")
      .one_of({"trace", "direct", "recite", "assisted"});
  command
      .add_option("--guard", options->guard,
                  "of a rule that pbb learn taught: model (its answer, unchecked), checked (its answer where "
                  "source and every step are right, else the program's own), shadow (the program's; the "
                  "model is compared)")
      .one_of({"model", "checked", "shadow"});
  command.add_option("--audit", options->audit, "with --guard: add the decision to this log");
  command
      .add_option("--mask", options->masked, "an argument whose value the log does not hold; may be repeated")
      .one_value_each();
  command.add_option("--corpus", options->corpus,
                     "check against the program in this corpus (default: the run's own)");
  command.add_option("--source", options->source, "check against this .py file");
  command
      .add_option("--max-new-tokens", options->max_new_tokens,
                  "cut the answer here (default: 400, or more where the run's evaluation allows more)")
      .positive();
  command.add_flag("--unsafe-no-isolation", options->unsafe_no_isolation,
                   "run the program, to check the answer, without bubblewrap");
  command.callback([options] { answer(*options); });
}

}  // namespace pbb

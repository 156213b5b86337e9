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
  std::string form;        // empty: as the run's arms are asked
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
    const auto arguments = parse_value("[" + text.substr(open + 1, close - open - 1) + "]");
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

// What the model wrote, or a program raised, goes through printable_line: it may hold a terminal's commands.
void print_judged(const Item& item, const ItemResult& result) {
  const bool colour = isatty(STDOUT_FILENO) == 1;
  const auto mark = [&](bool right) {
    const std::string text = right ? "right" : "WRONG";
    return colour ? fmt::format(fmt::fg(right ? fmt::color::green : fmt::color::red), "{}", text) : text;
  };
  if (recites(result.form)) {
    const RecitationCheck& recitation = result.recitation;
    fmt::print("  {}  source: {} of {} lines\n", mark(recitation.verbatim), recitation.lines_right,
               recitation.lines);
    if (!recitation.verbatim) {
      const auto parts = split_answer(result.completion, result.form, recitation_of(item.program).left);
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
  fmt::print("{} = {}\n", printable_line(result.call),
             result.answer.empty() ? "(no answer found)" : printable_line(result.answer));
  fmt::print("  {}  truth: {}\n", mark(result.verdict == Verdict::correct), printable_line(result.truth));
}

// A program that nothing is known of but its name: the answer is printed as it stands.
void print_unchecked(const ItemResult& result) {
  std::string_view text = result.completion;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    fmt::print("{}\n", printable_line(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  fmt::print("{} = {}\n", printable_line(result.call),
             result.answer.empty() ? "(no answer found)" : printable_line(result.answer));
  fmt::print(stderr, "not checked: give --corpus or --source to check it against the program\n");
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

struct Asking {
  AnswerForm form = AnswerForm::trace;
  int max_new_tokens = 400;
};

// As the user says, else as the run that the model is of asks.
Asking asking_of(const Options& options) {
  Asking asking;
  if (is_run_folder(options.model)) {
    const EvaluationRecipe evaluation = read_kept_recipe(fs::path(options.model) / "recipe.toml").evaluation;
    if (!evaluation.forms.empty()) asking.form = evaluation.forms.front();
    asking.max_new_tokens = std::max(asking.max_new_tokens, evaluation.max_new_tokens);
  }
  if (!options.form.empty()) asking.form = answer_form_from(options.form);
  if (options.max_new_tokens > 0) asking.max_new_tokens = options.max_new_tokens;
  return asking;
}

void answer(const Options& options) {
  const Call call = parse_call(options.call);
  const Asking asking = asking_of(options);
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
  arm.max_new_tokens = asking.max_new_tokens;
  const ItemResult result = run_arm(model.decoder, model.tokenizer, {item}, arm).front();
  if (result.verdict == Verdict::error) throw InputError(options.call + ": " + result.error);
  if (program) {
    print_judged(item, result);
  } else {
    print_unchecked(result);
  }
}

}  // namespace

void add_ask_command(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("ask", "Ask a model to run a program that it has learnt");
  command->add_option("MODEL", options->model, "a run's folder, or any MODEL")->required();
  command->add_option("CALL", options->call, "as in 'Blorp(5)'")->required();
  command
      ->add_option("--form", options->form,
                   "trace, direct, recite, or assisted (default: the first that the run's evaluation asks "
                   "for, or trace)")
      ->check(CLI::IsMember({"trace", "direct", "recite", "assisted"}));
  command->add_option("--corpus", options->corpus,
                      "check against the program in this corpus (default: the run's own)");
  command->add_option("--source", options->source, "check against this .py file");
  command
      ->add_option("--max-new-tokens", options->max_new_tokens,
                   "cut the answer here (default: 400, or more where the run's evaluation allows more)")
      ->check(CLI::PositiveNumber);
  command->add_flag("--unsafe-no-isolation", options->unsafe_no_isolation,
                    "run the program, to check the answer, without bubblewrap");
  command->callback([options] { answer(*options); });
}

}  // namespace pbb

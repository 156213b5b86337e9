// pbb ask MODEL 'Blorp(5)': one question about a learnt program; its steps are checked where the source is at
// hand.
#include <fmt/color.h>
#include <fmt/format.h>
#include <unistd.h>

#include <memory>
#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "cli/commands.h"
#include "evaluation/evaluate.h"
#include "generation/generate.h"
#include "programs/corpus.h"
#include "run/models.h"
#include "run/sandboxes.h"
#include "run/taken_folder.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string model, call, corpus, source, form = "trace";
  int max_new_tokens = 160;
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

void print_judged(const ItemResult& result) {
  const bool colour = isatty(STDOUT_FILENO) == 1;
  const auto mark = [&](bool right) {
    const std::string text = right ? "right" : "WRONG";
    return colour ? fmt::format(fmt::fg(right ? fmt::color::green : fmt::color::red), "{}", text) : text;
  };
  for (std::size_t i = 0; i < result.steps.size(); ++i) {
    const StepCheck& step = result.steps[i];
    fmt::print("  {}  {}", mark(step.right), step.text);
    if (!step.right && i < result.true_steps.size()) fmt::print("    (truly: {})", result.true_steps[i]);
    fmt::print("\n");
  }
  fmt::print("{} = {}\n", result.call, result.answer.empty() ? "(no answer found)" : result.answer);
  fmt::print("  {}  truth: {}\n", mark(result.verdict == Verdict::correct), result.truth);
}

void answer(const Options& options) {
  const Call call = parse_call(options.call);
  const AnswerForm form = options.form == "direct" ? AnswerForm::direct : AnswerForm::trace;
  const std::optional<Program> program = find_program(options, call.name);
  LoadedModel model = load_any_model(options.model, compute_type("auto"));

  Program named;  // a question needs no more than the name
  named.name = call.name;
  const Question question = make_question(model.tokenizer, program.value_or(named), call.arguments, form, 0);
  GenerationOptions generation;
  generation.max_new_tokens = options.max_new_tokens;
  generation.stop_tokens = {model.tokenizer.end_of_text()};
  const auto completion = generate(model.decoder, {&question.tokens, 1}, generation).front();
  const std::string text = model.tokenizer.decode(completion.tokens);
  if (!program) {
    fmt::print("{}\n", text);
    const auto value = find_answer(text, form);
    fmt::print("{} = {}\n", options.call, value ? outcome_text(*value) : "(no answer found)");
    fmt::print(stderr, "not checked: give --corpus or --source to check it against the program\n");
    return;
  }
  const ProgramCall true_call{program->source, program->name, call.arguments, true};
  const CallResult truth = sandbox_runner()({&true_call, 1}).front();
  const auto outcome = truth.outcome();
  if (!outcome) {
    throw InputError(
        fmt::format("{}: the program itself comes to no outcome: {}", options.call, truth.detail));
  }
  const Item item{*program, {call.arguments, *outcome, truth.trace}, form, 0};
  print_judged(judge(item, question, text, !completion.stopped));
}

}  // namespace

void add_ask_command(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("ask", "Ask a model to run a program that it has learnt");
  command->add_option("MODEL", options->model, "a run's folder, or any MODEL")->required();
  command->add_option("CALL", options->call, "as in 'Blorp(5)'")->required();
  command->add_option("--form", options->form, "trace or direct")->check(CLI::IsMember({"trace", "direct"}));
  command->add_option("--corpus", options->corpus,
                      "check against the program in this corpus (default: the run's own)");
  command->add_option("--source", options->source, "check against this .py file");
  command->add_option("--max-new-tokens", options->max_new_tokens, "cut the answer here")
      ->check(CLI::PositiveNumber);
  command->callback([options] { answer(*options); });
}

}  // namespace pbb

#include "assessment/measured_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "base/sha256.h"
#include "report/run_folder.h"
#include "run/models.h"
#include "run/taken_folder.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

constexpr const char* run_hint = "name the folder of a finished run: that of pbb learn --out, or of pbb run";

// A run as it is looked at here.
struct Looked {
  RunFolder folder;
  Tokenizer tokenizer;
  std::map<std::string, Clarity> clarity;  // by program

  const Corpus& corpus() const { return *folder.corpus; }
};

Looked look_at(const fs::path& path, const Runner& run) {
  if (!is_run_folder(path))
    throw InputError(fmt::format("{}: it is no run of pbb's", path.string()), run_hint);
  RunFolder folder = read_run_folder(path);
  if (!folder.record || folder.arms.empty() || !folder.corpus)
    throw InputError(fmt::format("{}: the run has no answers yet", path.string()), run_hint);
  // By the name under which the recipe knows the model, which need not be there under the folder of a run.
  Tokenizer tokenizer = load_any_tokenizer(folder.record->model);
  std::vector<std::string> sources;
  for (const Program& program : folder.corpus->programs) sources.push_back(program.source);
  const auto found = clarity_of(run, sources);
  std::map<std::string, Clarity> clarity;
  for (std::size_t i = 0; i < found.size(); ++i) clarity.emplace(folder.corpus->programs[i].name, found[i]);
  return {std::move(folder), std::move(tokenizer), std::move(clarity)};
}

// Nothing: what the arm says tells nothing of teaching (a wrong name, another's source, sources and executions both).
std::optional<Teaching> teaching_of(const ArmPlan& arm, Split split) {
  if (arm.question != AskedName::own || arm.source == ShownSource::shuffled || arm.shots > 0 ||
      arm.stages < 0)
    return std::nullopt;
  if (arm.source != ShownSource::none) return arm.has_read ? std::nullopt : std::optional(Teaching::given);
  if (split == Split::source_only) return arm.has_read ? Teaching::source : Teaching::nothing;
  if (!arm.has_run) return Teaching::nothing;
  return arm.has_read ? std::nullopt : std::optional(Teaching::examples);
}

// What a program of the with-IO split was taught by, in the mean.
int examples_a_rule(const Corpus& corpus) {
  std::size_t examples = 0, programs = 0;
  for (const Program& program : corpus.programs) {
    if (program.split != Split::with_io) continue;
    examples += read_training_executions(corpus, program).size();
    ++programs;
  }
  return programs == 0 ? 0 : static_cast<int>((examples + programs / 2) / programs);
}

// Of a question with its answer. Where the source was given, both hold it: it is counted once.
std::size_t tokens_of(const Tokenizer& tokenizer, const ItemResult& result, Teaching teaching) {
  std::string_view completion = result.completion;
  const std::string_view cue = "\nTrace:";
  const std::size_t trace = completion.find(cue);
  if (teaching == Teaching::given && trace != std::string_view::npos && result.prompt.ends_with(cue))
    completion.remove_prefix(trace + cue.size());
  return tokenizer.encode(result.prompt).size() + tokenizer.encode(completion).size();
}

std::optional<MeasuredAnswers> answers_of(const Looked& looked, const Arm& arm, AnswerForm form,
                                          Split split) {
  const auto teaching = teaching_of(arm.plan, split);
  if (!teaching) return std::nullopt;
  MeasuredAnswers answers{.teaching = *teaching, .form = form, .rules = {}, .seconds = {}};
  if (*teaching == Teaching::examples) answers.examples = examples_a_rule(looked.corpus());
  const auto& sittings = looked.folder.record->sittings;
  answers.are_edges = std::ranges::any_of(sittings, [](const Sitting& one) { return one.kind == "learn"; });
  std::map<std::string, Cluster> scores;
  std::size_t tokens = 0, asked = 0;
  for (const ItemResult& result : arm.results) {
    if (result.form != form || result.split != split || result.verdict == Verdict::error) continue;
    Cluster& score = scores[result.program];
    ++score.items;
    score.correct += result.verdict == Verdict::correct;
    tokens += tokens_of(looked.tokenizer, result, *teaching);
    ++asked;
  }
  if (asked == 0) return std::nullopt;
  answers.tokens = static_cast<double>(tokens) / static_cast<double>(asked);
  for (const auto& [name, score] : scores) {
    const Program* program = looked.corpus().find(name);
    if (program == nullptr) continue;
    answers.rules.push_back({sha256(program->source).substr(0, 12), looked.clarity.at(name), score});
  }
  // As the file has them: the order decides which intervals are drawn.
  std::ranges::sort(answers.rules, {}, &RuleScore::source);
  for (const auto& [part, seconds] : looked.folder.record->timings) {
    if (part == "arm " + arm.plan.name && !arm.results.empty())
      answers.seconds = seconds / static_cast<double>(arm.results.size());
  }
  return answers;
}

// Of arms that were taught alike the one that hands over, since pbb learn and ask do.
bool is_worse(const Arm& arm, const std::vector<Arm>& arms) {
  return arm.plan.executor == Executor::itself && std::ranges::any_of(arms, [&](const Arm& other) {
           return other.plan.executor == Executor::base && other.plan.stage == arm.plan.stage &&
                  other.plan.source == arm.plan.source && other.plan.question == arm.plan.question;
         });
}

std::vector<std::string> known_rules(const fs::path& folder, const std::string& stage) {
  const Recipe recipe = read_kept_recipe(folder / "recipe.toml");
  for (const StageRecipe& one : recipe.stages) {
    if (one.name == stage) return one.reading.known;
  }
  return {};
}

// Of the stages that an arm was asked after: another one only makes ready.
std::optional<MeasuredTraining> training_of(const Looked& looked, const StageRecord& stage) {
  const auto& arms = looked.folder.arms;
  const auto arm = std::ranges::find_if(arms, [&](const Arm& one) {
    return one.plan.stage == stage.name && one.plan.has_read != one.plan.has_run;
  });
  if (arm == arms.end() || looked.folder.record->stages.size() != 1) return std::nullopt;
  MeasuredTraining training{.teaching = arm->plan.has_read ? Teaching::source : Teaching::examples};
  if (training.teaching == Teaching::examples) training.examples = examples_a_rule(looked.corpus());
  const auto known = known_rules(looked.folder.path, stage.name);
  training.known = static_cast<int>(known.size());
  for (const Program& program : looked.corpus().programs) {
    const bool is_taught = (program.split == Split::source_only) == arm->plan.has_read;
    if (!is_taught || std::ranges::count(known, program.name) > 0) continue;
    ++training.rules;
    training.source_tokens += std::ssize(looked.tokenizer.encode(program.source));
  }
  training.steps = stage.steps;
  training.tokens = stage.tokens;
  training.seconds = stage.seconds;
  return training.rules > 0 ? std::optional(training) : std::nullopt;
}

std::string machine_of(const Sitting& sitting) {
  std::string text = sitting.processor;
  if (sitting.cores) text += fmt::format(", {} cores", *sitting.cores);
  if (sitting.threads)
    text += fmt::format(", {} thread{}", *sitting.threads, *sitting.threads == 1 ? "" : "s");
  return text + ", " + sitting.compute_type;
}

}  // namespace

MeasuredRun measure_run(const fs::path& folder, const Runner& run) {
  const Looked looked = look_at(folder, run);
  const RunRecord& record = *looked.folder.record;
  const Sitting* sitting = record.training();
  if (sitting == nullptr && !record.sittings.empty()) sitting = &record.sittings.front();
  if (sitting == nullptr || sitting->commit.empty() || sitting->processor.empty() || record.command.empty())
    throw InputError(
        fmt::format("{}: run.json does not say by which command, commit and machine", folder.string()),
        "a figure that nobody can measure again is not taken: run it anew");
  MeasuredRun measured{.title = record.title,
                       .command = command_for_others(record.command),
                       .commit = sitting->commit,
                       .machine = machine_of(*sitting),
                       .date = sitting->finished.empty() ? sitting->started : sitting->finished,
                       .answers = {},
                       .trainings = {}};
  for (const Arm& arm : looked.folder.arms) {
    if (is_worse(arm, looked.folder.arms)) continue;
    for (const AnswerForm form :
         {AnswerForm::direct, AnswerForm::trace, AnswerForm::recite, AnswerForm::assisted}) {
      for (const Split split : {Split::with_io, Split::source_only}) {
        if (auto answers = answers_of(looked, arm, form, split))
          measured.answers.push_back(std::move(*answers));
      }
    }
  }
  for (const StageRecord& stage : record.stages) {
    if (const auto training = training_of(looked, stage)) measured.trainings.push_back(*training);
  }
  if (measured.answers.empty())
    throw InputError(
        fmt::format("{}: none of its arms tells of teaching by source or by examples", folder.string()),
        run_hint);
  return measured;
}

}  // namespace pbb

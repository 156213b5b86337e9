#include "run/learning.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/error.h"
#include "evaluation/evaluate.h"
#include "examples/fresh_examples.h"
#include "model/load.h"
#include "run/taken_folder.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

constexpr const char* stage_name = "reading";
constexpr int practice_inputs = 40;               // of a rule; most need a tenth of them
constexpr std::size_t most_source_tokens = 2048;  // what a step of two gigabytes of memory has room for
constexpr std::size_t room_for_a_trace = 256;

std::size_t longest_declaration(const Tokenizer& tokenizer, const Program& program) {
  std::size_t longest = 0;
  for (int i = 0; i < declaration_templates(); ++i)
    longest = std::max(longest, make_declaration(tokenizer, program, i).tokens.size());
  return longest;
}

std::size_t longest_answer(const Tokenizer& tokenizer, const Corpus& corpus) {
  std::size_t longest = 0;
  for (const Program& program : corpus.programs) {
    for (const Execution& execution : read_test_executions(corpus, program))
      longest =
          std::max(longest, tokenizer.encode(answer_text(program, execution, AnswerForm::recite)).size());
  }
  return longest;
}

// Of what is practised.
std::size_t longest_run(const Tokenizer& tokenizer, const Corpus& corpus) {
  std::size_t longest = 0;
  for (const Program& program : corpus.programs) {
    if (program.split != Split::with_io) continue;
    const auto executions = read_training_executions(corpus, program);
    longest = std::max(longest, longest_execution(tokenizer, program, executions).tokens.size());
  }
  return longest;
}

std::size_t rounded_up(std::size_t count, std::size_t unit) {
  return (count + unit - 1) / unit * unit;
}

// More than were ever needed: what was recalled soonest and latest took 1.5 and 4 steps a rule (docs/lab.md).
int budget(std::size_t rules) {
  return 80 + 6 * static_cast<int>(rules);
}

// Of a stage that ends when all is learnt, and whose longest sequence has so many tokens.
TrainOptions training(double rate, int warmup_steps, std::size_t longest) {
  TrainOptions train;
  train.learning_rate = rate;
  train.schedule = LearningRateSchedule::constant;
  train.warmup_steps = warmup_steps;
  train.micro_batch_tokens = static_cast<int>(std::max<std::size_t>(1024, rounded_up(longest, 256)));
  train.checkpoint_every_steps = 20;  // an adapter is small, and a kill costs what was done since
  return train;
}

// As runs/demo.toml has it: a base runs what was recited, so nothing has to be replayed for its sake. With replay, or
// without a base, as runs/replay.toml.
StageRecipe reading_stage(const LearningOptions& options, std::size_t rules, std::size_t longest) {
  StageRecipe stage;
  stage.name = stage_name;
  stage.kind = StageKind::reading;
  stage.reading.steps = options.steps > 0 ? options.steps : budget(rules);
  stage.reading.declarations = 6;
  const int replayed = options.replay || options.base == "none" ? 1 : 0;
  stage.reading.executions = stage.reading.drills = stage.reading.texts = replayed;
  stage.train = training(2e-3, std::min(10, (stage.reading.steps + 3) / 4), longest);
  return stage;
}

// Some two executions of each rule in each of a few tens of steps, where none is run right; most are after less.
StageRecipe practice_stage(std::size_t rules, std::size_t longest) {
  StageRecipe stage;
  stage.name = "practice";
  stage.kind = StageKind::practice;
  stage.practice.steps = 40 + 4 * static_cast<int>(rules);
  stage.train = training(1e-3, 5, longest);
  return stage;
}

}  // namespace

ImportOptions learning_import(const LearningOptions& options) {
  ImportOptions import;
  import.source_only_share = options.feed_back ? 0 : 1;
  import.practice_inputs = options.feed_back ? practice_inputs : 0;
  import.seed = options.seed;
  import.test_inputs = import.boundary_inputs = options.questions;
  return import;
}

Objecting too_long_to_learn(const LearningOptions& options) {
  const auto tokenizer = std::make_shared<Tokenizer>(load_tokenizer(options.model));
  const auto context = static_cast<std::size_t>(load_config(options.model).context);
  return [tokenizer, context](const Program& program) -> std::optional<Objection> {
    const std::size_t tokens = longest_declaration(*tokenizer, program);
    const std::size_t most = std::min(most_source_tokens, context - std::min(context, room_for_a_trace));
    if (tokens <= most) return std::nullopt;
    return Objection{fmt::format("{} takes {} tokens to state, more than {}", program.name, tokens, most),
                     "a file is learnt as a whole: keep in it what the rule needs, or make it several rules"};
  };
}

Recipe learning_recipe(const LearningOptions& options, const PythonSources& sources, const Imported& imported,
                       const std::vector<std::string>& known) {
  const Tokenizer tokenizer = load_tokenizer(options.model);
  const std::vector<Program>& programs = imported.corpus.programs;
  std::size_t longest = 0;
  for (const Program& program : programs)
    longest = std::max(longest, longest_declaration(tokenizer, program));

  Recipe recipe;
  recipe.file = "pbb learn";
  recipe.title = fmt::format("{} learnt from source", programs.size() == 1 ? "A rule" : "Rules");
  recipe.seed = options.seed;
  recipe.model = is_model_name(options.model) ? options.model : fs::absolute(options.model).string();
  recipe.base = options.base == "none" || options.base == "interpreter" ? options.base
                                                                        : fs::absolute(options.base).string();
  recipe.adapter = {.rank = 16, .alpha = 32};
  for (const ImportedFile& file : imported.files) {
    if (file.verdict != ImportVerdict::accepted) continue;
    auto& files = recipe.corpus.python_files;
    const std::string path = fs::weakly_canonical(file.path).string();
    if (files.empty() || files.back() != path)
      files.push_back(path);  // functions of a file follow each other
  }
  for (const fs::path& file : sources.examples)
    recipe.corpus.examples.push_back(fs::weakly_canonical(file).string());
  recipe.corpus.import = learning_import(options);
  recipe.corpus.make.test_inputs = recipe.corpus.import.test_inputs;
  recipe.corpus.make.max_trace_steps = recipe.corpus.import.max_trace_steps;
  if (!options.after.empty()) recipe.start = fs::absolute(options.after).lexically_normal().string();
  if (options.feed_back)
    recipe.stages.push_back(practice_stage(programs.size(), longest_run(tokenizer, imported.corpus)));
  StageRecipe& reading =
      recipe.stages.emplace_back(reading_stage(options, programs.size() - known.size(), longest));
  reading.reading.known = known;
  if (options.feed_back) reading.reading.reads = ReadPrograms::all;
  recipe.evaluation.forms = {AnswerForm::recite, AnswerForm::assisted};
  // Room for a wrong line or two; what rambles on is cut.
  recipe.evaluation.max_new_tokens =
      static_cast<int>(rounded_up(longest_answer(tokenizer, imported.corpus) + 64, 64));
  recipe.arms = {{.name = "trained",
                  .stage = stage_name,
                  .executor = recipe.base == "none" ? Executor::itself : Executor::base,
                  .forms = recipe.evaluation.forms}};
  share_options(recipe);
  return recipe;
}

void require_same_learning(const fs::path& folder, const Recipe& recipe) {
  if (!is_run_folder(folder)) return;
  const Recipe kept = read_kept_recipe(folder / "recipe.toml");
  const std::string another = "choose another folder with --out";
  if (kept.corpus.python_files.empty()) {
    throw InputError(fmt::format("{} holds a run that pbb learn did not begin", folder.string()), another);
  }
  const auto named = [](const std::vector<std::string>& files, const std::vector<std::string>& others) {
    for (const std::string& file : files) {
      if (std::ranges::find(others, file) == others.end()) return file;
    }
    return std::string();
  };
  for (const auto& [before, now, what] :
       {std::tuple(&kept.corpus.python_files, &recipe.corpus.python_files, "rules"),
        std::tuple(&kept.corpus.examples, &recipe.corpus.examples, "examples")}) {
    const std::string gone = named(*before, *now), added = named(*now, *before);
    if (gone.empty() && added.empty()) continue;
    throw InputError(
        fmt::format("{} was begun with other {}: {}", folder.string(), what,
                    gone.empty() ? fmt::format("{} was not among them", added)
                                 : fmt::format("{} was among them and is not now", gone)),
        fmt::format("go on with the command that it was begun with (run.json tells it), or {}", another));
  }
}

void require_same_rules(const fs::path& folder, const Corpus& made) {
  const fs::path place = folder / "corpus";
  if (!fs::exists(place)) return;
  const Corpus before = read_corpus(place);
  const char* hint = "put it back as it was to go on, or learn anew into another folder with --out";
  for (const Program& program : made.programs) {
    const Program* known = before.find(program.name);
    if (known == nullptr || known->source != program.source) {
      throw InputError(fmt::format("{}: the source of {} is no longer what {} was begun with",
                                   folder.string(), program.name, folder.string()),
                       hint);
    }
  }
  if (contents_checksum(place) == contents_checksum(made.folder)) return;
  throw InputError(
      fmt::format("{}: the inputs or examples of its rules are no longer those that it was begun with",
                  folder.string()),
      hint);
}

}  // namespace pbb

#include "run/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/random.h"
#include "evaluation/assisted.h"
#include "programs/importers/import.h"
#include "programs/names.h"
#include "programs/verify.h"
#include "run/answer_judging.h"
#include "run/sandboxes.h"

namespace pbb {
namespace fs = std::filesystem;
namespace {

// Spreads the question templates over programs and inputs, the same for every arm.
int question_template(std::size_t program, std::size_t input) {
  return static_cast<int>((program * 7 + input * 3) % static_cast<std::size_t>(question_templates()));
}

bool is_letter_of_a_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Every `from` in the text that is a whole word becomes `to`.
void rename_in(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos;) {
    const std::size_t end = at + from.size();
    const bool is_word = (at == 0 || !is_letter_of_a_name(text[at - 1])) &&
                         (end == text.size() || !is_letter_of_a_name(text[end]));
    if (is_word) text.replace(at, from.size(), to);
    at += is_word ? to.size() : from.size();
  }
}

// The program after `index` of the same split and domain, in a circle; of any domain where it is the only
// one; none where it is the only one of its split.
const Program* next_program(const Corpus& corpus, std::size_t index) {
  const Program& own = corpus.programs[index];
  for (const bool same_domain : {true, false}) {
    for (std::size_t step = 1; step < corpus.programs.size(); ++step) {
      const Program& other = corpus.programs[(index + step) % corpus.programs.size()];
      if (other.split == own.split && (!same_domain || other.domain == own.domain)) return &other;
    }
  }
  return nullptr;
}

// `other`'s source and what it does, under the name of `own`.
Item under_another_name(const Program& own, const Program& other, Execution truth) {
  Item item{.program = own, .truth = std::move(truth)};
  item.program.source = other.source;
  rename_in(item.program.source, other.name, own.name);
  for (TraceStep& step : item.truth.trace) {
    for (std::string* text : {&step.text, &step.step, &step.pattern}) rename_in(*text, other.name, own.name);
  }
  return item;
}

// A name of the kind that programs have and none of this corpus has.
std::string unknown_name(const Corpus& corpus, std::uint64_t seed, const std::string& program) {
  Random random(seed, "wrong name/" + program);
  while (true) {
    const std::string name = draw_name(random);
    if (corpus.find(name) == nullptr) return name;
  }
}

// Executions that training may show, for worked examples.
class ExamplePool {
 public:
  explicit ExamplePool(const Corpus& corpus) {
    for (const Program& program : corpus.programs) {
      if (program.split != Split::with_io) continue;
      auto executions = read_training_executions(corpus, program);
      if (!executions.empty()) programs_.push_back({program, std::move(executions)});
    }
  }

  // `count` of them, of as many programs as there are, none of them `except`.
  std::vector<WorkedExample> choose(const ArmPlan& arm, const std::string& except, std::size_t start) const {
    std::vector<WorkedExample> examples;
    for (std::size_t at = start; examples.size() < static_cast<std::size_t>(arm.shots); ++at) {
      if (at > start + programs_.size() * static_cast<std::size_t>(arm.shots)) {
        throw InputError(
            fmt::format("arm {}: {} worked examples are asked for, but no other program of this corpus has "
                        "executions to train on",
                        arm.name, arm.shots),
            "set its shots to 0, or give the corpus with-IO programs");
      }
      const auto& [program, executions] = programs_[at % std::max<std::size_t>(1, programs_.size())];
      if (program.name != except) examples.push_back({program, executions[at % executions.size()]});
    }
    return examples;
  }

 private:
  std::vector<std::pair<Program, std::vector<Execution>>> programs_;
};

}  // namespace

TrainingPrograms training_programs(const Corpus& corpus) {
  TrainingPrograms programs;
  for (const Program& program : corpus.programs) {
    if (program.split == Split::with_io) {
      programs.add(program, read_training_executions(corpus, program));
    } else {
      programs.add_source_only(program);
    }
  }
  return programs;
}

std::unique_ptr<StepSource> stage_source(const StageRecipe& stage, const TrainingPrograms& programs,
                                         const Tokenizer& tokenizer, const Runner& run,
                                         std::vector<std::vector<std::int32_t>> texts, Decoder* policy) {
  switch (stage.kind) {
    case StageKind::reading:
      return std::make_unique<ReadingData>(programs, tokenizer, stage.reading, run, std::move(texts));
    case StageKind::practice:
      return std::make_unique<PracticeData>(programs, tokenizer, stage.practice, run,
                                            [&tokenizer](std::span<const std::int32_t> trace) {
                                              return assisted_tokens(tokenizer, trace, /*source_given=*/true);
                                            });
    case StageKind::grpo:
      return std::make_unique<GroupData>(programs, tokenizer, stage.grpo,
                                         judging_of_answers(tokenizer, stage.grpo.form), policy);
    case StageKind::exposures:
      break;
  }
  return std::make_unique<StageData>(programs, tokenizer, stage.data);
}

std::vector<ArmPlan> planned_arms(const Recipe& recipe) {
  std::vector<ArmPlan> arms = recipe.arms;
  for (ArmPlan& arm : arms) {
    arm.stages = 0;
    for (const StageRecipe* stage : stages_behind(recipe, arm.stage)) {
      ++arm.stages;
      arm.has_read |= stage->shows_sources();
      arm.has_run |= stage->shows_executions();
    }
  }
  return arms;
}

std::vector<ArmPlan> arms_of_run(const fs::path& run_folder) {
  const fs::path file = run_folder / "recipe.toml";
  return fs::exists(file) ? planned_arms(read_kept_recipe(file)) : std::vector<ArmPlan>();
}

void copy_corpus(const fs::path& from, const fs::path& folder) {
  write_folder_with_manifest(folder, "corpus", Replace::nothing, [&](const fs::path& to) {
    fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  });
}

void make_recipe_corpus(const Recipe& recipe, bool unsafe_no_isolation, const fs::path& folder) {
  const CorpusRecipe& wanted = recipe.corpus;
  if (!wanted.folder.empty()) {
    // refuse a broken one, and one that no longer tells the truth, before anything is copied
    refuse_untrue(read_corpus(wanted.folder), sandbox_runner(unsafe_no_isolation));
    copy_corpus(wanted.folder, folder);
  } else if (wanted.is_imported()) {
    Imported imported =
        import_python(wanted.sources(), wanted.import, sandbox_runners(unsafe_no_isolation), folder);
    refuse_empty(imported, wanted.python_folder.empty() ? "corpus.python_files" : wanted.python_folder);
    std::erase_if(imported.files, [](const ImportedFile& file) {
      return file.verdict == ImportVerdict::accepted && file.notes.empty();
    });
    fmt::print(stderr, "{}", import_table(imported.files));
  } else {
    make_corpus(wanted.make, sandbox_runner(unsafe_no_isolation), folder);
  }
}

std::vector<Item> evaluation_items(const Recipe& recipe, const Corpus& corpus, const ArmPlan& arm) {
  std::vector<Item> items;
  const std::optional<ExamplePool> pool = arm.shots > 0 ? std::optional<ExamplePool>(corpus) : std::nullopt;
  std::map<std::string, int> with_io_of_domain;
  for (const AnswerForm form : arm.forms) {
    with_io_of_domain.clear();
    for (std::size_t p = 0; p < corpus.programs.size(); ++p) {
      const Program& program = corpus.programs[p];
      if (program.split == Split::with_io &&
          with_io_of_domain[program.domain]++ >= recipe.evaluation.with_io_programs)
        continue;
      const bool shuffled = arm.source == ShownSource::shuffled;
      const Program* shown = shuffled ? next_program(corpus, p) : &program;
      if (shown == nullptr) continue;
      const auto tests = read_test_executions(corpus, *shown);
      const std::size_t asked = arm.inputs > 0 ? static_cast<std::size_t>(arm.inputs) : tests.size();
      for (std::size_t i = 0; i < std::min(asked, tests.size()); ++i) {
        Item item = shuffled ? under_another_name(program, *shown, tests[i]) : Item{program, tests[i]};
        item.form = form;
        item.template_index = question_template(p, i);
        if (arm.question == AskedName::wrong) item.asked_as = unknown_name(corpus, recipe.seed, program.name);
        if (pool) item.examples = pool->choose(arm, program.name, p * 5 + i);
        items.push_back(std::move(item));
      }
    }
  }
  return items;
}

}  // namespace pbb

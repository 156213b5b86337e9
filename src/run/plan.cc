#include "run/plan.h"

#include <map>

#include "base/file.h"
#include "run/sandboxes.h"

namespace pbb {
namespace fs = std::filesystem;
namespace {

// Spreads the question templates over programs and inputs, the same for every arm.
int question_template(std::size_t program, std::size_t input) {
  return static_cast<int>((program * 7 + input * 3) % static_cast<std::size_t>(question_templates()));
}

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

std::vector<PlannedArm> planned_arms(const Recipe& recipe) {
  std::vector<PlannedArm> arms;
  if (recipe.evaluation.untrained) arms.push_back({"untrained", "", false});
  if (recipe.evaluation.in_context) arms.push_back({"in-context", "", true});
  for (const StageRecipe& stage : recipe.stages) {
    if (!stage.arm.empty()) arms.push_back({stage.arm, stage.name, false});
  }
  return arms;
}

void make_recipe_corpus(const Recipe& recipe, bool unsafe_no_isolation, const fs::path& folder) {
  const CorpusRecipe& wanted = recipe.corpus;
  if (!wanted.folder.empty()) {
    read_corpus(wanted.folder);  // refuse a broken one before anything is copied
    write_folder(folder, [&](const fs::path& to) {
      fs::copy(wanted.folder, to, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    });
  } else if (!wanted.python_folder.empty()) {
    import_folder(wanted.python_folder, wanted.import, sandbox_runner(unsafe_no_isolation), folder);
  } else {
    make_corpus(wanted.make, sandbox_runner(unsafe_no_isolation), folder);
  }
}

std::vector<Item> evaluation_items(const Recipe& recipe, const Corpus& corpus) {
  std::vector<Item> items;
  std::map<std::string, int> with_io_of_domain;
  for (const std::string& form : recipe.evaluation.forms) {
    with_io_of_domain.clear();
    for (std::size_t p = 0; p < corpus.programs.size(); ++p) {
      const Program& program = corpus.programs[p];
      if (program.split == Split::with_io &&
          with_io_of_domain[program.domain]++ >= recipe.evaluation.with_io_programs)
        continue;
      const auto tests = read_test_executions(corpus, program);
      for (std::size_t i = 0; i < tests.size(); ++i) {
        items.push_back({program, tests[i], form == "direct" ? AnswerForm::direct : AnswerForm::trace,
                         question_template(p, i)});
      }
    }
  }
  return items;
}

}  // namespace pbb

// pbb learn: from a user's own files to the recipe of a run that reads them, on an interpreter base, until
// they are recalled, and then asks about their boundary inputs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/options.h"
#include "programs/importers/import.h"
#include "recipe/recipe.h"

namespace pbb {

struct LearningOptions {
  std::string model = "smollm2-135m", base = "interpreter";
  std::uint64_t seed = 1;
  int questions = 8;
  int steps = 0;
  bool replay = false;
  bool feed_back = false;
  std::string after;
};
template <typename Fields>
void list_options(Fields& fields, LearningOptions& options) {
  fields(
      "questions", options.questions, Range{1, 64},
      "boundary inputs that each rule is asked about afterwards, and as many of the examples and of its own");
  fields("steps", options.steps, Range{0, 1e7},
         "the budget: reading ends after so many steps, recalled or not; 0: by the number of rules");
  fields("model", options.model, "smollm2-135m, a .gguf file, or a Hugging Face folder");
  fields("base", options.base, "the interpreter base: interpreter (the one that ships), a folder, or none");
  fields("seed", options.seed, Range{}, "of the order in which the rules are read");
  fields("after", options.after,
         "a model that pbb learn made: it is learnt on from, its rules kept, and what has changed is learnt "
         "anew");
  fields("feed-back", options.feed_back,
         "what the base does not run right of these rules it is taught first, on inputs that nobody is asked "
         "about");
  fields("replay", options.replay,
         "drills and executions are gone through beside the rules: twice the time, for a model that runs "
         "them by "
         "itself when exported");
}

// What import_python is told: all programs are known by source alone; with feed_back, by runs too.
ImportOptions learning_import(const LearningOptions& options);
// Objects to a source that is too long to be read in one piece, or to be recited and run within the model's
// context.
Objecting too_long_to_learn(const LearningOptions& options);

// The recipe by which the accepted ones of `imported`, whose corpus is written, are learnt. `sources` as
// given to import_python. `known`: the rules that options.after knows as they are.
Recipe learning_recipe(const LearningOptions& options, const PythonSources& sources, const Imported& imported,
                       const std::vector<std::string>& known = {});

// InputError when `folder` holds what was learnt from other files or examples, or in another way, than
// `recipe` says, or a run that pbb learn did not begin; nothing where it holds no run.
void require_same_learning(const std::filesystem::path& folder, const Recipe& recipe);
// InputError when the corpus in `folder` is not `made`: a source, or an example, has changed since.
void require_same_rules(const std::filesystem::path& folder, const Corpus& made);

}  // namespace pbb

// What a recipe asks for, as values: its corpus, what training may see of it, its arms and their questions. A
// run and an estimate take the same.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "evaluation/evaluate.h"
#include "examples/stage_data.h"
#include "programs/corpus.h"
#include "recipe/recipe.h"

namespace pbb {

struct PlannedArm {
  std::string name;
  std::string stage;  // whose weights; empty: the untrained model
  bool source_in_prompt = false;
};
std::vector<PlannedArm> planned_arms(const Recipe& recipe);
// Copies, imports or makes the recipe's corpus into `folder`.
void make_recipe_corpus(const Recipe& recipe, bool unsafe_no_isolation, const std::filesystem::path& folder);
// The questions that every arm is asked.
std::vector<Item> evaluation_items(const Recipe& recipe, const Corpus& corpus);
// What training may see of a corpus: sources of all, executions of with-IO programs.
TrainingPrograms training_programs(const Corpus& corpus);

}  // namespace pbb

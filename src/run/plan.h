// What a recipe asks for, as values: its corpus, what training may see of it, its arms and their questions. A
// run and an estimate take the same.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "evaluation/evaluate.h"
#include "examples/stage_data.h"
#include "programs/corpus.h"
#include "recipe/recipe.h"

namespace pbb {

// The recipe's arms, each with what the stages before it show.
std::vector<ArmPlan> planned_arms(const Recipe& recipe);
// The same of a run's folder: for one whose run.json does not tell of its arms.
std::vector<ArmPlan> arms_of_run(const std::filesystem::path& run_folder);
// Copies, imports or makes the recipe's corpus into `folder`.
void make_recipe_corpus(const Recipe& recipe, bool unsafe_no_isolation, const std::filesystem::path& folder);
// Copies a corpus into `folder`, which is absent.
void copy_corpus(const std::filesystem::path& from, const std::filesystem::path& folder);
// The questions that an arm is asked. InputError when the corpus has nothing for its worked examples.
std::vector<Item> evaluation_items(const Recipe& recipe, const Corpus& corpus, const ArmPlan& arm);
// What a stage trains on, step by step. Refers to `programs` and `tokenizer`, which must outlive it; runs the
// fresh programs of a stage of reading or practice by `run`. `policy`: the model whose answers a stage of GRPO
// samples, which must outlive it too; null: the right answers are supposed.
std::unique_ptr<StepSource> stage_source(const StageRecipe& stage, const TrainingPrograms& programs,
                                         const Tokenizer& tokenizer, const Runner& run,
                                         std::vector<std::vector<std::int32_t>> texts,
                                         Decoder* policy = nullptr);
// What training may see of a corpus: sources of all, executions of with-IO programs.
TrainingPrograms training_programs(const Corpus& corpus);

}  // namespace pbb

// A recipe: the TOML file that says what a run does. Its keys are listed in recipe_keys.h.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/options.h"
#include "evaluation/arm_plan.h"
#include "examples/practice_data.h"
#include "examples/reading_data.h"
#include "examples/stage_data.h"
#include "model/adapter.h"
#include "programs/importers/import.h"
#include "programs/make.h"
#include "training/group_data.h"
#include "training/train.h"

namespace pbb {

enum class StageKind {
  // Declarations and executions, so many times each: StageRecipe::data.
  exposures,
  // Source-only programs, until they are recalled: StageRecipe::reading.
  reading,
  // With-IO programs with their source given, until they are run right: StageRecipe::practice. What it trains, an
  // adapter, becomes a part of the base that the stages after it stand on.
  practice,
  // With-IO programs asked by name alone, and answers that are worth more than others made likelier: StageRecipe::grpo.
  grpo,
};
inline constexpr Choice<StageKind> stage_kinds[] = {{StageKind::exposures, "exposures"},
                                                    {StageKind::reading, "reading"},
                                                    {StageKind::practice, "practice"},
                                                    {StageKind::grpo, "grpo"}};

struct StageRecipe {
  std::string name;  // "1": the folder under stages/
  // The stage whose weights it begins with: empty, the one before it in the recipe; "none", the model as it came.
  std::string after = {};
  StageKind kind = StageKind::exposures;
  StageDataOptions data;
  ReadingOptions reading;
  PracticeOptions practice;
  GroupOptions grpo;
  TrainOptions train;

  bool shows_sources() const {
    return kind == StageKind::reading || (kind == StageKind::exposures && data.source_only_declarations > 0);
  }
  // Whether the stage may be over before its steps are done.
  bool may_end_early() const { return kind == StageKind::reading || kind == StageKind::practice; }
  bool shows_executions() const {
    return kind == StageKind::practice || kind == StageKind::grpo ||
           (kind == StageKind::exposures && data.with_io_executions > 0);
  }
};

struct CorpusRecipe {
  std::string folder;                     // use this corpus ...
  std::string python_folder;              // ... or import the .py files in this folder ...
  std::vector<std::string> python_files;  // ... or these; all empty: make one
  std::vector<std::string> examples;      // of what is imported: files of inputs with answers
  MakeOptions make;
  ImportOptions import;               // what it shares with `make` is read there
  bool says_max_trace_steps = false;  // not: the default, which is another where a folder is imported

  bool is_imported() const { return !python_folder.empty() || !python_files.empty(); }
  PythonSources sources() const;
};

struct EvaluationRecipe {
  std::vector<AnswerForm> forms = {AnswerForm::trace, AnswerForm::direct};
  // At most so many of each domain: they are asked on inputs that training held out.
  int with_io_programs = 1'000'000;
  int batch_size = 64;
  int max_new_tokens = 96;
};

struct Recipe {
  std::filesystem::path file;
  std::string title;
  std::uint64_t seed = 1;
  std::string model = "smollm2-135m";
  // The interpreter base that it starts from: "none", "interpreter" (the one that ships), or a folder.
  std::string base = "none";
  // What the stages train; of rank 0: all weights.
  AdapterOptions adapter = {.rank = 0};
  // The adapter that training begins with: a run's folder, or one in PEFT's format. Empty: a new one.
  std::string start;
  std::string compute = "auto";  // auto | f32 | bf16
  CorpusRecipe corpus;
  std::vector<StageRecipe> stages;
  EvaluationRecipe evaluation;
  std::vector<ArmPlan> arms;  // in the order of every table and plot
};

// What training goes through to the end of `stage`, first to last; none where `stage` is empty.
std::vector<const StageRecipe*> stages_behind(const Recipe& recipe, std::string_view stage);

// What stages and arms may be called, as they name files.
inline constexpr std::size_t longest_name = 60;
bool is_plain_letter(char c);  // lower case, a digit or '-'
bool is_plain_name(std::string_view name);
inline constexpr const char* plain_name_hint =
    "names are lower-case letters, digits and '-', at most 60 of them";

// Gives the parts of a recipe what they share with others: seeds, names of stages, limits of programs.
void share_options(Recipe& recipe);

// Reads and checks a recipe; `overrides` are "seed=2" or "stage.2.epochs=3" (a stage or an arm by its name).
// An unknown key, a key that means nothing beside the others, a wrong type or a value out of range is an
// InputError that names file, line and value, and the nearest known key.
Recipe read_recipe(const std::filesystem::path& file, const std::vector<std::string>& overrides = {});

// A recipe as a run's folder keeps it. Earlier versions wrote keys that mean nothing beside the others, which
// read_recipe refuses.
Recipe read_kept_recipe(const std::filesystem::path& file);

// `kept` is the recipe of a run that `recipe` is to go on with. A key that `recipe` leaves to its default,
// and whose default was another when earlier versions began runs, gets that one where `kept` has it.
void take_earlier_defaults(Recipe& recipe, const Recipe& kept);

// Every key that this recipe hangs on, with its value: what the run's folder keeps, and what --resume
// compares.
std::string write_recipe(const Recipe& recipe);

}  // namespace pbb

// Every key of a recipe that is not an option of a room further down, and the tables that they stand in. A
// new key is one line in a list, here or beside the options that it sets; the reader, the writer, the
// documentation and shell completion follow.
#pragma once

#include "base/options.h"
#include "recipe/recipe.h"

namespace pbb {

inline constexpr const char* compute_words[] = {"auto", "f32", "bf16"};

inline constexpr Choice<AnswerForm> answer_forms[] = {{AnswerForm::trace, "trace"},
                                                      {AnswerForm::direct, "direct"},
                                                      {AnswerForm::recite, "recite"},
                                                      {AnswerForm::assisted, "assisted"}};

template <typename Fields>
void list_top(Fields& fields, Recipe& recipe) {
  fields("title", recipe.title, "heads the report");
  fields("seed", recipe.seed, Range{}, "of the corpus and of the order of the examples");
  fields("model", recipe.model, "smollm2-135m, a .gguf file, or a Hugging Face folder");
  fields("base", recipe.base,
         "the interpreter base that it starts from: none, interpreter (the one that ships), or a folder");
  fields("compute", recipe.compute, compute_words, "auto: whichever is faster on this processor");
}

template <typename Fields>
void list_corpus(Fields& fields, CorpusRecipe& corpus) {
  fields("folder", corpus.folder, "a corpus made before");
  fields("python_folder", corpus.python_folder, "a folder of .py files to import");
  fields("python_files", corpus.python_files, ".py files to import, in place of a folder");
  fields("examples", corpus.examples,
         "of what is imported: .csv or .jsonl files of inputs with their answers");
  fields("source_only_share", corpus.import.source_only_share, Range{0, 1}, "of what is imported");
  fields("boundary_inputs", corpus.import.boundary_inputs, Range{0, 64},
         "of what is imported: held-out inputs made up for every program, where its answer may change");
  fields("practice_inputs", corpus.import.practice_inputs, Range{0, 10'000},
         "of what is imported: other such inputs to train on, in place of those that lie beside a program");
  list_options(fields, corpus.make);
}

// Those of list_corpus that this corpus hangs on.
template <typename Fields>
void list_corpus_as_asked(Fields& fields, CorpusRecipe& corpus) {
  fields("folder", corpus.folder, "");
  fields("python_folder", corpus.python_folder, "");
  if (!corpus.python_files.empty()) fields("python_files", corpus.python_files, "");
  if (corpus.is_imported()) {
    if (!corpus.examples.empty()) fields("examples", corpus.examples, "");
    fields("source_only_share", corpus.import.source_only_share, Range{0, 1}, "");
    fields("boundary_inputs", corpus.import.boundary_inputs, Range{0, 64}, "");
    if (corpus.import.practice_inputs > 0)
      fields("practice_inputs", corpus.import.practice_inputs, Range{0, 10'000}, "");
  }
  if (corpus.folder.empty()) list_options(fields, corpus.make);
}

template <typename Fields>
void list_adapter_start(Fields& fields, Recipe& recipe) {
  fields("start", recipe.start,
         "what it begins as: a run's, or a folder in PEFT's format; empty: as nothing. The run keeps a copy");
}

template <typename Fields>
void list_stage(Fields& fields, StageRecipe& stage) {
  fields("name", stage.name, "of its folder under stages/; its number where none is given");
  fields("after", stage.after,
         "the stage whose weights it begins with; empty: the one before it; none: the model as it came");
  fields("kind", stage.kind, stage_kinds,
         "reading: source-only programs, until they are recalled; practice: with-IO ones, until they are run "
         "right; grpo: with-IO ones, by what the model's own answers are worth");
  switch (stage.kind) {
    case StageKind::exposures:
      list_options(fields, stage.data);
      break;
    case StageKind::reading:
      list_options(fields, stage.reading);
      break;
    case StageKind::practice:
      list_options(fields, stage.practice);
      break;
    case StageKind::grpo:
      list_options(fields, stage.grpo);
  }
  list_options(fields, stage.train);
}

template <typename Fields>
void list_evaluation(Fields& fields, EvaluationRecipe& evaluation) {
  fields("forms", evaluation.forms, answer_forms, "of the answers that every arm is asked for");
  fields("with_io_programs", evaluation.with_io_programs, Range{0, 1e9},
         "at most so many of each domain are asked about");
  fields("batch_size", evaluation.batch_size, Range{1, 4096}, "questions that are answered at once");
  fields("max_new_tokens", evaluation.max_new_tokens, Range{1, 100'000}, "an answer is cut there");
}

template <typename Fields>
void list_arm(Fields& fields, ArmPlan& arm) {
  fields("name", arm.name, "heads its row in every table");
  fields("stage", arm.stage, "whose weights; empty: the model as it came");
  fields("source", arm.source, shown_sources, "prompt: before the question; given: as recited");
  fields("question", arm.question, asked_names, "by which name the program is asked for");
  fields("executor", arm.executor, executors,
         "of what it has recited: itself, or the base that its adapter stands on");
  fields("forms", arm.forms, answer_forms, "those of [evaluation] where none are given");
  fields("inputs", arm.inputs, Range{0, 10'000},
         "of each program, the first so many that are held out; 0: all of them");
  fields("shots", arm.shots, Range{0, 20}, "worked examples before the question");
  fields("chat", arm.chat, "asked within the model's chat template");
}

// What stood for [[arm]] before there were tables, and still may where there are none.
template <typename Fields>
void list_evaluation_shorthand(Fields& fields, bool& untrained, bool& in_context) {
  fields("untrained", untrained, "an arm of that name: the model as it came");
  fields("in_context", in_context, "an arm in-context: the same, source = \"prompt\"");
}
template <typename Fields>
void list_stage_shorthand(Fields& fields, std::string& arm) {
  fields("arm", arm, "an arm of that name: the model after this stage");
}

}  // namespace pbb

// What an interpreter base is trained on, without end: drills of bare operations, fresh programs executed
// once each with their source in the answer (read, not trained), and programs that are studied: declared a
// few times, then recited and executed, so that the model learns what a declaration is for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/options.h"
#include "examples/drills.h"
#include "examples/example.h"
#include "examples/step_source.h"
#include "programs/fresh.h"

namespace pbb {

struct InterpreterOptions {
  std::uint64_t seed = 1;
  int steps = 2000;
  // Sequences of each kind in a step.
  int drills = 5, executions = 8, studied = 3, texts = 1;
  // What the loss on a token of those texts counts with.
  double text_weight = 1;
  // So many texts are drawn anew; 0: those of the base that training goes on from, or as many as such a base has.
  int drawn_texts = 0;
  // Operations in a sequence of drills.
  int drill_length = 16;
  // So many programs are studied side by side, each in so many rounds of declarations and of executions.
  int study_group = 48;
  int study_declarations = 6, study_executions = 3;
  // Of the fresh programs.
  DomainShares shares = {};
  int max_trace_steps = 24;
  // Longer executions are drawn again as well.
  int max_tokens = 768;
};

template <typename Fields>
void list_options(Fields& fields, InterpreterOptions& options) {
  fields("steps", options.steps, Range{1, 1e7}, "of training");
  fields("drills", options.drills, Range{0, 1024}, "sequences of bare operations in a step");
  fields("executions", options.executions, Range{0, 1024},
         "fresh programs in a step, executed with their source given");
  fields("studied", options.studied, Range{0, 1024},
         "programs in a step that are declared, then recited and executed");
  fields("texts", options.texts, Range{0, 1024},
         "sequences in a step that the model wrote itself before it was trained: they keep what it knew");
  fields("text_weight", options.text_weight, Range{0.01, 100},
         "what a token of those counts with, times that of others");
  fields("drawn_texts", options.drawn_texts, Range{0, 1e6},
         "so many of those are drawn anew; 0: those of the base that training goes on from");
  fields("drill_length", options.drill_length, Range{1, 40}, "operations in a sequence of drills");
  fields("study_group", options.study_group, Range{1, 10'000}, "programs that are studied side by side");
  fields("study_declarations", options.study_declarations, Range{1, 1000}, "of each, in rounds");
  fields("study_executions", options.study_executions, Range{1, 1000}, "of each, in rounds among those");
  list_options(fields, options.shares);
  fields("max_trace_steps", options.max_trace_steps, Range{4, 100}, "longer executions are drawn again");
  fields("max_tokens", options.max_tokens, Range{128, 1 << 16}, "of an example");
}

// Programs and inputs are pure functions of (options, step). Which kinds of operation are drilled follows the
// errors measured in the batches before; these are its state.
class InterpreterData : public StepSource {
 public:
  // Refers to `tokenizer`, which must outlive it. `texts`: those that options.texts are of; may be empty
  // where that is 0.
  InterpreterData(const Tokenizer& tokenizer, InterpreterOptions options, const Runner& run,
                  std::vector<std::vector<std::int32_t>> texts = {});

  std::string_view name() const override { return "interpreter"; }
  std::int64_t steps() const override { return options_.steps; }
  std::vector<Example> step(std::int64_t index) const override;
  const Example& longest() const override { return longest_; }
  StageFingerprint fingerprint() const override;
  void observe(std::int64_t index, std::span<const Example> examples,
               std::span<const ExampleOutcome> outcomes) override;
  std::string state() const override;
  void restore(std::string_view state) override;

  // A moving average of the share of wrong results, by kind of drill_kinds().
  const std::vector<double>& drill_errors() const { return drill_errors_; }

 private:
  Random drill_random(std::int64_t index) const;
  DrillPlan drill_plan(Random& random) const;
  Example execution(std::int64_t index) const;
  Example studied(std::int64_t index) const;

  const Tokenizer* tokenizer_;
  InterpreterOptions options_;
  std::vector<std::vector<std::int32_t>> texts_;
  Example longest_;
  // Caches of what their index says.
  mutable FreshPrograms fresh_, study_;
  std::vector<double> drill_errors_;
};

}  // namespace pbb

// Practice: a corpus's own programs are run with their source at hand until they are run right. Each execution is on an
// input that the program has not been shown with, where there are such left; whether the model gets it right is told by
// training's own forward pass, before the update: greedy decoding writes the true trace exactly where each of its
// tokens is the most likely one. What an operation gives is trained too, but not asked for: the machine can write it (the
// assisted form), and of some seventy tokens one more digit is soon wrong. Each way through a program is practised by
// itself: the lines that a run goes through, and what their conditions come to. What is run right costs a few
// executions; what is not gets the others.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/options.h"
#include "examples/cooldown.h"
#include "examples/stage_data.h"
#include "examples/step_source.h"
#include "programs/fresh.h"

namespace pbb {

struct PracticeOptions {
  std::uint64_t seed = 1;
  // Names the random stream.
  std::string stage = "1";
  // The budget: at most so many steps.
  int steps = 200;
  // Sequences of each kind in a step: of with-IO programs, and of fresh ones beside, so that what is learnt is to run
  // programs and not these alone.
  int executions = 8, fresh = 2;
  // A program has passed when on each way through it the last so many executions were right, operations computed.
  int right_to_pass = 2;
  // Of the steps before it, so many more in which the rate comes down; within the budget.
  double cooldown_share = 0.4;
  // Of the fresh programs.
  DomainShares shares = {};
};

template <typename Fields>
void list_options(Fields& fields, PracticeOptions& options) {
  fields("steps", options.steps, Range{1, 1e7}, "the budget: the stage ends before when all have passed");
  fields("executions", options.executions, Range{1, 1024},
         "of with-IO programs in a step, with their source given");
  fields("fresh", options.fresh, Range{0, 1024},
         "fresh programs in a step, executed with their source given");
  fields(
      "right_to_pass", options.right_to_pass, Range{1, 100},
      "a program has passed when on each way through it the last so many executions were right, operations "
      "computed");
  fields("cooldown_share", options.cooldown_share, Range{0, 10},
         "the rate comes down to 0 in so many steps, as a share of those before");
  list_options(fields, options.shares);
}

// What the machine writes next in the assisted form, after a trace that begins so; empty: nothing.
using MachineWrites = std::function<std::vector<std::int32_t>(std::span<const std::int32_t> trace)>;

// Whether the model writes an execution's trace in the assisted form: each token that it is left with is its most
// likely one. The example's targets are the trace.
bool is_run_right(const Example& example, const ExampleOutcome& outcome, const MachineWrites& machine_writes);

// How far a program has got.
struct ProgramPractice {
  std::string program;
  // Ways through it that its executions take.
  int ways = 0;
  std::int64_t executions = 0;
  // The executions that it took to pass the first time; -1: not yet.
  std::int64_t executions_to_pass = -1;
};

class PracticeData : public StepSource {
 public:
  // Runs those of `programs` that have executions to train on. Refers to `programs` and `tokenizer`, which must outlive
  // it. InputError when there is none.
  PracticeData(const TrainingPrograms& programs, const Tokenizer& tokenizer, PracticeOptions options,
               const Runner& run, MachineWrites machine_writes);

  std::string_view name() const override { return options_.stage; }
  std::int64_t steps() const override { return options_.steps; }
  std::vector<Example> step(std::int64_t index) const override;
  const Example& longest() const override { return longest_; }
  StageFingerprint fingerprint() const override;
  void observe(std::int64_t index, std::span<const Example> examples,
               std::span<const ExampleOutcome> outcomes) override;
  double rate_share(std::int64_t index) const override { return cooldown_.rate_share(index); }
  // All have passed, or the budget is spent; and the rate has come down.
  bool is_finished() const override { return cooldown_.is_over(next_); }
  StageEnd end() const override { return cooldown_.end(); }
  std::string state() const override;
  void restore(std::string_view state) override;

  // In the corpus's order.
  std::vector<ProgramPractice> practice() const;

 private:
  struct Way {
    std::vector<std::size_t> executions;  // of the program's, those that take it
    std::int64_t shown = 0;
    int right = 0;  // since the last that was not
  };
  struct Practised {
    const Program* program = nullptr;
    ProgramPractice practice;
    std::vector<Way> ways;
  };
  // An execution that a step shows.
  struct Shown {
    std::size_t program = 0, way = 0, execution = 0;
    std::int64_t number = 0;  // of the program's, in the order in which they are shown
  };
  bool has_passed(const Way& way) const { return way.right >= options_.right_to_pass; }
  bool has_passed(const Practised& practised) const;
  // Which of practised_ step `index` runs, each as often as it is named.
  std::vector<std::size_t> chosen(std::int64_t index) const;
  // What it runs of them: of each the ways that have not passed, and of these those that were shown least.
  std::vector<Shown> shown(std::int64_t index) const;

  const TrainingPrograms* programs_;
  const Tokenizer* tokenizer_;
  PracticeOptions options_;
  MachineWrites machine_writes_;
  std::vector<Practised> practised_;
  std::int64_t next_ = 0;  // the step that comes next
  Cooldown cooldown_;
  // A cache of what its index says.
  mutable FreshPrograms fresh_;
  Example longest_;
};

}  // namespace pbb

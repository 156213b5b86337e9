// Reading: new programs are declared until the model recalls them, as training's own batches tell. Greedy
// recitation is verbatim exactly where each token of the source is the most likely one after those before it,
// so one forward pass measures it. What is recalled comes up now and then; what is not gets the exposures.
// Drills and fresh executions beside it keep the interpreter from fading. Once each has been recalled the rate
// comes down to zero over some last steps, in which every program comes up alike: at a high rate some are always
// lost again, and neither recall nor arithmetic is as sure as it can be.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/options.h"
#include "examples/cooldown.h"
#include "examples/drills.h"
#include "examples/stage_data.h"
#include "examples/step_source.h"
#include "programs/fresh.h"

namespace pbb {

// Whether a model keeps what it said of drills and executions before it read (Example::keeps), or is trained on
// their true results. automatic: it keeps it beside an interpreter base, which says mostly what is true.
enum class Replay { automatic, kept, trained };
inline constexpr Choice<Replay> replay_choices[] = {
    {Replay::automatic, "auto"}, {Replay::kept, "kept"}, {Replay::trained, "trained"}};

// Which programs a stage reads: those that are known by source alone, or with them those that have executions to train
// on, which a stage of practice runs.
enum class ReadPrograms { source_only, all };
inline constexpr Choice<ReadPrograms> read_programs[] = {{ReadPrograms::source_only, "source-only"},
                                                         {ReadPrograms::all, "all"}};

struct ReadingOptions {
  std::uint64_t seed = 1;
  // Names the random stream.
  std::string stage = "1";
  // The budget: at most so many steps.
  int steps = 400;
  ReadPrograms reads = ReadPrograms::source_only;
  // It reads so many of these, in the corpus's order, from after those that earlier stages read; 0: all that are
  // left. The earlier ones are recited once more, come up now and then as what is recalled does, and get exposures
  // again where they are not.
  int programs = 0;
  int earlier_programs = 0;
  // Programs, by name, that the model has read before its first stage begins: they are as those of earlier stages.
  std::vector<std::string> known = {};
  // Sequences of each kind in a step.
  int declarations = 6, executions = 1, drills = 1, texts = 1;
  // Of the tokens of a declaration's source (not of a recitation's), so many are read as another one of it, their
  // targets kept: what comes next cannot be told from the tokens before it alone.
  double corrupted_share = 0;
  // A program is recalled when its last so many recitations were verbatim.
  int recitations_to_recall = 1;
  // A recalled program comes up once in so many rounds.
  int revisit_rounds = 4;
  // Of the steps before it, so many more in which the rate comes down; within the budget.
  double cooldown_share = 0.4;
  int drill_length = 12;
  Replay replay = Replay::automatic;  // which whoever composes the options resolves
  // What the loss on a token of drills, executions and texts counts with.
  double replay_weight = 1;
  // Of the fresh programs.
  DomainShares shares = {};
};

template <typename Fields>
void list_options(Fields& fields, ReadingOptions& options) {
  fields("steps", options.steps, Range{1, 1e7}, "the budget: the stage ends before when all are recalled");
  fields("reads", options.reads, read_programs,
         "the source-only programs, or all: with-IO ones too, which a stage of practice runs");
  fields("programs", options.programs, Range{0, 1e7},
         "so many more of these are read, after those of earlier stages; 0: all that are left");
  fields("known", options.known,
         "programs, by name, that adapter.start had read: recited once more, and exposed where they are not");
  fields("declarations", options.declarations, Range{1, 1024}, "of source-only programs in a step");
  fields("executions", options.executions, Range{0, 1024},
         "fresh programs in a step, executed with their source given");
  fields("drills", options.drills, Range{0, 1024}, "sequences of bare operations in a step");
  fields("texts", options.texts, Range{0, 1024},
         "sequences in a step that the model wrote itself, where its base has such");
  fields(
      "corrupted_share", options.corrupted_share, Range{0, 0.9},
      "of the tokens of a declaration's source, so many are read as another one of it, their targets kept");
  fields("recitations_to_recall", options.recitations_to_recall, Range{1, 100},
         "a program is recalled when its last so many recitations were verbatim");
  fields("revisit_rounds", options.revisit_rounds, Range{1, 1000},
         "a recalled program comes up once in so many rounds");
  fields("cooldown_share", options.cooldown_share, Range{0, 10},
         "the rate comes down to 0 in so many steps, as a share of those before");
  fields("drill_length", options.drill_length, Range{1, 40}, "operations in a sequence of drills");
  fields("replay", options.replay, replay_choices,
         "drills and executions are kept as the model has them, or trained on; auto: kept beside a base");
  fields("replay_weight", options.replay_weight, Range{0.01, 100},
         "what a token of drills, executions and texts counts with, times that of declarations");
  list_options(fields, options.shares);
}

// How far a program has got.
struct ProgramRecall {
  std::string program;
  std::int64_t exposures = 0, tokens = 0;
  // Verbatim recitations since the last that was not.
  int recitations = 0;
  // The exposures and tokens that it took to recall it the first time; -1: not yet.
  std::int64_t exposures_to_recall = -1, tokens_to_recall = -1;
};

class ReadingData : public StepSource {
 public:
  // Reads programs of `programs`, as options.reads says. Refers to `programs` and `tokenizer`, which must outlive
  // it. `texts`: those that options.texts are of; none are shown where it is empty. InputError when there is
  // nothing to read.
  ReadingData(const TrainingPrograms& programs, const Tokenizer& tokenizer, ReadingOptions options,
              const Runner& run, std::vector<std::vector<std::int32_t>> texts = {});

  std::string_view name() const override { return options_.stage; }
  std::int64_t steps() const override { return options_.steps; }
  std::vector<Example> step(std::int64_t index) const override;
  const Example& longest() const override { return longest_; }
  StageFingerprint fingerprint() const override;
  void observe(std::int64_t index, std::span<const Example> examples,
               std::span<const ExampleOutcome> outcomes) override;
  double rate_share(std::int64_t index) const override { return cooldown_.rate_share(index); }
  // All programs are recalled, or the budget is spent; and the rate has come down.
  bool is_finished() const override { return cooldown_.is_over(next_); }
  StageEnd end() const override { return cooldown_.end(); }
  std::string state() const override;
  void restore(std::string_view state) override;

  // Of every program that no earlier stage of the run has read: known ones first, then in the corpus's order.
  std::vector<ProgramRecall> recall() const;

 private:
  struct Reading {
    const Program* program = nullptr;
    ProgramRecall recall;
    // The round in which it comes up next.
    std::int64_t due = 0;
  };
  std::int64_t programs_read_before() const;
  bool is_recalled(const Reading& reading) const;
  // Which readings step `index` shows: those that are due first.
  std::vector<std::size_t> shown(std::int64_t index) const;
  Example show(const Reading& reading, std::int64_t index) const;

  const Tokenizer* tokenizer_;
  ReadingOptions options_;
  std::vector<Reading> readings_;
  std::vector<std::vector<std::int32_t>> texts_;
  std::int64_t next_ = 0;  // the step that comes next
  Cooldown cooldown_;
  // A cache of what its index says.
  mutable FreshPrograms fresh_;
  Example longest_;
};

}  // namespace pbb

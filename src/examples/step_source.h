// Where a stage of training gets its steps from: the examples of a corpus in an order fixed beforehand
// (StageData), fresh ones without end, or what a model wrote itself. Training knows no more of its data than
// this.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "examples/example.h"
#include "model/decoder.h"

namespace pbb {

// What a checkpoint belongs to: the settings that shape a stage, by name, as text. A checkpoint can be gone
// on from only where all are equal. A name that ends in "(CRC-32)" is of a checksum, of something that
// another setting says there is: a checkpoint of a version that did not take that sum lacks it, and is not
// held to it.
using StageFingerprint = std::map<std::string, std::string>;

// How each target of an example fared before the step's update, in order: the tokens from the second on that
// are trained.
using ExampleOutcome = std::vector<TargetOutcome>;

// What a source has to say of a step, for metrics.jsonl: names and finite numbers.
using StepFigures = std::vector<std::pair<std::string, double>>;

// Something that goes wrong in a stage, which its user should hear of.
struct StageAlarm {
  std::string name;  // for metrics.jsonl; two of one stage may have the same
  std::string text;  // what it is, and what could be done
};

// Where a stage ends, as far as its source knows.
struct StageEnd {
  std::int64_t steps = 0;  // it takes so many
  bool certain = true;     // false: or fewer
};

class StepSource {
 public:
  virtual ~StepSource() = default;

  virtual std::string_view name() const = 0;  // of the stage, for messages
  virtual std::int64_t steps() const = 0;     // at most so many
  // The examples of step `index`, from 0; steps are asked for in order. Hangs on nothing but the index, what
  // was observed of the steps before it, and the model's weights: resuming is exact only then. A step without examples
  // changes nothing of the model. Interrupted, with nothing changed, where it takes long and is cancelled.
  virtual std::vector<Example> step(std::int64_t index) const = 0;
  // What Σ weight · loss over the targets of the step that was asked for last is divided by; none: Σ |weight|.
  virtual std::optional<double> loss_divisor() const { return std::nullopt; }
  // What share of the schedule's learning rate step `index` is done with. A source that ends its stage early
  // brings the rate down itself; it hangs on what step() may hang on.
  virtual double rate_share(std::int64_t) const { return 1; }
  // No example of any step has more tokens: what does not fit is found before the first step.
  virtual const Example& longest() const = 0;
  // Everything of the source that shapes the weights a stage ends with.
  virtual StageFingerprint fingerprint() const = 0;

  // Told of each step when it is done: its examples, as step() gave them, and how each fared.
  virtual void observe(std::int64_t, std::span<const Example>, std::span<const ExampleOutcome>) {}
  // Of the step that was observed last. Those whose names end in "per_second" may be others each time.
  virtual StepFigures figures() const { return {}; }
  // That hold after it.
  virtual std::vector<StageAlarm> alarms() const { return {}; }
  // Whether the stage is over before steps() are done; asked after each step.
  virtual bool is_finished() const { return false; }
  // What is known of its end after the steps that were observed: for those who wait for it.
  virtual StageEnd end() const { return {.steps = steps(), .certain = true}; }

  // What was observed, for the checkpoint, in UTF-8; restore() takes it when the stage is gone on with,
  // before any step is asked for. A source whose steps hang on their index alone has none.
  virtual std::string state() const { return {}; }
  virtual void restore(std::string_view) {}
};

}  // namespace pbb

// The gradient of one step, over as many micro-batches as memory asks for.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "examples/step_source.h"
#include "model/decoder.h"

namespace pbb {

// How many sequences of these lengths each micro-batch gets: whole ones in order, at most `tokens` of them a
// micro-batch, in as few micro-batches as that allows and those about equally long. A sequence of more tokens
// has a micro-batch to itself.
std::vector<std::size_t> micro_batch_sizes(std::span<const std::size_t> lengths, std::size_t tokens);

// The sequences themselves. One of more tokens is an InputError.
std::vector<std::span<const Example>> split_micro_batches(std::span<const Example> examples, int tokens);

struct StepLoss {
  double mean =
      0;  // Σ weight · loss / Σ |weight| (or the divisor) over the targets: nats a trained token; 0 where none weighs
  std::int64_t tokens = 0;
  std::int64_t trained_tokens = 0;
  std::vector<ExampleOutcome> outcomes;  // one an example
};
struct StepOptions {
  int micro_batch_tokens = 1024;
  Recompute recompute = Recompute::none;
  bool only_unknown_tokens = false;    // targets whose probability is 0.5 or more weigh nothing
  std::optional<double> divisor = {};  // StepSource::loss_divisor; not beside only_unknown_tokens
};
// `gradients` become those of the mean loss of the whole step: the same whatever the micro-batches. Error
// when no token of the step is trained on.
StepLoss accumulate_step(Decoder& decoder, std::span<const Example> examples, const StepOptions& options,
                         Tensor& gradients);

}  // namespace pbb

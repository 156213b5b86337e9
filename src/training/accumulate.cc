// Micro-batches and their gradients.
#include "training/accumulate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "examples/pack.h"
#include "tensor/parallel.h"

namespace pbb {
namespace {

std::vector<std::size_t> fill_in_order(std::span<const std::size_t> lengths, std::size_t limit) {
  std::vector<std::size_t> sizes;
  std::size_t filled = 0;
  for (const std::size_t length : lengths) {
    if (sizes.empty() || filled + length > limit) {
      sizes.push_back(0);
      filled = 0;
    }
    ++sizes.back();
    filled += length;
  }
  return sizes;
}

std::int64_t count_targets(std::span<const std::int32_t> targets) {
  return std::ranges::count_if(targets, [](std::int32_t target) { return target >= 0; });
}

// Σ |weight| of its targets.
double target_weight(const PackedTokens& batch) {
  if (batch.weights.empty()) return static_cast<double>(count_targets(batch.targets));
  double sum = 0;
  for (std::size_t i = 0; i < batch.targets.size(); ++i) {
    if (batch.targets[i] >= 0) sum += std::abs(batch.weights[i]);
  }
  return sum;
}

void scale(Tensor& values, double factor) {
  float* const data = values.span<float>().data();
  parallel_ranges(values.size(), 1024, [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) data[i] *= static_cast<float>(factor);
  });
}

// A batch's outcomes, handed to the sequences that they are of.
void append_by_sequence(const PackedTokens& batch, std::span<const TargetOutcome> outcomes,
                        std::vector<ExampleOutcome>& examples) {
  for (std::size_t s = 0; s + 1 < batch.offsets.size(); ++s) {
    const auto begin = static_cast<std::size_t>(batch.offsets[s]),
               end = static_cast<std::size_t>(batch.offsets[s + 1]);
    const auto count =
        static_cast<std::size_t>(count_targets(std::span(batch.targets).subspan(begin, end - begin)));
    examples.emplace_back(outcomes.begin(), outcomes.begin() + static_cast<std::ptrdiff_t>(count));
    outcomes = outcomes.subspan(count);
  }
}

}  // namespace

std::vector<std::size_t> micro_batch_sizes(std::span<const std::size_t> lengths, std::size_t tokens) {
  // A last micro-batch of a few tokens would cost nearly as much as a full one: look for the smallest limit
  // that needs no more micro-batches.
  std::size_t limit = tokens;
  const std::size_t fewest = fill_in_order(lengths, limit).size();
  for (std::size_t low = lengths.empty() ? limit : std::ranges::max(lengths); low < limit;) {
    const std::size_t middle = (low + limit) / 2;
    if (fill_in_order(lengths, middle).size() == fewest) {
      limit = middle;
    } else {
      low = middle + 1;
    }
  }
  return fill_in_order(lengths, limit);
}

std::vector<std::span<const Example>> split_micro_batches(std::span<const Example> examples, int tokens) {
  std::vector<std::size_t> lengths;
  for (const Example& example : examples) {
    lengths.push_back(example.tokens.size());
    if (lengths.back() > static_cast<std::size_t>(tokens)) {
      throw InputError(
          fmt::format("program '{}': a training sequence takes {} tokens, micro_batch_tokens is {}",
                      example.program, lengths.back(), tokens),
          "raise micro_batch_tokens: a sequence is never cut");
    }
  }
  std::vector<std::span<const Example>> batches;
  std::size_t begin = 0;
  for (const std::size_t size : micro_batch_sizes(lengths, static_cast<std::size_t>(tokens))) {
    batches.push_back(examples.subspan(begin, size));
    begin += size;
  }
  return batches;
}

StepLoss accumulate_step(Decoder& decoder, std::span<const Example> examples, const StepOptions& options,
                         Tensor& gradients) {
  std::vector<PackedTokens> batches;
  StepLoss step;
  double given_weight = 0;
  for (const auto& part : split_micro_batches(examples, options.micro_batch_tokens)) {
    batches.push_back(pack(part, decoder.config().context));
    step.tokens += static_cast<std::int64_t>(batches.back().tokens.size());
    step.trained_tokens += count_targets(batches.back().targets);
    given_weight += target_weight(batches.back());
  }
  if (step.trained_tokens == 0) {
    throw Error(fmt::format("a step of {} sequences has no token to train on: every label is masked",
                            examples.size()));
  }
  const double divisor = options.divisor.value_or(given_weight > 0 ? given_weight : 1);
  double loss = 0, weight = 0;  // sums over the step
  bool sum_begun = false;
  for (const PackedTokens& batch : batches) {
    std::vector<TargetOutcome> outcomes;
    if (count_targets(batch.targets) > 0) {
      outcomes = decoder.accumulate_gradients(
          batch, static_cast<float>(1.0 / divisor), gradients,
          {.recompute = options.recompute, .add = sum_begun, .only_unknown = options.only_unknown_tokens});
      sum_begun = true;
    }
    loss += loss_sum(outcomes);
    for (const TargetOutcome& outcome : outcomes) weight += std::abs(outcome.weight);
    append_by_sequence(batch, outcomes, step.outcomes);
  }
  step.mean = loss / options.divisor.value_or(weight > 0 ? weight : 1);
  // What the targets weigh was not known before the passes where known ones do not count.
  if (options.only_unknown_tokens && weight > 0) scale(gradients, divisor / weight);
  return step;
}

}  // namespace pbb

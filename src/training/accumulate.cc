// Micro-batches and their gradients.
#include "training/accumulate.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "examples/pack.h"

namespace pbb {
namespace {

std::vector<std::span<const Example>> fill_in_order(std::span<const Example> examples, std::size_t limit) {
  std::vector<std::span<const Example>> batches;
  std::size_t begin = 0;
  std::size_t filled = 0;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    const std::size_t length = examples[i].tokens.size();
    if (i > begin && filled + length > limit) {
      batches.push_back(examples.subspan(begin, i - begin));
      begin = i;
      filled = 0;
    }
    filled += length;
  }
  if (begin < examples.size()) batches.push_back(examples.subspan(begin));
  return batches;
}

std::int64_t count_targets(const PackedTokens& batch) {
  return std::count_if(batch.targets.begin(), batch.targets.end(), [](std::int32_t t) { return t >= 0; });
}

}  // namespace

std::vector<std::span<const Example>> split_micro_batches(std::span<const Example> examples, int tokens) {
  std::size_t longest = 0;
  for (const Example& example : examples) {
    longest = std::max(longest, example.tokens.size());
    if (example.tokens.size() > static_cast<std::size_t>(tokens)) {
      throw InputError(
          fmt::format("program '{}': a training sequence takes {} tokens, micro_batch_tokens is {}",
                      example.program, example.tokens.size(), tokens),
          "raise micro_batch_tokens: a sequence is never cut");
    }
  }
  // A last micro-batch of a few tokens would cost nearly as much as a full one: look for the smallest limit
  // that needs no more micro-batches.
  auto limit = static_cast<std::size_t>(tokens);
  const std::size_t fewest = fill_in_order(examples, limit).size();
  for (std::size_t low = longest; low < limit;) {
    const std::size_t middle = (low + limit) / 2;
    if (fill_in_order(examples, middle).size() == fewest) {
      limit = middle;
    } else {
      low = middle + 1;
    }
  }
  return fill_in_order(examples, limit);
}

StepLoss accumulate_step(Decoder& decoder, std::span<const Example> examples, int micro_batch_tokens,
                         Tensor& gradients) {
  std::vector<PackedTokens> batches;
  StepLoss step;
  for (const auto& part : split_micro_batches(examples, micro_batch_tokens)) {
    batches.push_back(pack(part, decoder.config().context));
    step.tokens += static_cast<std::int64_t>(batches.back().tokens.size());
    step.trained_tokens += count_targets(batches.back());
  }
  if (step.trained_tokens == 0) {
    throw Error(fmt::format("a step of {} sequences has no token to train on: every label is masked",
                            examples.size()));
  }
  const auto scale = static_cast<float>(1.0 / static_cast<double>(step.trained_tokens));
  double sum = 0;
  for (const PackedTokens& batch : batches) {
    if (count_targets(batch) > 0) sum += decoder.accumulate_gradients(batch, scale, gradients);
  }
  step.mean = sum / static_cast<double>(step.trained_tokens);
  return step;
}

}  // namespace pbb

// Packing and exposure counts.
#include "examples/pack.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"

namespace pbb {
namespace {

void check_packable(const Example& example, int context) {
  if (example.tokens.empty() || example.trained.size() != example.tokens.size()) {
    throw Error(fmt::format("example of '{}' has {} tokens and {} marks of what is trained", example.program,
                            example.tokens.size(), example.trained.size()));
  }
  const auto is_whole = [&](const auto& values) {
    return values.empty() || values.size() == example.tokens.size();
  };
  if (!is_whole(example.inputs) || !is_whole(example.weights)) {
    throw Error(fmt::format("example of '{}' has {} tokens, {} inputs and {} weights", example.program,
                            example.tokens.size(), example.inputs.size(), example.weights.size()));
  }
  if (example.tokens.size() > static_cast<std::size_t>(context)) {
    throw InputError(
        fmt::format("program '{}': a training sequence takes {} tokens, the model's context is {}",
                    example.program, example.tokens.size(), context),
        "shorten the program or its traces, leave it out of the corpus, or take a model with a "
        "longer context");
  }
}

}  // namespace

PackedTokens pack(std::span<const Example> examples, int context) {
  PackedTokens packed;
  packed.offsets.push_back(0);
  const bool weighted =
      std::ranges::any_of(examples, [](const Example& one) { return !one.weights.empty(); });
  const bool keeping = std::ranges::any_of(examples, &Example::keeps);
  for (const Example& example : examples) {
    check_packable(example, context);
    const std::vector<std::int32_t>& inputs = example.inputs.empty() ? example.tokens : example.inputs;
    packed.tokens.insert(packed.tokens.end(), inputs.begin(), inputs.end());
    for (std::size_t next = 1; next < example.tokens.size(); ++next) {
      packed.targets.push_back(example.trained[next] != 0 ? example.tokens[next] : -1);
    }
    packed.targets.push_back(-1);  // the last token predicts nothing: the next sequence is another text
    if (weighted) {
      if (example.weights.empty()) {
        packed.weights.resize(packed.tokens.size(), 1.0F);
      } else {
        packed.weights.insert(packed.weights.end(), example.weights.begin() + 1, example.weights.end());
        packed.weights.push_back(1.0F);
      }
    }
    if (keeping) packed.keeps.resize(packed.tokens.size(), example.keeps ? 1 : 0);
    packed.offsets.push_back(static_cast<std::int32_t>(packed.tokens.size()));
  }
  return packed;
}

std::uint32_t checksum(const Example& example, std::uint32_t start) {
  const auto add = [&](const auto& values) { start = checksum(std::as_bytes(std::span(values)), start); };
  add(example.tokens);
  add(example.trained);
  add(example.inputs);
  add(example.weights);
  return start;
}

void count_exposures(std::span<const Example> examples, ExposureCounts& counts) {
  for (const Example& example : examples) {
    if (example.program.empty() || example.fresh) continue;
    Exposure& exposure = counts[example.program];
    (example.kind == ExampleKind::declaration ? exposure.declarations : exposure.executions) += 1;
    for (std::size_t i = 1; i < example.trained.size(); ++i)
      exposure.trained_tokens += example.trained[i] != 0;
  }
}

}  // namespace pbb

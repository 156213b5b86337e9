// Packing and exposure counts.
#include "examples/pack.h"

#include <fmt/format.h>

#include "base/error.h"

namespace pbb {
namespace {

void check_packable(const Example& example, int context) {
  if (example.tokens.empty() || example.trained.size() != example.tokens.size()) {
    throw Error(fmt::format("example of '{}' has {} tokens and {} marks of what is trained", example.program,
                            example.tokens.size(), example.trained.size()));
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
  for (const Example& example : examples) {
    check_packable(example, context);
    packed.tokens.insert(packed.tokens.end(), example.tokens.begin(), example.tokens.end());
    for (std::size_t next = 1; next < example.tokens.size(); ++next) {
      packed.targets.push_back(example.trained[next] != 0 ? example.tokens[next] : -1);
    }
    packed.targets.push_back(-1);  // the last token predicts nothing: the next sequence is another text
    packed.offsets.push_back(static_cast<std::int32_t>(packed.tokens.size()));
  }
  return packed;
}

void count_exposures(std::span<const Example> examples, ExposureCounts& counts) {
  for (const Example& example : examples) {
    if (example.kind == ExampleKind::drill) continue;
    Exposure& exposure = counts[example.program];
    (example.kind == ExampleKind::declaration ? exposure.declarations : exposure.executions) += 1;
    for (std::size_t i = 1; i < example.trained.size(); ++i)
      exposure.trained_tokens += example.trained[i] != 0;
  }
}

}  // namespace pbb

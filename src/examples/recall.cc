#include "examples/recall.h"

#include <algorithm>

namespace pbb {

bool is_recited(const ExampleOutcome& outcome) {
  return std::ranges::all_of(outcome, &TargetOutcome::most_likely);
}

ExampleOutcome supposed_outcome(const Example& example, bool is_right) {
  const auto targets = std::count(example.trained.begin() + 1, example.trained.end(), 1);
  return ExampleOutcome(static_cast<std::size_t>(targets),
                        {.log_probability = is_right ? 0.0F : -1.0F, .most_likely = is_right});
}

std::optional<bool> recalls_source(const Example& example, const ExampleOutcome& outcome) {
  const auto [begin, end] = example.source;
  if (begin == end || !example.inputs.empty()) return std::nullopt;
  std::size_t target = 0;  // of the next trained token
  bool recalled = true;
  for (std::size_t i = 1; i < end; ++i) {
    const bool trained = example.trained[i] != 0;
    if (i >= begin) {
      if (!trained) return std::nullopt;
      recalled = recalled && outcome[target].most_likely;
    }
    target += trained;
  }
  return recalled;
}

void note_recall(std::span<const Example> examples, std::span<const ExampleOutcome> outcomes,
                 ExposureCounts& counts) {
  for (std::size_t i = 0; i < examples.size(); ++i) {
    if (!examples[i].counts_recall) continue;
    if (const auto recalled = recalls_source(examples[i], outcomes[i])) {
      counts[examples[i].program].recalled = recalled;
    }
  }
}

Recall count_recalled(const ExposureCounts& counts) {
  Recall recall;
  for (const auto& [program, exposure] : counts) {
    if (!exposure.recalled) continue;
    recall.programs += 1;
    recall.recalled += *exposure.recalled;
  }
  return recall;
}

}  // namespace pbb

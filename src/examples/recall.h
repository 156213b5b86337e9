// Whether a model knows a program's source by heart, told by how training's own examples fared: greedy
// decoding recites a text word for word exactly where each of its tokens is the most likely one after those
// before it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "examples/pack.h"
#include "examples/step_source.h"

namespace pbb {

// Greedy decoding from the tokens before the first target would give every target, if all between them are
// trained.
bool is_recited(const ExampleOutcome& outcome);
// How an example would fare whose every target is the most likely token, or none is: for those who go through a stage
// without a model.
ExampleOutcome supposed_outcome(const Example& example, bool is_right);
// is_recited of Example::source alone. No answer where no source is stated, part of it is no target, or what
// was read was not the text itself.
std::optional<bool> recalls_source(const Example& example, const ExampleOutcome& outcome);

// Sets Exposure::recalled of the programs whose recall is counted (Example), where a step's examples tell of it.
void note_recall(std::span<const Example> examples, std::span<const ExampleOutcome> outcomes,
                 ExposureCounts& counts);

struct Recall {
  std::int64_t recalled = 0;  // programs whose source was recalled when it was last stated
  std::int64_t programs = 0;  // those whose recall is counted, stated so far
};
Recall count_recalled(const ExposureCounts& counts);

}  // namespace pbb

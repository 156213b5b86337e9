// Going through the steps of a stage without training on them. What a stage of reading or of practice shows next
// hangs on what the model gets right: the walk says from which exposure on that is so of each program.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "examples/step_source.h"
#include "recipe/recipe.h"

namespace pbb {

// By program: its first exposure that is right, as all after it are; never_right where none is. Who is not in it
// was known before, and is right whenever it is asked for.
using RightFrom = std::map<std::string, std::int64_t>;
inline constexpr std::int64_t never_right = std::numeric_limits<std::int64_t>::max();

// Those with which a run's finished stage would have gone as it did, told by its checkpoint: what was right, and
// wrong again, is not in there. `source` is the stage's own, and is left as if it had been through the stage.
// Nothing where the checkpoint does not tell: the stage is one of exposures.
std::optional<RightFrom> right_from(StepSource& source, const StageRecipe& stage,
                                    const std::filesystem::path& checkpoint);

using VisitExamples = std::function<void(const std::vector<Example>& examples)>;
// Calls `visit` for each step, in order, until the stage ends; returns how many there were. Without
// `right_from` nothing is ever right. Cancellation: Interrupted.
std::int64_t walk_stage(StepSource& source, const std::optional<RightFrom>& right_from,
                        const VisitExamples& visit);

}  // namespace pbb

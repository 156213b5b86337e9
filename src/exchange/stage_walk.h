// Going through the steps of a stage without training on them. What a stage of reading shows next hangs on what
// the model recalls: the walk says at which of its exposures each program is recalled, and from then on is.
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

namespace pbb {

// By program: the exposure at which it was first recalled; never_recalled where it never was. Who is not in it
// was known before, and is recalled whenever it is asked for.
using ExposuresToRecall = std::map<std::string, std::int64_t>;
inline constexpr std::int64_t never_recalled = std::numeric_limits<std::int64_t>::max();

// Those of a run's finished stage of reading, told by its checkpoint; `source` is the stage's own, and is left as
// if it had been through the stage. Nothing where the checkpoint does not tell: it is of no such stage.
std::optional<ExposuresToRecall> exposures_to_recall(StepSource& source,
                                                     const std::filesystem::path& checkpoint);

using VisitExamples = std::function<void(const std::vector<Example>& examples)>;
// Calls `visit` for each step, in order, until the stage ends; returns how many there were. Without
// `recalled_at` nothing is ever recalled. Cancellation: Interrupted.
std::int64_t walk_stage(StepSource& source, const std::optional<ExposuresToRecall>& recalled_at,
                        const VisitExamples& visit);

}  // namespace pbb

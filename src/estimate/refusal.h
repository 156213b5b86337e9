// What keeps a recipe from being carried out, or is hardly meant, found before its first step.
#pragma once

#include <string>
#include <vector>

#include "estimate/workload.h"

namespace pbb {

// InputError when training would meet a sequence that is longer than its stage's micro_batch_tokens or than
// the model's context: how many programs, the longest's name and tokens, and both limits of each stage
// concerned.
void refuse_too_long(const Recipe& recipe, const Workload& workload, const DecoderConfig& config);

// InputError when there are arms, but nothing to ask them: says what to add.
void refuse_without_questions(const Recipe& recipe, const Workload& workload);

// Both, of all that is prepared.
void refuse_what_cannot_run(const Recipe& recipe, const PreparedRun& prepared);

// A line for each stage whose learning rate does not reach its peak, because the warm-up takes all its steps.
std::vector<std::string> warmup_warnings(const Recipe& recipe, const Workload& workload);

}  // namespace pbb

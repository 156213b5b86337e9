// Word problems that are solved step by step, as people write them for each other: openings of texts that a
// model goes on with (own_texts.h).
#pragma once

#include <string>

#include "base/random.h"

namespace pbb {

// Two or three problems with their solutions, one manner of writing sums throughout, and the cue of another
// problem.
std::string solved_problems(Random& random);

}  // namespace pbb

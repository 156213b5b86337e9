#include "examples/step_source.h"

#include <algorithm>

namespace pbb {

bool is_recited(const ExampleOutcome& outcome) {
  return std::ranges::all_of(outcome, &TargetOutcome::most_likely);
}

}  // namespace pbb

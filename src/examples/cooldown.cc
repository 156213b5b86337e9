#include "examples/cooldown.h"

#include <algorithm>
#include <cmath>

namespace pbb {

std::int64_t Cooldown::latest() const {
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(static_cast<double>(budget_) / (1 + share_)));
}

bool Cooldown::begin_after(std::int64_t steps, bool is_learnt) {
  if (has_begun() || !(is_learnt || steps >= latest())) return false;
  begun_ = steps;
  return true;
}

std::int64_t Cooldown::steps() const {
  const auto steps = static_cast<std::int64_t>(std::ceil(share_ * static_cast<double>(begun_)));
  return std::min(steps, budget_ - begun_);
}

double Cooldown::rate_share(std::int64_t index) const {
  if (!has_begun() || index < begun_) return 1;
  // The last step is not for nothing.
  const auto all = static_cast<double>(steps()), done = static_cast<double>(index - begun_);
  return (all - done) / (all + 1);
}

StageEnd Cooldown::end() const {
  if (!has_begun()) return {.steps = budget_, .certain = false};
  return {.steps = begun_ + steps(), .certain = true};
}

}  // namespace pbb

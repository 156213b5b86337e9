// The end of a stage that is over when its source says so: the learning rate comes down to zero over some last steps,
// so that what was learnt at a high rate, and lost again now and then, is there for sure.
#pragma once

#include <cstdint>

#include "examples/step_source.h"

namespace pbb {

class Cooldown {
 public:
  // budget: the stage takes at most so many steps. share: of the steps before it begins, so many more.
  Cooldown(std::int64_t budget, double share) : budget_(budget), share_(share) {}

  bool has_begun() const { return begun_ >= 0; }
  // Told after each step, of which there were `steps` so far, whether all is learnt. Begins where it is, and no later
  // than lets the rate be down when the budget is spent; true where it begins now.
  bool begin_after(std::int64_t steps, bool is_learnt);
  double rate_share(std::int64_t index) const;
  // Known from when it begins.
  StageEnd end() const;
  // Whether the stage is over where step `next` would come next.
  bool is_over(std::int64_t next) const { return has_begun() && next >= end().steps; }

  // For a checkpoint: the step that it began with; -1: not begun.
  std::int64_t begun() const { return begun_; }
  void restore(std::int64_t begun) { begun_ = begun; }

 private:
  std::int64_t latest() const;
  std::int64_t steps() const;

  std::int64_t budget_;
  double share_;
  std::int64_t begun_ = -1;
};

}  // namespace pbb

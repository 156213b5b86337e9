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
  // From step `index` on the rate comes down.
  void begin(std::int64_t index) { begun_ = index; }
  // When it has to begin so that the rate is down when the budget is spent.
  std::int64_t latest() const;
  double rate_share(std::int64_t index) const;
  // Known from when it begins.
  StageEnd end() const;
  // Whether the stage is over where step `next` would come next.
  bool is_over(std::int64_t next) const { return has_begun() && next >= end().steps; }

  // For a checkpoint: begin()'s index; -1: not begun.
  std::int64_t begun() const { return begun_; }

 private:
  std::int64_t steps() const;

  std::int64_t budget_;
  double share_;
  std::int64_t begun_ = -1;
};

}  // namespace pbb

// A bump allocator over one tensor.
#include "model/arena.h"

#include <algorithm>

namespace pbb {

void Arena::reset() {
  if (needed_ > block_.size()) {
    const std::int64_t elements = needed_;
    block_ = Tensor();  // freed before the larger one is allocated
    block_ = Tensor({elements}, type_);
  }
  used_ = needed_ = 0;
}

Tensor Arena::take(std::vector<std::int64_t> shape) {
  constexpr std::int64_t kAlignment = 32;  // elements: 64 bytes of bf16, 128 of f32
  std::int64_t elements = 1;
  for (const std::int64_t dimension : shape) elements *= dimension;
  const std::int64_t rounded = (elements + kAlignment - 1) / kAlignment * kAlignment;
  needed_ += rounded;
  if (used_ + rounded > block_.size()) return Tensor(std::move(shape), type_);
  Tensor taken = block_.slice(used_, std::move(shape));
  used_ += rounded;
  return taken;
}

}  // namespace pbb

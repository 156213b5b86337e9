// A bump allocator over a list of chunks.
#include "model/arena.h"

#include <algorithm>

namespace pbb {

void Arena::reset() {
  current_ = 0;
  used_ = 0;
}

Tensor Arena::take(std::vector<std::int64_t> shape) {
  constexpr std::int64_t kAlignment = 32;  // elements: 64 bytes of bf16, 128 of f32
  constexpr std::int64_t kSmallestChunk = 1 << 16, kLargestChunk = 1 << 24;
  std::int64_t elements = 1;
  for (const std::int64_t dimension : shape) elements *= dimension;
  const std::int64_t rounded = (elements + kAlignment - 1) / kAlignment * kAlignment;
  while (current_ < chunks_.size() && used_ + rounded > chunks_[current_].size()) {
    ++current_;
    used_ = 0;
  }
  if (current_ == chunks_.size()) {
    const std::int64_t size = std::max(rounded, std::clamp(allocated_, kSmallestChunk, kLargestChunk));
    chunks_.emplace_back(std::vector<std::int64_t>{size}, type_);
    allocated_ += size;
  }
  Tensor taken = chunks_[current_].slice(used_, std::move(shape));
  used_ += rounded;
  return taken;
}

}  // namespace pbb

// A bump allocator over one block.
#include "model/arena.h"

#include <fmt/format.h>

#include <algorithm>
#include <new>

#include "base/error.h"

namespace pbb {

void Arena::reserve(std::int64_t bytes) {
  constexpr std::align_val_t alignment{64};
  used_ = 0;
  taken_ = {};
  if (bytes <= capacity_) return;
  block_.reset();  // before the larger one is made
  // A quarter more than asked for: batches differ in length, and a new block has to be paged in again.
  capacity_ = bytes + bytes / 4;
  auto* memory = static_cast<std::byte*>(::operator new[](static_cast<std::size_t>(capacity_), alignment));
  block_ = {memory, [](std::byte* pointer) { ::operator delete[](pointer, alignment); }};
}

Tensor Arena::take(std::string_view name, std::vector<std::int64_t> shape, DataType type) {
  constexpr std::int64_t rounding = 64;  // bytes: buffers begin on a cache line
  std::int64_t bytes = static_cast<std::int64_t>(element_bytes(type));
  for (const std::int64_t dimension : shape) bytes *= dimension;
  bytes = (bytes + rounding - 1) / rounding * rounding;

  const std::int64_t begin = used_;
  used_ += bytes;
  taken_.bytes = std::max(taken_.bytes, used_);
  auto line = std::ranges::find(taken_.buffers, name, &BufferPlan::Buffer::name);
  if (line == taken_.buffers.end()) line = taken_.buffers.insert(line, {std::string(name), 0, 0});
  line->count += 1;
  line->bytes += bytes;

  if (mode_ == Mode::planning) return {};
  if (used_ > capacity_) {
    throw Error(fmt::format("buffer '{}' of {} bytes ends at byte {} of a block of {}", name, bytes, used_,
                            capacity_));
  }
  return Tensor::over(block_, begin, std::move(shape), type);
}

}  // namespace pbb

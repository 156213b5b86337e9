// Work shared out among threads: always the same share for the same number of threads, so results repeat.
#pragma once

#include <omp.h>

#include <algorithm>
#include <cstdint>

namespace pbb {

// Calls body(begin, end) once on each thread with its contiguous part of [0, count), in units of `grain`
// (the last part may be ragged). Small work stays on the calling thread. body must not throw.
template <typename Body>
void parallel_ranges(std::int64_t count, std::int64_t grain, const Body& body) {
  const std::int64_t units = (count + grain - 1) / grain;
  const std::int64_t threads = std::min<std::int64_t>(omp_get_max_threads(), units);
  if (threads <= 1) {
    if (count > 0) body(std::int64_t{0}, count);
    return;
  }
#pragma omp parallel for num_threads(static_cast <int>(threads)) schedule(static, 1)
  for (std::int64_t t = 0; t < threads; ++t) {
    const std::int64_t begin = units * t / threads * grain;
    const std::int64_t end = std::min(count, units * (t + 1) / threads * grain);
    if (begin < end) body(begin, end);
  }
}

// Calls body(item) for each of [0, count); idle threads take the next item. Each item must write its own
// part.
template <typename Body>
void parallel_items(std::int64_t count, const Body& body) {
#pragma omp parallel for schedule(dynamic, 1) if (count > 1)
  for (std::int64_t item = 0; item < count; ++item) body(item);
}

}  // namespace pbb

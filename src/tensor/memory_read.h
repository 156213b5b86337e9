// How fast memory can be read: what bounds all work that does little with much, such as decoding one
// sequence.
#pragma once

#include <span>

namespace pbb {

// The sum of all values, read on all threads at once, as fast as memory gives them.
float sum_of(std::span<const float> values);

// Bytes a second: the best of a few passes over far more than the caches hold.
double memory_bandwidth();

}  // namespace pbb

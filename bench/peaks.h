// What the processor can do at most: the two roofs that benchmarks are held against.
#pragma once

#include <span>

namespace pbb::bench {

// A few milliseconds of fused multiply-adds on f32 registers, on all threads; returns the operations done.
double multiply_add_registers();
// The same of the fastest bf16 instructions; 0 where there are none.
double multiply_add_half_registers();

// The sum of all values, read on all threads.
float sum(std::span<const float> values);

}  // namespace pbb::bench

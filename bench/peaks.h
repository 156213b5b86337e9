// What the processor can do at most: the roof that products are held against.
#pragma once

namespace pbb::bench {

// A few milliseconds of fused multiply-adds on f32 registers, on all threads; returns the operations done.
double multiply_add_registers();
// The same of the fastest bf16 instructions; 0 where there are none.
double multiply_add_bf16_registers();

}  // namespace pbb::bench

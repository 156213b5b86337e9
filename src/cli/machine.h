// What this machine is: for reports and `pbb info`.
#pragma once

#include <cstdint>
#include <string>

namespace pbb {

struct Machine {
  std::string processor;
  int cores = 0;
  std::int64_t memory_bytes = 0;
};
Machine this_machine();

std::int64_t peak_memory_bytes();  // resident, of this process so far

}  // namespace pbb

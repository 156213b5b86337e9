// What this machine is: for reports and `pbb info`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace pbb {

struct Machine {
  std::string processor;
  int cores = 0;
  std::int64_t memory_bytes = 0;
};
Machine this_machine();

std::int64_t peak_memory_bytes();      // resident, of this process so far
std::int64_t resident_memory_bytes();  // now
// What a process may still take: the free memory of the machine (MemAvailable), or what its control group
// leaves if that is less. `root`: where proc and sys are.
std::int64_t available_memory_bytes(const std::filesystem::path& root = "/");
// How many processors a process can keep busy: those that it may run on, or what the quota of its control
// group comes to if that is less.
int usable_processors(const std::filesystem::path& root = "/");

}  // namespace pbb

#include "base/machine.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>

namespace pbb {
namespace {

namespace fs = std::filesystem;

// The number that a file starts with; none where it says "max" or is not there.
std::optional<std::int64_t> read_number(const fs::path& file) {
  std::int64_t value = 0;
  if (std::ifstream(file) >> value) return value;
  return std::nullopt;
}

// The number after `key` in a file of lines "key  value …".
std::optional<std::int64_t> read_field(const fs::path& file, const std::string& key) {
  std::ifstream lines(file);
  for (std::string name; lines >> name; lines.ignore(std::numeric_limits<std::streamsize>::max(), '\n')) {
    std::int64_t value = 0;
    if (name == key && lines >> value) return value;
    lines.clear();
  }
  return std::nullopt;
}

// What one control group leaves: its limit less what it holds. Cached files can be dropped.
std::optional<std::int64_t> left_in_group(const fs::path& group, const char* limit_file,
                                          const char* used_file, const char* cached) {
  const auto limit = read_number(group / limit_file), used = read_number(group / used_file);
  if (!limit || !used) return std::nullopt;
  return *limit - *used + read_field(group / "memory.stat", cached).value_or(0);
}

// The process's control group and those that it lies in, of either version of the interface.
std::optional<std::int64_t> left_in_groups(const fs::path& root) {
  std::optional<std::int64_t> least;
  std::ifstream lines(root / "proc/self/cgroup");
  for (std::string line; std::getline(lines, line);) {
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const bool is_second_version = controllers.empty();
    if (!is_second_version && controllers != "memory") continue;
    const fs::path top = root / "sys/fs/cgroup" / (is_second_version ? "" : "memory");
    fs::path inner = fs::path(line.substr(second + 1)).relative_path();
    while (true) {
      const auto left = is_second_version
                            ? left_in_group(top / inner, "memory.max", "memory.current", "inactive_file")
                            : left_in_group(top / inner, "memory.limit_in_bytes", "memory.usage_in_bytes",
                                            "total_inactive_file");
      if (left) least = std::min(least.value_or(*left), *left);
      if (inner.empty()) break;
      inner = inner.parent_path();
    }
  }
  return least;
}

}  // namespace

Machine this_machine() {
  Machine machine;
  machine.cores = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
  machine.memory_bytes = static_cast<std::int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
  std::ifstream cpuinfo("/proc/cpuinfo");
  for (std::string line; std::getline(cpuinfo, line);) {
    if (line.rfind("model name", 0) != 0) continue;
    machine.processor = line.substr(line.find(':') + 2);
    break;
  }
  return machine;
}

std::int64_t peak_memory_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::int64_t>(usage.ru_maxrss) * 1024;  // Linux counts in KiB
}

std::int64_t resident_memory_bytes() {
  std::int64_t pages = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

std::int64_t available_memory_bytes(const fs::path& root) {
  // Before Linux 3.14 MemAvailable is not there.
  const std::int64_t machine =
      read_field(root / "proc/meminfo", "MemAvailable:").value_or(this_machine().memory_bytes / 1024) * 1024;
  return std::max<std::int64_t>(0, std::min(machine, left_in_groups(root).value_or(machine)));
}

}  // namespace pbb

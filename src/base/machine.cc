#include "base/machine.h"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
#include <vector>

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

// A control group that the process is in, of either version of the interface.
struct ControlGroup {
  fs::path folder;
  bool is_second_version = false;
};

bool has_word(const std::string& list, const std::string& word) {
  return ("," + list + ",").find("," + word + ",") != std::string::npos;
}

// Those that limit what `controller` is of: the process's own, and each that this lies in.
std::vector<ControlGroup> control_groups(const fs::path& root, const std::string& controller) {
  std::vector<ControlGroup> groups;
  std::ifstream lines(root / "proc/self/cgroup");
  for (std::string line; std::getline(lines, line);) {  // "4:memory:/job", "0::/job"
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const bool is_second_version = controllers.empty();
    if (!is_second_version && !has_word(controllers, controller)) continue;
    const fs::path top = root / "sys/fs/cgroup" / (is_second_version ? "" : controller);
    fs::path inner = fs::path(line.substr(second + 1)).relative_path();
    for (; !inner.empty(); inner = inner.parent_path()) groups.push_back({top / inner, is_second_version});
    groups.push_back({top, is_second_version});
  }
  return groups;
}

// What one group leaves of memory: its limit less what it holds. Cached files can be dropped.
std::optional<std::int64_t> memory_left(const ControlGroup& group) {
  const bool is_second = group.is_second_version;
  const auto limit = read_number(group.folder / (is_second ? "memory.max" : "memory.limit_in_bytes")),
             used = read_number(group.folder / (is_second ? "memory.current" : "memory.usage_in_bytes"));
  if (!limit || !used) return std::nullopt;
  const char* cached = is_second ? "inactive_file" : "total_inactive_file";
  return *limit - *used + read_field(group.folder / "memory.stat", cached).value_or(0);
}

// How many processors one group's quota of their time comes to: a part of one counts as one.
std::optional<std::int64_t> processors_of_quota(const ControlGroup& group) {
  std::int64_t quota = 0, period = 0;
  if (group.is_second_version) {
    if (!(std::ifstream(group.folder / "cpu.max") >> quota >> period)) return std::nullopt;  // "max 100000"
  } else {
    quota = read_number(group.folder / "cpu.cfs_quota_us").value_or(-1);  // -1: as much as there is
    period = read_number(group.folder / "cpu.cfs_period_us").value_or(0);
  }
  if (quota <= 0 || period <= 0) return std::nullopt;
  return (quota + period - 1) / period;
}

// The least that any of the groups of `controller` leaves.
std::optional<std::int64_t> least_of_groups(const fs::path& root, const std::string& controller,
                                            std::optional<std::int64_t> (*left)(const ControlGroup&)) {
  std::optional<std::int64_t> least;
  for (const ControlGroup& group : control_groups(root, controller)) {
    if (const auto here = left(group)) least = std::min(least.value_or(*here), *here);
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
  return std::max<std::int64_t>(
      0, std::min(machine, least_of_groups(root, "memory", memory_left).value_or(machine)));
}

int usable_processors(const fs::path& root) {
  cpu_set_t allowed;
  const int processors =
      sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? CPU_COUNT(&allowed) : this_machine().cores;
  const std::int64_t quota = least_of_groups(root, "cpu", processors_of_quota).value_or(processors);
  return static_cast<int>(std::min<std::int64_t>(processors, quota));
}

}  // namespace pbb

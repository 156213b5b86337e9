// What a process may take of its machine: free memory, and processors, less where its control group has less.
#include "base/machine.h"

#include <gtest/gtest.h>

#include <sched.h>

#include "base/file.h"
#include "base/temporary_folder.h"

namespace pbb {
namespace {

namespace fs = std::filesystem;

// A folder with the files of proc and sys that a test writes.
struct FakeRoot {
  void write(const std::string& file, const std::string& text) const {
    fs::create_directories((folder / file).parent_path());
    write_file(folder / file, text);
  }
  int processors() const { return usable_processors(folder.path()); }
  TemporaryFolder folder;
};

TEST(AvailableMemory, IsTheLeastThatMachineAndControlGroupsLeave) {
  const FakeRoot root;
  root.write("proc/meminfo", "MemTotal:  2000 kB\nMemFree:  10 kB\nMemAvailable:   1000 kB\nBuffers: 5 kB\n");
  EXPECT_EQ(available_memory_bytes(root.folder.path()), 1'024'000);
  root.write("proc/self/cgroup", "5:devices:/\n0::/outer/inner\n");
  root.write("sys/fs/cgroup/outer/memory.max", "600000\n");
  root.write("sys/fs/cgroup/outer/memory.current", "500000\n");
  root.write("sys/fs/cgroup/outer/memory.stat", "anon 1\ninactive_file 300000\nactive_file 7\n");
  root.write("sys/fs/cgroup/outer/inner/memory.max", "max\n");
  root.write("sys/fs/cgroup/outer/inner/memory.current", "400000\n");
  EXPECT_EQ(available_memory_bytes(root.folder.path()), 400'000);
  root.write("proc/self/cgroup", "4:memory:/job\n0::/\n");  // the first version of control groups
  root.write("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "700000\n");
  root.write("sys/fs/cgroup/memory/job/memory.usage_in_bytes", "200000\n");
  EXPECT_EQ(available_memory_bytes(root.folder.path()), 500'000);
}

TEST(UsableProcessors, AreThoseOfTheProcessWhereNoControlGroupHasAQuota) {
  cpu_set_t allowed;
  ASSERT_EQ(sched_getaffinity(0, sizeof allowed, &allowed), 0);
  const FakeRoot root;
  EXPECT_EQ(root.processors(), CPU_COUNT(&allowed));
  root.write("proc/self/cgroup", "3:cpu,cpuacct:/job\n0::/job\n");
  root.write("sys/fs/cgroup/job/cpu.max", "max 100000\n");
  root.write("sys/fs/cgroup/cpu/job/cpu.cfs_quota_us", "-1\n");
  root.write("sys/fs/cgroup/cpu/job/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(root.processors(), CPU_COUNT(&allowed));
  root.write("sys/fs/cgroup/cpu.max", "100000000 100000\n");  // more than there are
  EXPECT_EQ(root.processors(), CPU_COUNT(&allowed));
}

TEST(UsableProcessors, AreTheLeastThatAQuotaLetsRunAndAtLeastOne) {
  const FakeRoot root;
  root.write("proc/self/cgroup", "0::/outer/inner\n");
  root.write("sys/fs/cgroup/outer/cpu.max", "50000 100000\n");
  root.write("sys/fs/cgroup/outer/inner/cpu.max", "100000000 100000\n");
  EXPECT_EQ(root.processors(), 1);
}

TEST(UsableProcessors, OfTheFirstVersionOfControlGroupsToo) {
  const FakeRoot root;
  root.write("proc/self/cgroup", "3:cpu,cpuacct:/docker/1\n0::/\n");
  root.write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "60000\n");  // a container sees its own group at the top
  root.write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(root.processors(), 1);
}

}  // namespace
}  // namespace pbb

#include "sandbox/syscall_filter.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace pbb {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_AARCH64;
#else
#error "the system calls of this architecture are not listed"
#endif

// What a computing interpreter needs: memory, time, reading its library, signals to itself, its end. Not
// here: processes, threads, sockets, files written or renamed, signals to others, limits, namespaces, shared
// memory.
constexpr int allowed_calls[] = {
    // memory
    SYS_brk, SYS_mmap, SYS_munmap, SYS_mremap, SYS_mprotect, SYS_madvise,
    // open descriptors and the library's files (opening itself is restricted below)
    SYS_read, SYS_pread64, SYS_write, SYS_close, SYS_fstat, SYS_newfstatat, SYS_statx, SYS_lseek,
    SYS_getdents64, SYS_getcwd, SYS_readlinkat, SYS_faccessat,
#ifdef SYS_stat
    SYS_stat, SYS_lstat, SYS_access, SYS_readlink,
#endif
    // time and waiting
    SYS_clock_gettime, SYS_clock_getres, SYS_gettimeofday, SYS_clock_nanosleep, SYS_nanosleep,
    SYS_sched_yield, SYS_restart_syscall, SYS_futex, SYS_ppoll,
    // itself
    SYS_getpid, SYS_getppid, SYS_gettid, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid, SYS_getrandom,
    SYS_getrusage, SYS_times, SYS_uname, SYS_sched_getaffinity, SYS_rt_sigaction, SYS_rt_sigprocmask,
    SYS_rt_sigreturn, SYS_sigaltstack, SYS_exit, SYS_exit_group};

constexpr std::uint32_t writing_flags = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND;

sock_filter statement(unsigned code, std::uint32_t operand) {
  return {static_cast<std::uint16_t>(code), 0, 0, operand};
}
sock_filter jump(unsigned code, std::uint32_t operand, std::uint8_t if_true, std::uint8_t if_false) {
  return {static_cast<std::uint16_t>(BPF_JMP | code | BPF_K), if_true, if_false, operand};
}

// Allows `number` when none of writing_flags is in its argument `flags` (the low half of its 64 bits).
void allow_reading(std::vector<sock_filter>& filter, int number, unsigned flags) {
  const auto offset = static_cast<std::uint32_t>(offsetof(seccomp_data, args) + 8 * flags);
  filter.push_back(jump(BPF_JEQ, static_cast<std::uint32_t>(number), 0, 4));
  filter.push_back(statement(BPF_LD | BPF_W | BPF_ABS, offset));
  filter.push_back(jump(BPF_JSET, writing_flags, 1, 0));
  filter.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  filter.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES));
}

std::vector<sock_filter> syscall_filter() {
  std::vector<sock_filter> filter;
  filter.push_back(statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)));
  filter.push_back(jump(BPF_JEQ, architecture, 1, 0));
  filter.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
  filter.push_back(statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
  for (const int number : allowed_calls) {
    filter.push_back(jump(BPF_JEQ, static_cast<std::uint32_t>(number), 0, 1));
    filter.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  }
  allow_reading(filter, SYS_openat, 2);
#ifdef SYS_open
  allow_reading(filter, SYS_open, 1);
#endif
  filter.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM));
  return filter;
}

}  // namespace

std::string syscall_filter_hex() {
  const auto filter = syscall_filter();
  const std::string_view bytes(reinterpret_cast<const char*>(filter.data()),
                               filter.size() * sizeof(sock_filter));
  std::string hex;
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    hex += "0123456789abcdef"[value >> 4];
    hex += "0123456789abcdef"[value & 15];
  }
  return hex;
}

}  // namespace pbb

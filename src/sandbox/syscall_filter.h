// The system calls a program's process may make, as a seccomp filter (an allow-list: all others fail with
// EPERM).
#pragma once

#include <string>

namespace pbb {

// An array of sock_filter for this machine, as bytes in hexadecimal.
std::string syscall_filter_hex();

}  // namespace pbb

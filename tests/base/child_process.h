// Runs a piece of a test in a process of its own, for tests in which a process dies or changes its limits.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <functional>

namespace pbb {

// The wait status of a forked process that runs `body` and exits with 0, or 1 when it throws.
inline int run_in_child(const std::function<void()>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      body();
      ::_exit(0);
    } catch (...) {
      ::_exit(1);
    }
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

inline bool exited_with(int status, int code) {
  return WIFEXITED(status) && WEXITSTATUS(status) == code;
}
inline bool killed_by(int status, int signal) {
  return WIFSIGNALED(status) && WTERMSIG(status) == signal;
}

}  // namespace pbb

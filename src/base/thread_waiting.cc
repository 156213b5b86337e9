#include "base/thread_waiting.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace pbb {

void limit_thread_spinning(char** argv) {
  if (std::getenv("GOMP_SPINCOUNT") != nullptr || std::getenv("OMP_WAIT_POLICY") != nullptr) return;
  // The file's own path, not /proc/self/exe: that would become the process's name.
  std::error_code unknown;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", unknown);
  if (unknown) return;
  // What libgomp itself takes where there are more threads than processors: tens of microseconds.
  ::setenv("GOMP_SPINCOUNT", "1000", 0);
  ::execv(program.c_str(), argv);
}

}  // namespace pbb

#include "base/threads.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

#include "base/machine.h"

namespace pbb {
namespace {

bool is_set(const char* variable) {
  return std::getenv(variable) != nullptr;
}

}  // namespace

void prepare_threads(char** argv) {
  const bool waiting_is_set = is_set("GOMP_SPINCOUNT") || is_set("OMP_WAIT_POLICY");
  if (waiting_is_set && is_set("OMP_NUM_THREADS")) return;
  // The file's own path, not /proc/self/exe: that would become the process's name.
  std::error_code unknown;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", unknown);
  if (unknown) return;
  // What libgomp itself takes where there are more threads than processors: tens of microseconds.
  if (!waiting_is_set) ::setenv("GOMP_SPINCOUNT", "1000", 0);
  ::setenv("OMP_NUM_THREADS", std::to_string(usable_processors()).c_str(), 0);
  ::execv(program.c_str(), argv);
}

}  // namespace pbb

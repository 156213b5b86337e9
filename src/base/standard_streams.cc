#include "base/standard_streams.h"

#include <fcntl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <initializer_list>

namespace pbb {
namespace {

// Keeps the signal of a pipe that nobody reads any more from this thread, while there is one of these.
class WithoutPipeSignal {
 public:
  WithoutPipeSignal() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~WithoutPipeSignal() {
    const timespec none{};
    sigtimedwait(&pipe_, nullptr, &none);  // takes the one that waits
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  WithoutPipeSignal(const WithoutPipeSignal&) = delete;
  WithoutPipeSignal& operator=(const WithoutPipeSignal&) = delete;

 private:
  sigset_t pipe_{}, before_{};
};

// Says that all was written, or fmt::print would throw.
ssize_t write_or_drop(void*, const char* text, std::size_t size) {
  const WithoutPipeSignal guard;
  for (std::size_t done = 0; done < size;) {
    const ssize_t count = ::write(STDERR_FILENO, text + done, size - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    done += static_cast<std::size_t>(count);
  }
  return static_cast<ssize_t>(size);
}

}  // namespace

void secure_standard_streams() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest that is free is this one. Output that is only open for reading fails as a closed one does.
    (void)::open("/dev/null", descriptor == STDERR_FILENO ? O_WRONLY : O_RDONLY);
  }
  if (FILE* const stream = ::fopencookie(
          nullptr, "w", {.read = nullptr, .write = write_or_drop, .seek = nullptr, .close = nullptr})) {
    std::setvbuf(stream, nullptr, _IONBF, 0);
    stderr = stream;  // a variable in the GNU C library, which may be set
  }
}

}  // namespace pbb

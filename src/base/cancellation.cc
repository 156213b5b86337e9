#include "base/cancellation.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>

#include "base/error.h"

namespace pbb {
namespace {

std::atomic<bool> requested = false;  // a signal handler can reach nothing but a global
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may not wait for a lock");

void on_signal(int signal) {
  requested = true;
  if (signal != SIGINT) return;
  constexpr char message[] = "\nstopping as soon as what is done is saved; Ctrl-C again ends at once\n";
  if (::write(STDERR_FILENO, message, sizeof message - 1) < 0) return;  // there is no one to tell
}

}  // namespace

void install_signal_handlers() {
  handle_stop_signals(on_signal);
}

void handle_stop_signals(void (*handler)(int signal)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = static_cast<int>(SA_RESTART | SA_RESETHAND);  // the second one has its default effect
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, nullptr);
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGTERM, &action, nullptr);
  ::sigaction(SIGXCPU, &action, nullptr);  // the processor time that `ulimit -t` allows is spent
  ::signal(SIGXFSZ, SIG_IGN);  // what is written beyond `ulimit -f` is then an error, as on a full disk
  struct sigaction before {};
  ::sigaction(SIGHUP, nullptr, &before);
  if (before.sa_handler != SIG_IGN) ::sigaction(SIGHUP, &action, nullptr);  // ignored: under nohup
}

bool cancellation_requested() {
  return requested;
}

void request_cancellation() {
  requested = true;
}

void clear_cancellation() {
  requested = false;
}

void throw_if_cancelled() {
  if (requested) throw Interrupted("interrupted");
}

}  // namespace pbb

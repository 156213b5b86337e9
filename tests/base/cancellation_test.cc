#include "base/cancellation.h"

#include <gtest/gtest.h>
#include <signal.h>

#include "base/child_process.h"
#include "base/error.h"

namespace pbb {
namespace {

TEST(Cancellation, ARequestThrowsUntilItIsCleared) {
  clear_cancellation();
  EXPECT_NO_THROW(throw_if_cancelled());
  request_cancellation();
  EXPECT_TRUE(cancellation_requested());
  EXPECT_THROW(throw_if_cancelled(), Interrupted);
  clear_cancellation();
  EXPECT_NO_THROW(throw_if_cancelled());
}

TEST(Cancellation, TheFirstSignalIsARequestAndASecondInterruptEndsTheProcess) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    const int once = run_in_child([&] {
      install_signal_handlers();
      ::raise(signal);
      if (!cancellation_requested()) throw Error("no request");
    });
    EXPECT_TRUE(exited_with(once, 0)) << signal;
  }
  const int ignored = run_in_child([] {  // as nohup starts it
    ::signal(SIGHUP, SIG_IGN);
    install_signal_handlers();
    ::raise(SIGHUP);
    if (cancellation_requested()) throw Error("a request");
  });
  EXPECT_TRUE(exited_with(ignored, 0));
  const int twice = run_in_child([] {
    install_signal_handlers();
    ::raise(SIGINT);
    ::raise(SIGINT);
  });
  EXPECT_TRUE(killed_by(twice, SIGINT));
}

}  // namespace
}  // namespace pbb

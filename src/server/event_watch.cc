#include "server/event_watch.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <cstdint>

#include "base/error.h"

namespace pbb {

EventWatch::EventWatch(int event, std::function<void()> act) : ended_(::eventfd(0, EFD_CLOEXEC)) {
  if (!ended_) throw Error("the system gives no event descriptor");
  if (event >= 0) thread_ = std::thread([this, event, act = std::move(act)] { watch(event, act); });
}

EventWatch::~EventWatch() {
  if (!thread_.joinable()) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(ended_.get(), &one, sizeof one);  // its counter is never full
  thread_.join();
}

void EventWatch::watch(int event, const std::function<void()>& act) const {
  while (true) {
    pollfd ready[] = {{event, POLLIN, 0}, {ended_.get(), POLLIN, 0}};
    if (::poll(ready, 2, -1) < 0) continue;  // EINTR
    if (ready[1].revents != 0) return;
    std::uint64_t count = 0;
    if (::read(event, &count, sizeof count) == sizeof count) act();
  }
}

}  // namespace pbb

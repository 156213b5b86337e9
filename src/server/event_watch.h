// A thread that does something each time that an event descriptor can be read from: a signal's handler may do no more
// than write to one.
#pragma once

#include <functional>
#include <thread>

#include "base/file_descriptor.h"

namespace pbb {

class EventWatch {
 public:
  // event: -1: nothing is watched. What came several times while `act` was busy is done once. `act` may not throw.
  EventWatch(int event, std::function<void()> act);
  ~EventWatch();  // waits for an `act` under way

 private:
  void watch(int event, const std::function<void()>& act) const;

  FileDescriptor ended_;
  std::thread thread_;
};

}  // namespace pbb

// When a server is asked, and asked again: back-off, Retry-After, so many requests a minute.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <ctime>
#include <mutex>
#include <optional>
#include <string_view>

#include "base/random.h"

namespace pbb {

using SteadyTime = std::chrono::steady_clock::time_point;
using Seconds = std::chrono::duration<double>;

// Time as requests see it: the machine's, or a test's, which takes none.
class Waiting {
 public:
  virtual ~Waiting() = default;
  virtual SteadyTime now() const;
  // False, at once, after stop(). Called by many threads.
  virtual bool wait_until(SteadyTime time);
  virtual void stop();

 private:
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;
};

struct PacingOptions {
  int retries = 6;                 // of one request, after the first attempt
  double first_back_off = 1;       // seconds; doubled each time
  double longest_back_off = 60;    // seconds
  double requests_per_minute = 0;  // 0: as fast as answers come
};

// What Retry-After says, in seconds: "120", or a date of HTTP's usual form against `now`. Nothing where it is neither.
std::optional<double> retry_after_seconds(std::string_view header, std::time_t now);

// Shared by all threads that ask a server.
class Pacing {
 public:
  Pacing(const PacingOptions& options, Waiting& waiting, std::uint64_t seed);

  // Waits for this request's turn; false after Waiting::stop().
  bool take_turn();
  // Waits before attempt `attempt` + 1, the first being 0. At least as long as the server said; a server that says so
  // holds the other threads up as well. False after Waiting::stop().
  bool back_off(int attempt, std::optional<double> retry_after);

 private:
  PacingOptions options_;
  Waiting& waiting_;
  std::mutex mutex_;
  SteadyTime next_;  // no request begins before
  Random random_;    // of the jitter
};

}  // namespace pbb

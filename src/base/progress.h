// A progress bar on standard error: share done, a note ("412 tokens/s, loss 1.23"), time left. On a terminal
// it redraws one line; otherwise it prints a line every ten seconds.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace pbb {

class ProgressBar {
 public:
  ProgressBar(std::string label, std::int64_t total, bool quiet = false, std::int64_t done_before = 0);
  ~ProgressBar();  // ends the line
  void update(std::int64_t done, const std::string& note = {});

 private:
  std::string label_;
  std::int64_t total_, start_done_;
  bool quiet_, terminal_, drawn_ = false;
  std::chrono::steady_clock::time_point start_, last_;
};

}  // namespace pbb

// A progress bar on standard error: share done, time left, a note ("loss 1.23, 412 tokens/s"). On a terminal
// it redraws one line; otherwise it prints a line every ten seconds.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace pbb {

// How far something has got.
struct Progress {
  std::string label;
  std::int64_t done = 0, total = 0;
  bool total_certain = true;     // false: it may be done sooner, so that share and time are bounds
  std::int64_t done_before = 0;  // of `done`, not in these seconds
  double seconds = 0;
  std::string note = {};
};
// As one line. On a terminal of so many columns it has a bar, as far as there is room, and is cut at its end;
// 0: whole, without a bar.
std::string progress_line(const Progress& progress, std::size_t columns);

class ProgressBar {
 public:
  ProgressBar(std::string label, std::int64_t total, bool quiet = false, std::int64_t done_before = 0);
  ~ProgressBar();  // ends the line
  // What is known of the total now; not certain: it may be less.
  void expect(std::int64_t total, bool certain);
  void update(std::int64_t done, const std::string& note = {});

 private:
  Progress progress_;
  bool quiet_, terminal_, drawn_ = false;
  std::chrono::steady_clock::time_point start_, last_;
};

}  // namespace pbb

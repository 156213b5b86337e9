#include "base/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace pbb {
namespace {

using Clock = std::chrono::steady_clock;

bool is_terminal() {
  const char* kind = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && kind != nullptr && std::string_view(kind) != "dumb";
}

std::size_t terminal_width() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

std::string duration_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(seconds + 0.5);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

}  // namespace

ProgressBar::ProgressBar(std::string label, std::int64_t total, bool quiet, std::int64_t done_before)
    : label_(std::move(label)),
      total_(total),
      start_done_(done_before),
      quiet_(quiet),
      terminal_(is_terminal()),
      start_(Clock::now()),
      last_(start_) {}

ProgressBar::~ProgressBar() {
  if (drawn_ && terminal_) std::fputs("\n", stderr);
}

void ProgressBar::update(std::int64_t done, const std::string& note) {
  const auto now = Clock::now();
  const auto pause = terminal_ ? std::chrono::milliseconds(100) : std::chrono::milliseconds(10'000);
  const bool due = now - last_ >= pause || done >= total_ || (terminal_ && !drawn_);
  if (quiet_ || !due) return;
  last_ = now;
  drawn_ = true;

  const double share =
      total_ > 0 ? std::clamp(static_cast<double>(done) / static_cast<double>(total_), 0.0, 1.0) : 1.0;
  const double elapsed = std::chrono::duration<double>(now - start_).count();
  std::string line = label_;
  if (terminal_) {
    constexpr std::size_t width = 24;
    const auto filled = static_cast<std::size_t>(share * width);
    line += fmt::format(" [{}{}]", std::string(filled, '#'), std::string(width - filled, '.'));
  }
  line += fmt::format(" {:3.0f} %", 100 * share);
  if (!note.empty()) line += ", " + note;
  if (done >= total_) {
    line += fmt::format(", took {}", duration_text(elapsed));
  } else if (done > start_done_) {
    const double per_item = elapsed / static_cast<double>(done - start_done_);
    line += fmt::format(", {} left", duration_text(per_item * static_cast<double>(total_ - done)));
  }
  if (terminal_) {
    line.resize(std::min(line.size(), terminal_width() - 1));
    fmt::print(stderr, "\r{}\x1b[K", line);
  } else {
    fmt::print(stderr, "{}\n", line);
  }
  std::fflush(stderr);
}

}  // namespace pbb

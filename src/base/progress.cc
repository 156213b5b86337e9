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

// " [####....]" in at most so many columns; nothing where that is too few.
std::string bar(double share, std::size_t columns) {
  constexpr std::size_t least = 8, most = 24, frame = 3;
  if (columns < least + frame) return {};
  const std::size_t width = std::min(columns - frame, most);
  const auto filled = static_cast<std::size_t>(share * static_cast<double>(width));
  return fmt::format(" [{}{}]", std::string(filled, '#'), std::string(width - filled, '.'));
}

std::string time_text(const Progress& progress) {
  const std::int64_t here = progress.done - progress.done_before;
  if (progress.done >= progress.total) return fmt::format(", took {}", duration_text(progress.seconds));
  if (here <= 0) return {};
  const double left =
      progress.seconds / static_cast<double>(here) * static_cast<double>(progress.total - progress.done);
  return fmt::format(", {}{} left", progress.total_certain ? "" : "at most ", duration_text(left));
}

}  // namespace

std::string progress_line(const Progress& progress, std::size_t columns) {
  const double share =
      progress.total > 0
          ? std::clamp(static_cast<double>(progress.done) / static_cast<double>(progress.total), 0.0, 1.0)
          : 1.0;
  const bool is_bound = !progress.total_certain && progress.done < progress.total;
  std::string text =
      is_bound ? fmt::format(" at least {:.0f} %", 100 * share) : fmt::format(" {:3.0f} %", 100 * share);
  text += time_text(progress);
  if (!progress.note.empty()) text += ", " + progress.note;
  if (columns == 0) return progress.label + text;
  const std::size_t taken = progress.label.size() + text.size();
  std::string line = progress.label + bar(share, columns > taken ? columns - taken : 0) + text;
  line.resize(std::min(line.size(), columns));
  return line;
}

ProgressBar::ProgressBar(std::string label, std::int64_t total, bool quiet, std::int64_t done_before)
    : progress_{.label = std::move(label), .total = total, .done_before = done_before},
      quiet_(quiet),
      terminal_(is_terminal()),
      start_(Clock::now()),
      last_(start_) {}

ProgressBar::~ProgressBar() {
  if (drawn_ && terminal_) std::fputs("\n", stderr);
}

void ProgressBar::expect(std::int64_t total, bool certain) {
  progress_.total = total;
  progress_.total_certain = certain;
}

void ProgressBar::update(std::int64_t done, const std::string& note) {
  const auto now = Clock::now();
  const auto pause = terminal_ ? std::chrono::milliseconds(100) : std::chrono::milliseconds(10'000);
  const bool due = now - last_ >= pause || done >= progress_.total || (terminal_ && !drawn_);
  if (quiet_ || !due) return;
  last_ = now;
  drawn_ = true;

  progress_.done = done;
  progress_.seconds = std::chrono::duration<double>(now - start_).count();
  progress_.note = note;
  if (terminal_) {
    fmt::print(stderr, "\r{}\x1b[K", progress_line(progress_, terminal_width() - 1));
  } else {
    fmt::print(stderr, "{}\n", progress_line(progress_, 0));
  }
  std::fflush(stderr);
}

}  // namespace pbb

#include "endpoint/pacing.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

namespace pbb {
namespace {

std::chrono::steady_clock::duration ticks(double seconds) {
  return std::chrono::duration_cast<std::chrono::steady_clock::duration>(Seconds(seconds));
}

}  // namespace

SteadyTime Waiting::now() const {
  return std::chrono::steady_clock::now();
}

bool Waiting::wait_until(SteadyTime time) {
  std::unique_lock lock(mutex_);
  stopped_.wait_until(lock, time, [this] { return stopping_; });
  return !stopping_;
}

void Waiting::stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  stopped_.notify_all();
}

std::optional<double> retry_after_seconds(std::string_view header, std::time_t now) {
  double seconds = 0;
  const auto [end, failure] = std::from_chars(header.data(), header.data() + header.size(), seconds);
  if (failure == std::errc() && end == header.data() + header.size())
    return seconds >= 0 && std::isfinite(seconds) ? std::optional(seconds) : std::nullopt;
  std::tm date{};
  const std::string text(header);
  const char* rest = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &date);
  if (rest == nullptr || *rest != '\0') return std::nullopt;
  return std::max(0.0, std::difftime(::timegm(&date), now));
}

Pacing::Pacing(const PacingOptions& options, Waiting& waiting, std::uint64_t seed)
    : options_(options), waiting_(waiting), next_(waiting.now()), random_(seed, "back-off") {}

bool Pacing::take_turn() {
  SteadyTime mine;
  {
    const std::lock_guard lock(mutex_);
    mine = std::max(next_, waiting_.now());
    if (options_.requests_per_minute > 0) next_ = mine + ticks(60 / options_.requests_per_minute);
  }
  return waiting_.wait_until(mine);
}

bool Pacing::back_off(int attempt, std::optional<double> retry_after) {
  SteadyTime until;
  {
    const std::lock_guard lock(mutex_);
    const double longest =
        std::min(options_.longest_back_off, options_.first_back_off * std::pow(2.0, attempt));
    // Between half of it and all of it, so that threads that failed together do not come back together.
    const double seconds = std::max(longest * (0.5 + random_.uniform() / 2), retry_after.value_or(0));
    until = waiting_.now() + ticks(seconds);
    if (retry_after) next_ = std::max(next_, waiting_.now() + ticks(*retry_after));
  }
  return waiting_.wait_until(until);
}

}  // namespace pbb

#include "report/html.h"

#include <fmt/format.h>

#include <cmath>

#include "programs/utf8.h"

namespace pbb {
namespace {

constexpr std::string_view narrow_space = "\u202f";  // does not break
constexpr std::string_view replacement = "\ufffd";

bool is_unprintable(char32_t c) {
  const bool control = (c < 0x20 && c != U'\n' && c != U'\t') || (c >= 0x7f && c < 0xa0);
  const bool direction = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
  return control || direction || (c >= 0xd800 && c < 0xe000);
}

void append_escaped(std::string& out, std::string_view character, char32_t value) {
  switch (value) {
    case U'&':
      out += "&amp;";
      break;
    case U'<':
      out += "&lt;";
      break;
    case U'>':
      out += "&gt;";
      break;
    case U'"':
      out += "&quot;";
      break;
    case U'\'':
      out += "&#39;";
      break;
    default:
      out += is_unprintable(value) ? replacement : character;
  }
}

}  // namespace

std::string escape_html(std::string_view text) {
  return escape_shortened(text, text.size());
}

std::string escape_shortened(std::string_view text, std::size_t characters) {
  std::string out;
  std::size_t written = 0;
  for (std::size_t at = 0; at < text.size(); ++written) {
    if (written == characters) {
      return out + fmt::format("… <small>({} more bytes)</small>", count(static_cast<int>(text.size() - at)));
    }
    const auto point = decode_utf8(text, at);
    const std::size_t size = point ? point->size : 1;
    append_escaped(out, text.substr(at, size), point ? point->value : 0);
    at += size;
  }
  return out;
}

std::string percent(double share) {
  const double value = 100 * share;
  if (value > 0 && value < 1) return fmt::format("<1{}%", narrow_space);
  if (value > 99 && value < 100) return fmt::format(">99{}%", narrow_space);
  return fmt::format("{:.0f}{}%", value, narrow_space);
}

std::string percent_range(const Interval& interval) {
  return fmt::format("{:.0f}–{:.0f}{}%", 100 * interval.low, 100 * interval.high, narrow_space);
}

std::string count(std::int64_t number) {
  std::string digits = fmt::format("{}", number);
  const std::size_t first = number < 0 ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3;) {
    at -= 3;
    digits.insert(at, narrow_space);
  }
  return digits;
}

std::string count_of(std::int64_t number, std::string_view thing) {
  return fmt::format("{} {}{}", count(number), thing, number == 1 ? "" : "s");
}

std::string duration(double seconds) {
  if (seconds < 10) return fmt::format("{:.1f}{}s", seconds, narrow_space);
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (whole < 60) return fmt::format("{}{}s", whole, narrow_space);
  if (whole < 3600) return fmt::format("{0}{2}min {1}{2}s", whole / 60, whole % 60, narrow_space);
  return fmt::format("{0}{2}h {1}{2}min", whole / 3600, whole % 3600 / 60, narrow_space);
}

std::string bytes_text(double bytes) {
  if (bytes >= 1e9) return fmt::format("{:.1f}{}GB", bytes / 1e9, narrow_space);
  return fmt::format("{:.0f}{}MB", bytes / 1e6, narrow_space);
}

std::string p_value(double p) {
  return p < 0.001 ? "p < 0.001" : fmt::format("p = {:.{}f}", p, p < 0.01 ? 3 : 2);
}

}  // namespace pbb

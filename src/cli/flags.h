// The flags of a command, from a list of options (base/options.h): --max-conditions sets max_conditions.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <string>

#include "base/error.h"
#include "base/options.h"
#include "cli/command.h"

namespace pbb {

inline std::string flag_name(std::string key) {
  std::ranges::replace(key, '_', '-');
  return "--" + key;
}

class FlagAdder {
 public:
  // Options named in `left_out` get no flag.
  explicit FlagAdder(Command command, std::set<std::string> left_out = {})
      : command_(command), left_out_(std::move(left_out)) {}

  template <typename T>
  requires std::is_arithmetic_v<T>
  void operator()(const char* key, T& value, Range range, const char* help) {
    if (left_out_.contains(key)) return;
    const std::string flag = flag_name(key);
    const auto set = [&value, flag, range](const std::string& text) {
      T read{};
      const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), read);
      if (failure != std::errc() || end != text.data() + text.size() ||
          !range.holds(static_cast<double>(read))) {
        throw InputError(fmt::format("{} {} is out of range", flag, text), range.text());
      }
      value = read;
    };
    command_.add_option(flag, set, help).shows_type(range.text()).shows_default(fmt::format("{}", value));
  }
  void operator()(const char* key, std::string& value, const char* help) {
    if (!left_out_.contains(key)) command_.add_option(flag_name(key), value, help).shows_default();
  }
  void operator()(const char* key, bool& value, const char* help) {  // --price, --no-price
    if (left_out_.contains(key)) return;
    const std::string flag = flag_name(key);
    command_.add_flag(fmt::format("{},!--no-{}", flag, flag.substr(2)), value, help)
        .shows_default(value ? "yes" : "no");
  }

 private:
  Command command_;
  std::set<std::string> left_out_;
};

}  // namespace pbb

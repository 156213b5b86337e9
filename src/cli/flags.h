// The flags of a command, from a list of options (base/options.h): --max-conditions sets max_conditions.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <set>
#include <string>

#include "base/error.h"
#include "base/options.h"

namespace pbb {

inline std::string flag_name(std::string key) {
  std::ranges::replace(key, '_', '-');
  return "--" + key;
}

class FlagAdder {
 public:
  // Options named in `left_out` get no flag.
  explicit FlagAdder(CLI::App* command, std::set<std::string> left_out = {})
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
    command_->add_option_function<std::string>(flag, set, help)
        ->type_name(range.text())
        ->default_str(fmt::format("{}", value));
  }
  void operator()(const char* key, std::string& value, const char* help) {
    if (!left_out_.contains(key)) command_->add_option(flag_name(key), value, help)->capture_default_str();
  }
  void operator()(const char* key, bool& value, const char* help) {  // --price, --no-price
    if (left_out_.contains(key)) return;
    const std::string flag = flag_name(key);
    command_->add_flag(fmt::format("{},!--no-{}", flag, flag.substr(2)), value, help)
        ->default_str(value ? "yes" : "no");
  }

 private:
  CLI::App* command_;
  std::set<std::string> left_out_;
};

}  // namespace pbb

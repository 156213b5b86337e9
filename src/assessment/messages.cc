#include "assessment/messages.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace pbb {

std::string_view Wording::format(std::string_view key) const {
  const auto all = messages();
  const auto found = std::ranges::find_if(all, [&](const Message& one) { return key == one.key; });
  if (found == all.end()) throw Error(fmt::format("there is no sentence \"{}\"", key));
  return language_ == Language::japanese ? found->japanese : found->english;
}

std::string Wording::share(double value) const {
  const char* unit = language_ == Language::japanese ? "%" : "\u202f%";
  const double percent = 100 * value;
  if (percent > 0 && percent < 1) return fmt::format("<1{}", unit);
  return fmt::format("{:.0f}{}", percent, unit);
}

std::string Wording::range(const Accuracy& accuracy) const {
  return fmt::format("[{:.0f}–{}]", 100 * accuracy.interval.low, share(accuracy.interval.high));
}

std::string Wording::short_accuracy(const std::optional<Accuracy>& accuracy) const {
  if (!accuracy) return (*this)("not_measured");
  return fmt::format("{} {}", share(accuracy->value()), range(*accuracy));
}

std::string Wording::accuracy(const std::optional<Accuracy>& accuracy) const {
  if (!accuracy) return (*this)("not_measured");
  return (*this)("accuracy_with_n", short_accuracy(accuracy), number(accuracy->answers.items),
                 number(accuracy->rules));
}

std::string Wording::number(double value) const {
  if (std::abs(value) < 10 && value != std::floor(value)) return fmt::format("{:.2g}", value);
  std::string digits = fmt::format("{:.0f}", value);
  const std::size_t first = digits.starts_with('-') ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::string Wording::money(double value) const {
  if (value == 0) return "0";
  if (value < 0.01) return (*this)("less_than", "0.01");
  return value < 100 ? fmt::format("{:.2f}", value) : number(value);
}

std::string Wording::seconds(double value) const {
  if (value < 10) return (*this)("seconds", fmt::format("{:.2g}", value));
  const auto whole = static_cast<std::int64_t>(std::llround(value));
  if (whole < 120) return (*this)("seconds", fmt::format("{}", whole));
  if (whole < 7200) return (*this)("minutes", fmt::format("{}", (whole + 30) / 60));
  return (*this)("hours", fmt::format("{:.1f}", static_cast<double>(whole) / 3600));
}

std::string Wording::microseconds(double value) const {
  return (*this)("microseconds", value < 10 ? fmt::format("{:.1f}", value) : fmt::format("{:.0f}", value));
}

std::string Wording::kind(ClarityKind kind) const {
  switch (kind) {
    case ClarityKind::few_conditions:
      return (*this)("kind_few");
    case ClarityKind::many_conditions:
      return (*this)("kind_many");
    case ClarityKind::everyday:
      break;
  }
  return (*this)("kind_everyday");
}

std::string Wording::rest(Rest why) const {
  switch (why) {
    case Rest::outside_world:
      return (*this)("rest_outside_world");
    case Rest::not_plain:
      return (*this)("rest_not_plain");
    case Rest::no_result:
      return (*this)("rest_no_result");
    case Rest::contradiction:
      return (*this)("rest_contradiction");
    case Rest::not_cut:
      return (*this)("rest_not_cut");
    case Rest::no_function:
      return (*this)("rest_no_function");
    case Rest::other:
      break;
  }
  return (*this)("rest_other");
}

}  // namespace pbb

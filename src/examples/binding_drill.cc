// Drill "binding": what each parameter is once a call is made, as the first step of a trace names it: by position,
// by default, a list as one argument.
#include <fmt/format.h>

#include <string>
#include <vector>

#include "examples/everyday_drills.h"

namespace pbb {
namespace {

constexpr std::string_view names[] = {"amount",  "days",  "price",  "kind",  "units",   "rate",
                                      "express", "limit", "zone",   "hours", "on_hand", "factor",
                                      "weight",  "level", "target", "grade", "member",  "extra",
                                      "order",   "years", "code",   "pack",  "状態",    "数量"};
constexpr std::string_view functions[] = {"fee",        "net_cost", "class_of", "order_need",
                                          "rebate_due", "check",    "f"};

std::string number(Random& random) {
  switch (random.integer(0, 4)) {
    case 0:
      return fmt::format("{:.1f}", static_cast<double>(random.integer(1, 400)) / 10);
    case 1:
      return fmt::format("{}", 50 * random.integer(0, 400));
    default:
      return fmt::format("{}", random.integer(0, 60));
  }
}

std::string list(Random& random) {
  std::vector<std::string> items;
  const auto count = random.integer(0, 8);
  for (std::int64_t i = 0; i < count; ++i) items.push_back(fmt::format("{}", random.integer(0, 12)));
  return fmt::format("[{}]", fmt::join(items, ", "));
}

std::string argument(Random& random) {
  const double shape = random.uniform();
  if (shape < 0.62) return number(random);
  if (shape < 0.74) return random.integer(0, 1) == 0 ? "True" : "False";
  if (shape < 0.78) return "None";
  if (shape < 0.88) return list(random);
  return fmt::format("'{}'",
                     random.choice<const char*>({"A", "B", "home", "gold", "web", "", "night", "会員"}));
}

}  // namespace

DrillStep binding(Random& random) {
  const auto count = static_cast<std::size_t>(random.integer(1, 6));
  // Parameters without a default, with one, and keyword-only ones, which no argument reaches.
  const auto plain = static_cast<std::size_t>(random.integer(1, static_cast<std::int64_t>(count)));
  const std::size_t last = random.integer(0, 2) == 0
                               ? static_cast<std::size_t>(random.integer(static_cast<std::int64_t>(plain),
                                                                         static_cast<std::int64_t>(count)))
                               : count;
  const auto given = static_cast<std::size_t>(
      random.integer(static_cast<std::int64_t>(plain), static_cast<std::int64_t>(last)));
  std::vector<std::string> head, arguments, bound;
  std::size_t at = static_cast<std::size_t>(random.integer(0, std::ssize(names) - 1));
  for (std::size_t i = 0; i < count; ++i) {
    // Steps of five go round all names before one comes again.
    const std::string_view name = names[at = (at + 5) % std::size(names)];
    const std::string by_default = i < plain ? "" : argument(random);
    if (i == last) head.emplace_back("*");
    head.push_back(by_default.empty() ? std::string(name) : fmt::format("{}={}", name, by_default));
    if (i < given) arguments.push_back(argument(random));
    bound.push_back(fmt::format("{} = {}", name, i < given ? arguments.back() : by_default));
  }
  const std::string_view function = random.choice(std::span<const std::string_view>(functions));
  return {fmt::format("{}({}) of def {}({}):", function, fmt::join(arguments, ", "), function,
                      fmt::join(head, ", ")),
          fmt::format(" {}", fmt::join(bound, ", "))};
}

}  // namespace pbb

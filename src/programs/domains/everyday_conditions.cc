// What an everyday function asks of its parameters, and what it raises.
#include <fmt/format.h>

#include "programs/domains/everyday_draft.h"
#include "programs/domains/everyday_words.h"

namespace pbb {

std::string EverydayDraft::comparison(const EverydaySubject& subject) {
  const auto limits = bounds(subject, 2);
  const double shape = random.uniform();
  if (shape < 0.14) {
    const std::string chain =
        fmt::format("{} {} {} {} {}", bound_text(subject, limits[0]), word({"<=", "<=", "<"}), subject.name,
                    word({"<=", "<=", "<"}), bound_text(subject, limits[1]));
    return chance(0.3) ? "not " + chain : chain;
  }
  const std::string limit = bound_text(subject, limits[0]);
  const bool is_high = chance(0.5);
  const std::string hint = fmt::format(
      "{}_{}", is_high ? word({"max", "limit", "most"}) : word({"min", "free", "least"}), subject.name);
  if (shape < 0.2 && !subject.is_decimal)
    return fmt::format("{} {} {}", subject.name, word({"==", "!="}), limit);
  return fmt::format("{} {} {}", subject.name, word({"<", "<=", ">", ">=", ">=", ">"}),
                     constant(hint, limit));
}

std::string EverydayDraft::some_of(const EverydayParameter& category) {
  const auto& values = category.values;
  const auto first = static_cast<std::size_t>(integer(0, static_cast<std::int64_t>(values.size()) - 2));
  const std::string pair = fmt::format("{}, {}", quoted(values[first]), quoted(values[first + 1]));
  const double shape = random.uniform();
  if (shape < 0.5) return fmt::format("({})", pair);
  if (shape < 0.75) return fmt::format("[{}]", pair);
  return fmt::format("{{{}}}", pair);
}

std::string EverydayDraft::simple_condition() {
  const double shape = parameters.size() > 3 ? 0.9 : random.uniform();
  if (shape < 0.25) {
    const EverydayParameter& flag = flag_parameter();
    return chance(0.3) ? "not " + flag.name : flag.name;
  }
  if (shape < 0.5) {
    EverydayParameter& category = category_parameter();
    std::string name = category.name;
    if (chance(0.15) && category.values.front() >= "a" && category.values.front() < "z") {
      category.any_case = true;
      name += ".lower()";
    }
    if (chance(0.4)) return fmt::format("{} {} {}", name, word({"in", "in", "not in"}), some_of(category));
    return fmt::format("{} {} {}", name, word({"==", "==", "==", "!="}),
                       quoted(pick(std::span<const std::string>(category.values))));
  }
  if (shape < 0.58) {
    EverydaySubject optional = number_parameter(false);
    optional.parameter->may_be_none = true;
    if (chance(0.7)) optional.parameter->default_text = "None";
    if (chance(0.5)) return optional.name + (chance(0.5) ? " is None" : " is not None");
    return chance(0.5) ? fmt::format("{0} is not None and {1}", optional.name, comparison(optional))
                       : fmt::format("{0} is None or {1}", optional.name, comparison(optional));
  }
  if (shape > 0.95 && value.parameter == nullptr && !value.name.empty()) return comparison(value);
  return comparison(number_parameter(true));
}

std::string EverydayDraft::condition() {
  std::string first = simple_condition();
  if (!chance(0.22) || first.find(" is ") != std::string::npos) return first;
  const std::string second = simple_condition();
  if (second.find(" is ") != std::string::npos || first == second) return first;
  return fmt::format("{} {} {}", first, word({"and", "and", "or"}), second);
}

std::string EverydayDraft::raise_statement() {
  const std::string kind =
      word({"ValueError", "ValueError", "ValueError", "KeyError", "TypeError", "RuntimeError"});
  if (chance(0.25) && !parameters.empty()) {
    return fmt::format("raise {}(f{})", kind,
                       quoted(fmt::format("{}: {{{}}}", pick(everyday_messages()), parameters.front().name)));
  }
  if (chance(0.1)) return "raise " + kind;
  return fmt::format("raise {}({})", kind, quoted(pick(everyday_messages())));
}

}  // namespace pbb

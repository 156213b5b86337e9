// Functions of a file's own that an everyday function calls or stands under: the rule of last year, a decorator.
#include <fmt/format.h>

#include <iterator>

#include "programs/domains/everyday_draft.h"
#include "programs/domains/everyday_words.h"

namespace pbb {
namespace {

// A rule of its own over a number of that name; gives its name.
std::string add_standing_rule(EverydayDraft& draft, const EverydaySubject& a) {
  static constexpr std::string_view names[] = {"old_rule",  "rule_2023", "base_2022", "standard",
                                               "last_year", "plain",     "usual_2021"};
  const std::string name = draft.new_name(names);
  const std::string limit = draft.number(draft.bounds(a, 1).front()), percent = draft.number(draft.percent());
  draft.helpers.push_back(fmt::format("def {}({}):", name, a.name));
  switch (draft.integer(0, 2)) {
    case 0:
      draft.helpers.push_back(
          fmt::format("    return {0} * {1} // 100 if {0} >= {2} else 0", a.name, percent, limit));
      break;
    case 1:
      draft.helpers.push_back(fmt::format("    if {} < {}:", a.name, limit));
      draft.helpers.push_back("        return 0");
      draft.helpers.push_back(fmt::format("    return {} * {} // 100", a.name, percent));
      break;
    default:
      draft.helpers.push_back(fmt::format("    return min({} * {}, {})", a.name,
                                          draft.number(draft.small_amount()),
                                          draft.number(10 * draft.small_amount())));
  }
  return name;
}

// "max(old_rule(total), total * 3 // 100)".
std::string beside(EverydayDraft& draft, const std::string& rule, const std::string& argument) {
  const std::string own = draft.chance(0.7)
                              ? fmt::format("{} * {} // 100", argument, draft.number(draft.percent()))
                              : draft.number(draft.small_amount());
  const std::string function = draft.word({"max", "max", "min"});
  return draft.chance(0.7) ? fmt::format("{}({}({}), {})", function, rule, argument, own)
                           : fmt::format("{}({}, {}({}))", function, own, rule, argument);
}

}  // namespace

void add_older_rule(EverydayDraft& draft) {
  const EverydaySubject a = draft.whole_parameter();
  const std::string older = add_standing_rule(draft, a), name = draft.new_variable();
  if (draft.chance(0.6)) {
    draft.say(1, fmt::format("if {}:", draft.simple_condition()));
    draft.say(2, "return " + beside(draft, older, a.name));
    draft.say(1, fmt::format("{} = {}({})", name, older, a.name));
  } else {
    draft.say(1, fmt::format("{} = {}({}) + {}", name, older, a.name, draft.number(draft.small_amount())));
  }
  draft.set_value(name, false, 0, a.high);
}

void add_successor(EverydayDraft& draft) {
  const EverydaySubject a = draft.whole_parameter();
  const std::string older = add_standing_rule(draft, a);
  const auto count = draft.integer(1, 2);
  for (std::int64_t i = 0; i < count; ++i) {
    draft.say(1, fmt::format("if {}:", draft.simple_condition()));
    draft.say(2, "return " + (draft.chance(0.75) ? beside(draft, older, a.name)
                                                 : draft.number(draft.small_amount())));
  }
  const std::string last = fmt::format("{}({})", older, a.name);
  draft.say(1, draft.chance(0.6) ? "return " + last
                                 : fmt::format("return {} + {}", last, draft.number(draft.small_amount())));
}

std::string add_decorator(EverydayDraft& draft) {
  draft.import("import functools");
  const std::string name = draft.word({"checked", "rule", "logged", "registered"});
  const bool is_register = draft.chance(0.5), is_named = draft.chance(0.45);
  // A decorator with an argument is a function that gives the decorator.
  const std::string indent = is_named ? "        " : "    ";
  std::vector<std::string> lines;
  if (is_register) lines.push_back("RULES = {}\n\n");
  if (is_named) lines.push_back(fmt::format("def {}(label):", name));
  lines.push_back(fmt::format("{}def {}(function):", is_named ? "    " : "", is_named ? "wrap" : name));
  if (is_register)
    lines.push_back(fmt::format("{}RULES[{}] = function", indent, is_named ? "label" : "function.__name__"));
  lines.push_back(indent + "@functools.wraps(function)");
  lines.push_back(indent + "def wrapped(*args):");
  lines.push_back(indent + "    result = function(*args)");
  if (draft.chance(0.5)) lines.push_back(indent + "    assert result is not None");
  lines.push_back(indent + "    return result");
  lines.push_back(indent + "return wrapped");
  if (is_named) lines.push_back("    return wrap");
  draft.helpers.insert(draft.helpers.begin(), std::make_move_iterator(lines.begin()),
                       std::make_move_iterator(lines.end()));
  if (!is_named) return "@" + name;
  return fmt::format("@{}({})", name, draft.quoted(draft.word({"sales", "quality", "stock", "hr", "price"})));
}

}  // namespace pbb

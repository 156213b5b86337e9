// How an everyday function begins and ends: checks of what it was given, what it returns; and functions that
// are nothing but checks, or look at a text.
#include <fmt/format.h>

#include <algorithm>

#include "programs/domains/everyday_draft.h"
#include "programs/domains/everyday_words.h"

namespace pbb {
namespace {

void return_number(EverydayDraft& draft) {
  const EverydaySubject& value = draft.value;
  draft.returns = value.is_decimal ? "float" : "int";
  const double shape = draft.random.uniform();
  const std::string cap = draft.number(draft.pick({50.0, 100.0, 20.0, 500.0, 12.0}));
  if (value.is_decimal && shape < 0.6)
    return draft.say(1, fmt::format("return round({}, {})", value.name, draft.word({"2", "2", "2", "1"})));
  if (value.is_decimal && shape < 0.75) {
    draft.returns = "int";
    return draft.say(1, fmt::format("return {}({})", draft.word({"int", "round"}), value.name));
  }
  if (shape < 0.12) return draft.say(1, fmt::format("return max({}, 0)", value.name));
  if (shape < 0.2)
    return draft.say(1, fmt::format("return min({}, {})", value.name, draft.constant("cap", cap)));
  if (shape < 0.26) return draft.say(1, fmt::format("return {} if {} > 0 else 0", value.name, value.name));
  if (shape < 0.34) {
    draft.returns = "str";
    return draft.say(
        1, fmt::format("return f{}",
                       draft.quoted(fmt::format("{}: {{{}}}", draft.word({"total", "due", "EUR", "points"}),
                                                value.name))));
  }
  if (shape < 0.44) {
    return draft.say(1, fmt::format("return {0} {2} if {1} else {0}", value.name, draft.simple_condition(),
                                    draft.word({"* 2", "* 3", "+ 5", "- 1", "// 2"})));
  }
  if (shape < 0.5) {
    draft.returns = "tuple";
    return draft.say(1, fmt::format("return {}, {}", draft.comparison(value), value.name));
  }
  draft.say(1, "return " + value.name);
}

void return_truth(EverydayDraft& draft) {
  draft.returns = "bool";
  std::string answer = draft.comparison(draft.value);
  if (draft.chance(0.5))
    answer += fmt::format(" {} {}", draft.word({"and", "and", "or"}), draft.simple_condition());
  draft.say(1, "return " + answer);
}

void add_guard(EverydayDraft& draft, const EverydaySubject& subject) {
  const std::string& name = subject.name;
  EverydayParameter& parameter = *subject.parameter;
  const double shape = draft.random.uniform();
  if (shape < 0.15) {
    parameter.may_be_none = true;
    draft.checked.insert(name);
    draft.say(1, fmt::format("if {} is None:", name));
  } else if (shape < 0.5) {
    parameter.bounds.push_back(0);
    draft.say(1, fmt::format("if {} {} 0:", name, draft.word({"<", "<", "<="})));
  } else if (shape < 0.7) {
    const double high = subject.high;
    parameter.bounds.push_back(high);
    draft.say(1,
              fmt::format("if not {} <= {} <= {}:", draft.word({"0", "0", "1"}), name, draft.number(high)));
  } else if (shape < 0.85) {
    parameter.bounds.push_back(0);
    return draft.say(
        1, fmt::format("assert {} >= 0{}", name,
                       draft.chance(0.6) ? ", " + draft.quoted(draft.pick(everyday_messages())) : ""));
  } else {
    parameter.bounds.push_back(subject.high);
    draft.say(1, fmt::format("if {0} < 0 or {0} > {1}:", name, draft.number(subject.high)));
  }
  draft.say(
      2, draft.chance(0.75) ? draft.raise_statement() : "return " + draft.word({"0", "None", "0", "False"}));
}

// if …: return False, one after the other, and a last condition.
void add_early_answers(EverydayDraft& draft, const std::string& no, const std::string& yes) {
  const auto count = draft.integer(1, 3);
  for (std::int64_t i = 0; i < count; ++i) {
    draft.say(1, fmt::format("if {}:", draft.condition()));
    draft.say(2, "return " + (draft.chance(0.8) ? no : yes));
  }
  if (draft.returns == "bool" && draft.chance(0.6)) return draft.say(1, "return " + draft.condition());
  if (draft.chance(0.4))
    return draft.say(1, fmt::format("return {} if {} else {}", yes, draft.condition(), no));
  draft.say(1, "return " + yes);
}

// An Enum whose value is returned.
void add_enum_answers(EverydayDraft& draft) {
  const auto labels = draw_labels(draft, 3);
  draft.import("from enum import Enum");
  const std::string name = draft.word({"Level", "Kind", "Outcome", "Step"});
  draft.helpers.push_back(fmt::format("class {}(Enum):", name));
  const char* members[] = {"FIRST", "SECOND", "THIRD"};
  for (std::size_t i = 0; i < 3; ++i)
    draft.helpers.push_back(fmt::format("    {} = {}", members[i], labels[i]));
  for (std::size_t i = 0; i < 2; ++i) {
    draft.say(1, fmt::format("if {}:", draft.condition()));
    draft.say(2, fmt::format("return {}.{}.value", name, members[i]));
  }
  draft.say(1, fmt::format("return {}.THIRD.value", name));
}

}  // namespace

void add_guards(EverydayDraft& draft) {
  if (draft.chance(draft.checked_share)) {
    const auto count = draft.integer(1, 2);
    for (std::int64_t i = 0; i < count; ++i) add_guard(draft, draft.number_parameter(false));
  }
  if (draft.chance(0.15)) {
    draft.say(1, fmt::format("if {}:", draft.condition()));
    draft.say(2, "return " + draft.word({"0", "0", "0.0", "1", "None"}));
  }
}

void add_finish(EverydayDraft& draft) {
  const double shape = draft.random.uniform();
  if (draft.value.parameter || shape < 0.22) return add_ladder(draft, draft.value);
  if (shape < 0.32) return return_truth(draft);
  return_number(draft);
}

void add_checks(EverydayDraft& draft) {
  const double shape = draft.random.uniform();
  draft.returns = "bool";
  if (shape < 0.5) return add_early_answers(draft, "False", "True");
  draft.returns = "str";
  if (shape < 0.6) return add_enum_answers(draft);
  const auto labels = draw_labels(draft, 2);
  add_early_answers(draft, labels[0], labels[1]);
}

void add_text_rule(EverydayDraft& draft) {
  EverydayParameter& category = draft.category_parameter();
  category.any_case = true;
  const std::string& name = category.name;
  const std::string clean =
      draft.new_name(std::vector<std::string_view>{"key", "text", "code", "word", "clean"});
  draft.say(1, fmt::format(
                   "{} = {}{}", clean, name,
                   draft.word({".strip().lower()", ".lower()", ".strip()", ".upper()", ".strip().upper()"})));
  if (draft.chance(0.5)) {
    draft.say(1, draft.chance(0.6) ? fmt::format("if not {}:", clean)
                                   : fmt::format("if {} == {}:", clean, draft.quoted("")));
    draft.say(2,
              draft.chance(0.6) ? draft.raise_statement() : "return " + draft.word({"None", "0", "False"}));
  }
  const std::string& value = draft.pick(std::span<const std::string>(category.values));
  switch (draft.integer(0, 2)) {
    case 0:
      draft.say(1, fmt::format("if {}.{}({}):", clean, draft.word({"startswith", "endswith"}),
                               draft.quoted(value.substr(0, value[0] < 0 ? 3 : 1))));
      break;
    case 1:
      draft.say(1, fmt::format("if len({}) {} {}:", clean, draft.word({">", "<", "<=", "=="}),
                               draft.integer(2, 6)));
      break;
    default:
      draft.say(1, fmt::format("if {} in {}:", clean, draft.some_of(category)));
  }
  const auto labels = draw_labels(draft, 2);
  draft.returns = "str";
  draft.say(2, "return " + labels[0]);
  draft.say(1, fmt::format("return {} if {} else {}", labels[1], draft.simple_condition(),
                           draft.chance(0.5) ? clean : draft.quoted("")));
}

}  // namespace pbb

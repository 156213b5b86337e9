// Numbers that an everyday function finds: in a dictionary, by match, among brackets, in a list, by a helper.
#include <fmt/format.h>

#include <algorithm>

#include "programs/domains/everyday_draft.h"

namespace pbb {

void add_table(EverydayDraft& draft) {
  EverydayParameter& category = draft.category_parameter();
  const auto known =
      static_cast<std::size_t>(draft.integer(2, static_cast<std::int64_t>(category.values.size())));
  bool is_decimal = false;
  std::string table;
  for (std::size_t i = 0; i < known; ++i) {
    table += fmt::format("{}{}: {}", i == 0 ? "" : ", ", draft.quoted(category.values[i]),
                         draft.number(draft.amount(is_decimal)));
  }
  std::string table_name = "{" + table + "}";
  if (draft.chance(0.5)) {
    const std::string upper = draft.word({"RATES", "PRICES", "TABLE", "FEES", "BASE", "COSTS"});
    if (draft.names.insert(upper).second) {
      const bool is_tall = draft.chance(0.5);
      std::string tall = "{";
      for (std::size_t at = 0; at < table.size();) {
        const std::size_t end = std::min(table.find(", ", at), table.size());
        tall += fmt::format("\n    {},", table.substr(at, end - at));
        at = end + 2;
      }
      draft.constants.push_back(fmt::format("{} = {}", upper, is_tall ? tall + "\n}" : table_name));
      table_name = upper;
    }
  } else {
    const std::string local = draft.word({"rates", "table", "fees", "per_kind", "costs"});
    if (draft.names.insert(local).second) {
      draft.say(1, fmt::format("{} = {}", local, table_name));
      table_name = local;
    }
  }
  std::string key = category.name;
  if (draft.chance(0.15) && category.values.front() >= "a" && category.values.front() < "z") {
    category.any_case = true;
    draft.say(1, fmt::format("{0} = {0}{1}.lower()", key, draft.word({"", "", ".strip()"})));
  }
  const std::string name = draft.new_variable();
  std::string lookup = fmt::format("{}.get({}, {})", table_name, key, draft.number(draft.amount(is_decimal)));
  if (draft.chance(0.6)) {
    if (draft.chance(0.8)) {
      draft.say(1, fmt::format("if {} not in {}:", key, table_name));
      draft.say(2, draft.chance(0.6) ? draft.raise_statement()
                                     : fmt::format("return {}", draft.chance(0.5) ? "None" : "0"));
    }
    lookup = fmt::format("{}[{}]", table_name, key);
  }
  double high = 100;
  if (draft.chance(0.5)) {
    const EverydaySubject a = draft.number_parameter(true);
    lookup += " * " + a.name;
    is_decimal = is_decimal || a.is_decimal, high = 20 * a.high;
  }
  draft.say(1, fmt::format("{} = {}", name, lookup));
  draft.set_value(name, is_decimal, 0, high);
}

void add_match(EverydayDraft& draft) {
  EverydayParameter& category = draft.category_parameter();
  const std::string name = draft.new_variable();
  bool is_decimal = false;
  std::string subject = category.name;
  if (draft.chance(0.4) && category.values.front()[0] > 0) category.any_case = true, subject += ".lower()";
  draft.say(1, fmt::format("match {}:", subject));
  std::size_t at = 0;
  const auto value = [&] {
    draft.say(3, fmt::format("{} = {}", name, draft.number(draft.amount(is_decimal))));
  };
  const auto& values = category.values;
  if (draft.chance(0.6)) {
    const EverydaySubject a = draft.number_parameter(true);
    draft.say(2, fmt::format("case {} if {}:", draft.quoted(values[0]), draft.comparison(a)));
    value();
    at = draft.chance(0.5) ? 0 : 1;
  }
  if (draft.chance(0.7)) {
    draft.say(2, fmt::format("case {} | {}:", draft.quoted(values[at]), draft.quoted(values[at + 1])));
    value();
    at += 2;
  }
  for (double share = 1; at < values.size() && draft.chance(share); share = 0.5, ++at) {
    draft.say(2, fmt::format("case {}:", draft.quoted(values[at])));
    value();
  }
  if (draft.chance(0.2)) {
    draft.say(2, fmt::format("case {}:", draft.quoted("")));
    if (draft.chance(0.6)) {
      draft.say(3, draft.raise_statement());
    } else {
      value();
    }
    category.may_be_empty = true;
  }
  draft.say(2, "case _:");
  if (draft.chance(0.25)) {
    draft.say(3, draft.raise_statement());
  } else {
    draft.say(3,
              fmt::format("{} = {}", name, draft.chance(0.5) ? "0" : draft.number(draft.amount(is_decimal))));
  }
  draft.set_value(name, is_decimal, 0, 60);
}

void add_brackets(EverydayDraft& draft) {
  const EverydaySubject a = draft.number_parameter(true);
  const auto count = static_cast<std::size_t>(draft.integer(2, 3));
  const auto limits = draft.bounds(a, count);
  const std::string name = draft.new_variable();
  bool is_decimal = false;
  std::string brackets;
  for (std::size_t i = 0; i < count; ++i) {
    brackets += fmt::format("{}({}, {})", i == 0 ? "" : ", ", draft.number(limits[i]),
                            draft.number(draft.amount(is_decimal)));
  }
  brackets = draft.chance(0.5) ? "[" + brackets + "]" : "(" + brackets + ")";
  const std::string table = draft.word({"BRACKETS", "STEPS", "LEVELS", "SCALE"});
  if (draft.chance(0.6) && draft.names.insert(table).second) {
    draft.constants.push_back(fmt::format("{} = {}", table, brackets));
    brackets = table;
  }
  const std::string limit = draft.word({"limit", "top", "upper"}),
                    rate = draft.word({"rate", "each", "step"});
  draft.say(1, fmt::format("{} = {}", name, draft.number(draft.amount(is_decimal))));
  draft.say(1, fmt::format("for {}, {} in {}:", limit, rate, brackets));
  draft.say(2, fmt::format("if {} {} {}:", a.name, draft.word({"<=", "<"}), limit));
  draft.say(3, fmt::format("{} = {}", name, rate));
  draft.say(3, "break");
  if (draft.chance(0.4)) {
    draft.say(1, fmt::format("{} = {} * {}", name, a.name, name));
    is_decimal = is_decimal || a.is_decimal;
  }
  draft.set_value(name, is_decimal, 1, 100);
}

void add_sum(EverydayDraft& draft) {
  EverydayParameter& list = draft.list_parameter();
  const EverydaySubject item{"item", list.step < 1, list.low, list.high, list.step, &list};
  const std::string name = draft.new_variable();
  const bool is_decimal = list.step < 1;
  const double shape = draft.random.uniform();
  if (shape < 0.3) {
    draft.say(1, fmt::format("{} = {}({})", name, draft.word({"sum", "sum", "len"}), list.name));
  } else if (shape < 0.45) {
    draft.say(1, fmt::format("{} = sum(1 for item in {} if {})", name, list.name, draft.comparison(item)));
  } else {
    draft.say(1, fmt::format("{} = 0", name));
    const bool counted = draft.chance(0.3);
    draft.say(1, counted ? fmt::format("for place, item in enumerate({}):", list.name)
                         : fmt::format("for item in {}:", list.name));
    const double limit = draft.bounds(item, 1).front();
    if (counted) {
      draft.say(2, fmt::format("if place == {}:", draft.integer(0, 2)));
      draft.say(3, draft.word({"continue", "break"}));
    } else if (draft.chance(0.5)) {
      draft.say(2, fmt::format("if item {} {}:", draft.word({"<", "<=", ">", ">="}), draft.number(limit)));
      draft.say(3, draft.word({"continue", "continue", "break"}));
    }
    draft.say(2, draft.chance(0.5) ? fmt::format("{} += item", name)
                                   : fmt::format("{} += max(0, item - {})", name, draft.number(limit)));
  }
  draft.set_value(name, is_decimal, 0, 3 * list.high);
}

void add_helper(EverydayDraft& draft) {
  static constexpr std::string_view helper_names[] = {"_extra", "_base",  "_part",    "_step",  "_with_tax",
                                                      "_half",  "_bonus", "per_unit", "surplus"};
  const EverydaySubject a = draft.number_parameter(true);
  const std::string helper = draft.new_name(helper_names), name = draft.new_variable();
  const std::string argument = draft.word({"x", "n", "number", "amount"});
  bool is_decimal = false;
  const double limit = draft.bounds(a, 1).front(), factor = draft.amount(is_decimal),
               start = draft.small_amount();
  draft.helpers.push_back(fmt::format("def {}({}):", helper, argument));
  if (draft.chance(0.5)) {
    draft.helpers.push_back(fmt::format("    if {} > {}:", argument, draft.number(limit)));
    draft.helpers.push_back(fmt::format("        return {} * {}", argument, draft.number(factor)));
    draft.helpers.push_back(fmt::format("    return {}", draft.number(start)));
  } else {
    draft.helpers.push_back(
        fmt::format("    return {} * {} + {}", argument, draft.number(factor), draft.number(start)));
  }
  if (draft.chance(0.5)) {
    draft.say(1, fmt::format("{} = {}({})", name, helper, a.name));
  } else {
    draft.say(1, fmt::format("{} = {} + {}({})", name, draft.number(draft.small_amount()), helper, a.name));
  }
  draft.set_value(name, is_decimal || a.is_decimal, 0, a.high * factor);
}

void add_decimal(EverydayDraft& draft) {
  const EverydaySubject a = draft.whole_parameter();
  draft.import("from decimal import Decimal");
  const std::string rate = draft.constant(
                        "rate", fmt::format("Decimal({})", draft.quoted(draft.number(draft.rate())))),
                    name = draft.new_variable();
  draft.say(
      1, fmt::format("{} = {}(Decimal({}) * {})", name, draft.word({"int", "int", "round"}), a.name, rate));
  draft.set_value(name, false, 0, a.high * 0.3);
}

}  // namespace pbb

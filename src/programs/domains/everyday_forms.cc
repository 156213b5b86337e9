// Forms that firms' rules come in besides: a ladder over categories whose rungs hold a rule of their own, a sum that
// is told apart into two, money as decimals, several results at once.
#include <fmt/format.h>

#include <algorithm>

#include "programs/domains/everyday_draft.h"
#include "programs/domains/everyday_words.h"

namespace pbb {
namespace {

// "int(total * RATE)", "40", "9 if total >= 100 else 4": what one rung gives.
std::string rung(EverydayDraft& draft, const EverydaySubject& a, std::string_view hint, bool& is_decimal) {
  const double shape = draft.random.uniform();
  if (shape < 0.3) {
    const std::string rate = draft.constant(fmt::format("{}_rate", hint), draft.number(draft.rate()));
    return draft.chance(0.6) ? fmt::format("int({} * {})", a.name, rate)
                             : fmt::format("round({} * {}, 2)", a.name, rate);
  }
  const std::string amount =
      draft.constant(fmt::format("{}_amount", hint), draft.number(draft.amount(is_decimal)));
  if (shape < 0.5) {
    return fmt::format("{} if {} else {}", amount, draft.comparison(a),
                       draft.number(draft.amount(is_decimal)));
  }
  if (shape < 0.65) return fmt::format("{} * {}", a.name, amount);
  return amount;
}

}  // namespace

void add_category_ladder(EverydayDraft& draft) {
  EverydayParameter& category = draft.category_parameter();
  const std::string name = category.name;
  const std::vector<std::string> values = category.values;
  if (draft.chance(0.4)) {
    category.may_be_none = draft.chance(0.6), category.may_be_empty = true;
    draft.say(1, category.may_be_none ? fmt::format("if {0} is None or {0} == {1}:", name, draft.quoted(""))
                                      : fmt::format("if {} == {}:", name, draft.quoted("")));
    draft.say(2, draft.chance(0.7) ? "return 0" : draft.raise_statement());
  }
  const EverydaySubject a = draft.number_parameter(true);
  const auto count = static_cast<std::size_t>(draft.integer(2, 3));
  bool is_decimal = false;
  const bool stored = draft.chance(0.4);
  const std::string result = stored ? draft.new_variable() : "";
  const std::string gives = stored ? result + " = " : "return ";
  for (std::size_t i = 0; i < count && i < values.size(); ++i) {
    draft.say(1, fmt::format("{} {} == {}:", i == 0 ? "if" : "elif", name, draft.quoted(values[i])));
    const std::string_view hint = values[i][0] < 0 ? std::string_view("kind") : std::string_view(values[i]);
    if (draft.chance(0.25)) {
      draft.say(2, fmt::format("if {}:", draft.comparison(a)));
      draft.say(3, gives + rung(draft, a, hint, is_decimal));
      draft.say(2, "else:");
      draft.say(3, gives + rung(draft, a, hint, is_decimal));
    } else {
      draft.say(2, gives + rung(draft, a, hint, is_decimal));
    }
  }
  draft.say(1, "else:");
  draft.say(2, draft.chance(0.4) ? draft.raise_statement() : gives + draft.number(draft.amount(is_decimal)));
  if (stored) draft.say(1, "return " + result);
  draft.returns = "float";
}

// What is within a limit and what is beyond it, added up over a list.
void add_split_sum(EverydayDraft& draft) {
  EverydayParameter& list = draft.list_parameter();
  const std::string each = draft.word({"item", "item", "worked", "each", "part"}),
                    place = draft.word({"day", "day", "i", "place"});
  const EverydaySubject item{each, list.step < 1, list.low, list.high, list.step, &list};
  const std::string within =
                        draft.new_name(std::vector<std::string_view>{"regular", "within", "normal", "usual"}),
                    beyond =
                        draft.new_name(std::vector<std::string_view>{"overtime", "beyond", "over", "extra"});
  const std::string limit = draft.number(draft.bounds(item, 1).front());
  if (draft.chance(0.5)) {
    draft.say(1, fmt::format("{} = {} = 0", within, beyond));
  } else {
    draft.say(1, fmt::format("{}, {} = 0, 0", within, beyond));
  }
  const bool counted = draft.chance(0.5);
  draft.say(1, counted ? fmt::format("for {}, {} in enumerate({}):", place, each, list.name)
                       : fmt::format("for {} in {}:", each, list.name));
  if (counted) {
    draft.say(2, fmt::format("if {} == {}:", place, draft.integer(1, 6)));
    if (draft.chance(0.5)) draft.say(3, fmt::format("{} += {}", beyond, each));
    draft.say(3, "continue");
  }
  const std::string more = draft.new_name(std::vector<std::string_view>{"more", "rest", "above"});
  draft.say(2, fmt::format("{} = max(0, {} - {})", more, each, limit));
  draft.say(2, fmt::format("{} += {} - {}", within, each, more));
  draft.say(2, fmt::format("{} += {}", beyond, more));
  if (draft.chance(0.3)) {
    const std::string most = draft.number(draft.pick({10.0, 20.0, 30.0, 40.0}));
    draft.say(1, fmt::format("if {} > {}:", within, most));
    draft.say(2, fmt::format("{0}, {1} = {0} + {1} - {2}, {2}", beyond, within, most));
  }
  const std::string name = draft.new_variable();
  draft.say(1, fmt::format("{} = {} * {} + {} * {}", name, within, draft.number(draft.small_amount()), beyond,
                           draft.number(draft.factor())));
  draft.set_value(name, true, 0, 5 * list.high);
}

void add_money(EverydayDraft& draft) {
  const EverydaySubject a = draft.whole_parameter();
  const std::string rounding =
      draft.word({"ROUND_HALF_UP", "ROUND_HALF_UP", "ROUND_HALF_UP", "ROUND_DOWN", "ROUND_HALF_EVEN"});
  draft.import("from decimal import Decimal, " + rounding);
  const auto money = [&](double amount) {
    return fmt::format("Decimal({})", draft.quoted(fmt::format("{:.2f}", amount)));
  };
  std::string rate = draft.constant("rate", money(draft.rate()));
  if (draft.chance(0.4)) {
    const std::string variable = draft.new_name(std::vector<std::string_view>{"share", "part", "percent"});
    draft.say(1, fmt::format("{} = {} if {} else {}", variable,
                             draft.constant("reduced", money(draft.rate())), draft.simple_condition(), rate));
    rate = variable;
  }
  const std::string gross = draft.new_variable(), name = draft.new_variable();
  const bool added = draft.chance(0.6);
  draft.say(1, added ? fmt::format("{} = Decimal({}) * (1 + {})", gross, a.name, rate)
                     : fmt::format("{} = Decimal({}) * {}", gross, a.name, rate));
  if (draft.chance(0.2)) draft.say(1, fmt::format("{} += {}", gross, money(draft.small_amount())));
  const bool has_cents = draft.chance(0.3);
  draft.say(1,
            fmt::format("{} = {}({}.quantize(Decimal({}), rounding={}))", name, has_cents ? "float" : "int",
                        gross, draft.quoted(has_cents ? "0.01" : "1"), rounding));
  draft.set_value(name, has_cents, 0, a.high * 1.3);
}

// An area or the like: a square of a small number, or something shared out over one.
void add_power(EverydayDraft& draft) {
  const EverydaySubject a = draft.whole_parameter();
  const std::string name = draft.new_variable(), unit = draft.word({"10", "10", "100", "2"});
  a.parameter->high = std::min(a.parameter->high, a.parameter->low + 20);
  if (draft.chance(0.4)) {
    draft.say(1, fmt::format("{} = {} * {} ** 2", name, draft.number(draft.small_amount()), a.name));
    return draft.set_value(name, false, 0, 10 * a.parameter->high * a.parameter->high);
  }
  const EverydaySubject b = draft.number_parameter(false);
  draft.say(1, fmt::format("if {} <= 0:", a.name));
  draft.say(2, draft.chance(0.5) ? draft.raise_statement() : "return " + draft.word({"0", "None"}));
  a.parameter->bounds.push_back(0);
  draft.say(1, fmt::format("{} = round({} / ({} / {}) ** 2, 1)", name, b.name, a.name, unit));
  draft.set_value(name, true, 0, b.high);
}

// Whether something is to be done, and how much of it.
void add_decision(EverydayDraft& draft) {
  const EverydaySubject a = draft.whole_parameter(), b = draft.number_parameter(false);
  const std::string need = draft.new_name(std::vector<std::string_view>{"need", "aim", "goal", "missing"});
  const std::string factor = draft.number(static_cast<double>(draft.integer(2, 6)));
  std::string days = factor;
  if (draft.chance(0.6) && draft.names.insert("reserve").second) {
    EverydayParameter& added = draft.parameters.emplace_back();
    added.name = "reserve", added.low = 0, added.high = 9, added.default_text = factor;
    days = "reserve";
  }
  draft.say(1, draft.chance(0.5) ? fmt::format("{} = {} * ({} + {})", need, b.name, days, draft.integer(1, 5))
                                 : fmt::format("{} = {} * {}", need, b.name, days));
  draft.say(1, fmt::format("if {} {} {}:", a.name, draft.word({">=", ">"}), need));
  draft.say(2, fmt::format("return False, {}", draft.word({"0", "0", "None"})));
  const std::string missing = draft.new_variable();
  draft.say(1, fmt::format("{} = {} - {}", missing, need, a.name));
  if (draft.chance(0.6)) {
    draft.import("import math");
    std::string pack = draft.number(static_cast<double>(draft.integer(2, 12)));
    if (draft.chance(0.5) && draft.names.insert("pack").second) {
      EverydayParameter& size = draft.parameters.emplace_back();
      size.name = "pack", size.low = 0, size.high = 12, size.default_text = pack;
      pack = "pack";
    }
    draft.say(1, fmt::format("return True, math.ceil({} / {}) * {}", missing, pack, pack));
  } else {
    draft.say(1, fmt::format("return True, {}", missing));
  }
  draft.returns = "tuple[bool, float]";
}

// A measure that is to be near its aim, and so many flaws as a grade allows: two answers of different strictness, one
// after the other, and a last one.
void add_inspection(EverydayDraft& draft) {
  const EverydaySubject flaws = draft.whole_parameter(), a = draft.number_parameter(false);
  if (a.name == flaws.name) return add_decision(draft);
  const std::string aim = draft.number(draft.bounds(a, 1).front(), a.is_decimal),
                    tolerance = draft.number(a.step * static_cast<double>(draft.integer(1, 4)), a.is_decimal);
  std::string allowed = draft.number(static_cast<double>(draft.integer(0, 4)));
  if (draft.chance(0.6)) {
    EverydayParameter& grade = draft.category_parameter();
    std::string table;
    for (std::size_t i = 0; i < grade.values.size(); ++i)
      table +=
          fmt::format("{}{}: {}", i == 0 ? "" : ", ", draft.quoted(grade.values[i]), draft.integer(0, 6));
    draft.say(1, fmt::format("allowed = {{{}}}", table));
    if (draft.chance(0.7)) {
      draft.say(1, fmt::format("if {} not in allowed:", grade.name));
      draft.say(2, draft.raise_statement());
    }
    allowed = fmt::format("allowed[{}]", grade.name);
  }
  flaws.parameter->low = 0, flaws.parameter->high = 8;
  const std::string away = draft.new_name(std::vector<std::string_view>{"away", "distance", "error", "gap"});
  draft.say(1, fmt::format("{} = abs({} - {})", away, a.name, aim));
  const auto answers = draw_labels(draft, 3);
  draft.say(1, fmt::format("if {} <= {} and {} <= {}:", away, tolerance, flaws.name, allowed));
  draft.say(2, "return " + answers[2]);
  draft.say(1, fmt::format("if {} <= {} * 2 {} {} <= {} + {}:", away, tolerance,
                           draft.word({"and", "and", "or"}), flaws.name, allowed, draft.integer(1, 2)));
  draft.say(2, "return " + answers[1]);
  draft.say(1, "return " + answers[0]);
  draft.returns = "str";
}

}  // namespace pbb

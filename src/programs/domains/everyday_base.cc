// How an everyday function works out its number: a product, a charge from a limit on, a percentage, ….
#include <fmt/format.h>

#include <array>

#include "programs/domains/everyday_draft.h"
#include "programs/domains/everyday_words.h"

namespace pbb {
namespace {

void add_direct(EverydayDraft& draft) {
  draft.value = draft.number_parameter(true);
}

void add_product(EverydayDraft& draft) {
  const EverydaySubject a = draft.number_parameter(true);
  const std::string name = draft.new_variable();
  if (draft.chance(0.35)) {
    const EverydaySubject b = draft.number_parameter(false);
    draft.say(1, fmt::format("{} = {} {} {}", name, a.name, draft.word({"*", "+", "-"}), b.name));
    draft.set_value(name, a.is_decimal || b.is_decimal, a.low, a.high + b.high);
    return;
  }
  bool is_decimal = a.is_decimal;
  const double factor = draft.amount(is_decimal);
  const std::string text =
      draft.constant(draft.word({"price", "per_unit", "unit_cost", "rate"}), draft.number(factor));
  if (draft.chance(0.3)) {
    const double start = draft.small_amount();
    draft.say(1, fmt::format("{} = {} + {} * {}", name, draft.number(start), a.name, text));
  } else {
    draft.say(1, fmt::format("{} = {} * {}", name, a.name, text));
  }
  draft.set_value(name, is_decimal, a.low * factor, a.high * factor);
}

// So much up to a limit, and more for what is beyond it.
void add_beyond_limit(EverydayDraft& draft) {
  const EverydaySubject a = draft.number_parameter(true);
  const double limit = draft.bounds(a, 1).front();
  const std::string limit_text = draft.constant("included", draft.number(limit)), name = draft.new_variable();
  bool is_decimal = false;
  const double base = draft.amount(is_decimal), more = draft.amount(is_decimal);
  const std::string base_text =
      draft.constant("base_" + draft.word({"fee", "price", "cost"}), draft.number(base));
  const std::string more_text = draft.number(more);
  switch (draft.integer(0, 3)) {
    case 0:
      draft.say(1, fmt::format("if {} <= {}:", a.name, limit_text));
      draft.say(2, fmt::format("{} = {}", name, base_text));
      draft.say(1, "else:");
      draft.say(2, fmt::format("{} = {} + ({} - {}) * {}", name, base_text, a.name, limit_text, more_text));
      break;
    case 1:
      draft.say(1, fmt::format("{} = {}", name, base_text));
      draft.say(1, fmt::format("if {} > {}:", a.name, limit_text));
      draft.say(2, fmt::format("{} += ({} - {}) * {}", name, a.name, limit_text, more_text));
      break;
    case 2: {
      const std::string over = draft.new_variable();
      draft.say(1, fmt::format("{} = max(0, {} - {})", over, a.name, limit_text));
      draft.say(1, fmt::format("{} = {} + {} * {}", name, base_text, over, more_text));
      break;
    }
    default:
      draft.say(1, fmt::format("{0} = {1} if {2} <= {3} else {1} + {2} * {4}", name, base_text, a.name,
                               limit_text, more_text));
  }
  draft.set_value(name, is_decimal || a.is_decimal, base, base + a.high * more);
}

void add_amount_ladder(EverydayDraft& draft) {
  const EverydaySubject a = draft.number_parameter(true);
  const auto count = static_cast<std::size_t>(draft.integer(1, 3));
  const auto limits = draft.bounds(a, count);
  const std::string name = draft.new_variable();
  const bool up = draft.chance(0.5);
  bool is_decimal = false;
  for (std::size_t i = 0; i < count; ++i) {
    const double limit = limits[up ? i : count - 1 - i];
    draft.say(
        1, fmt::format("{} {} {} {}:", i == 0 ? "if" : "elif", a.name,
                       up ? draft.word({"<", "<="}) : draft.word({">", ">="}), draft.bound_text(a, limit)));
    draft.say(2, fmt::format("{} = {}", name, draft.number(draft.amount(is_decimal))));
  }
  draft.say(1, "else:");
  draft.say(2, fmt::format("{} = {}", name, draft.number(draft.amount(is_decimal))));
  draft.set_value(name, is_decimal, 1, 100);
}

void add_percent(EverydayDraft& draft) {
  const EverydaySubject a = draft.whole_parameter();
  const std::string name = draft.new_variable();
  std::string percent = draft.constant("percent", draft.number(draft.percent()));
  if (draft.chance(0.5)) {
    const std::string variable = draft.names.insert("percent").second ? "percent" : draft.new_variable();
    draft.say(1, fmt::format("{} = {} if {} else {}", variable, percent, draft.condition(),
                             draft.number(draft.chance(0.4) ? 0 : draft.percent())));
    percent = variable;
  }
  const std::string part = fmt::format("{} * {} // 100", a.name, percent);
  draft.say(
      1, fmt::format(
             "{} = {}", name,
             draft.chance(0.5) ? fmt::format("{} {} {}", a.name, draft.word({"-", "-", "+"}), part) : part));
  draft.set_value(name, false, 0, a.high);
}

void add_rate(EverydayDraft& draft) {
  const EverydaySubject a = draft.number_parameter(true);
  const std::string name = draft.new_variable();
  const std::string rate =
      draft.constant(draft.word({"rate", "tax", "discount", "margin"}), draft.number(draft.rate()));
  switch (draft.integer(0, 4)) {
    case 0:
      draft.say(1, fmt::format("{} = int({} * {})", name, a.name, rate));
      return draft.set_value(name, false, 0, a.high * 0.3);
    case 1:
      draft.say(1, fmt::format("{} = round({} * {}, {})", name, a.name, rate, draft.integer(1, 2)));
      break;
    case 2:
      draft.say(1, fmt::format("{} = {} * (1 {} {})", name, a.name, draft.word({"-", "+"}), rate));
      break;
    case 3:
      draft.say(1, fmt::format("{} = {} * {} / 100", name, a.name, draft.number(draft.percent())));
      break;
    default:
      draft.say(1, fmt::format("{} = {} * {}", name, a.name, rate));
  }
  draft.set_value(name, true, 0, a.high);
}

void add_distance(EverydayDraft& draft) {
  const EverydaySubject a = draft.number_parameter(true);
  const auto middle = draft.bounds(a, 1).front();
  const std::string name = draft.new_variable();
  std::string target = draft.number(middle);
  if (draft.chance(0.5)) {
    const std::string parameter = draft.names.insert("target").second ? "target" : "";
    if (!parameter.empty()) {
      EverydayParameter& added = draft.parameters.emplace_back();
      added.name = parameter;
      added.kind = a.is_decimal ? EverydayKind::decimal : EverydayKind::whole;
      added.low = a.low, added.high = a.high, added.step = a.step;
      added.default_text = target;
      added.keyword_only = draft.chance(0.5);
      target = parameter;
    }
  }
  draft.say(1, fmt::format("{} = {}", name,
                           draft.chance(0.6) ? fmt::format("abs({} - {})", a.name, target)
                                             : fmt::format("{} - {}", target, a.name)));
  draft.set_value(name, a.is_decimal, 0, (a.high - a.low) / 2);
}

void add_ratio(EverydayDraft& draft) {
  const EverydaySubject a = draft.whole_parameter(), b = draft.number_parameter(false);
  if (a.name == b.name) return add_rate(draft);
  const std::string name = draft.new_variable();
  draft.say(1, fmt::format("if {} <= 0:", b.name));
  b.parameter->bounds.push_back(0);
  draft.say(2, draft.chance(0.5) ? draft.raise_statement() : "return " + draft.word({"0", "None"}));
  switch (b.is_decimal ? 3 : draft.integer(0, 3)) {
    case 0:
      draft.say(1, fmt::format("{} = {} * 100 // {}", name, a.name, b.name));
      return draft.set_value(name, false, 0, 100);
    case 1:
      draft.say(1, fmt::format("{} = {} // {}", name, a.name, b.name));
      return draft.set_value(name, false, 0, 20);
    case 2:
      draft.say(1, fmt::format("{} = {} % {}", name, a.name, b.name));
      return draft.set_value(name, false, 0, 20);
    default:
      draft.say(1, fmt::format("{} = round({} / {}, {})", name, a.name, b.name, draft.integer(1, 2)));
      draft.set_value(name, true, 0, 10);
  }
}

void add_packs(EverydayDraft& draft) {
  const EverydaySubject a = draft.whole_parameter();
  const std::string name = draft.new_variable();
  const std::string pack = draft.constant("pack", draft.number(static_cast<double>(draft.integer(2, 12))));
  if (draft.chance(0.5)) {
    draft.import("import math");
    draft.say(
        1, fmt::format("{} = math.{}({} / {})", name, draft.word({"ceil", "ceil", "floor"}), a.name, pack));
  } else if (draft.chance(0.4)) {
    const std::string rest = draft.new_variable();
    draft.say(1, fmt::format("{}, {} = divmod({}, {})", name, rest, a.name, pack));
    draft.say(1, fmt::format("if {}:", rest));
    draft.say(2, fmt::format("{} += 1", name));
  } else {
    draft.say(1, fmt::format("{} = {} // {}", name, a.name, pack));
  }
  if (draft.chance(0.5)) draft.say(1, fmt::format("{} *= {}", name, draft.number(draft.small_amount())));
  draft.set_value(name, false, 0, a.high);
}

void add_choice(EverydayDraft& draft) {
  const std::string name = draft.new_variable();
  bool is_decimal = false;
  const double first = draft.amount(is_decimal), second = draft.amount(is_decimal);
  draft.say(1, fmt::format("{} = {} if {} else {}", name, draft.number(first), draft.condition(),
                           draft.number(second)));
  draft.set_value(name, is_decimal, 0, first + second);
}

struct Step {
  double share;
  void (*add)(EverydayDraft&);
};

void add_one(EverydayDraft& draft, std::span<const Step> steps) {
  double sum = 0;
  for (const Step& step : steps) sum += step.share;
  double place = draft.random.uniform() * sum;
  for (const Step& step : steps) {
    place -= step.share;
    if (place < 0) return step.add(draft);
  }
  steps.back().add(draft);
}

}  // namespace

void add_base(EverydayDraft& draft) {
  static constexpr std::array bases = {
      Step{1.5, add_direct},        Step{1.5, add_product}, Step{2, add_beyond_limit},
      Step{1.2, add_amount_ladder}, Step{3.0, add_table},   Step{3.2, add_match},
      Step{0.8, add_brackets},      Step{1.8, add_percent}, Step{1.8, add_rate},
      Step{1.6, add_distance},      Step{0.8, add_ratio},   Step{0.6, add_packs},
      Step{1.2, add_sum},           Step{0.8, add_helper},  Step{0.4, add_decimal},
      Step{0.8, add_choice},        Step{1.8, add_money},   Step{1.0, add_older_rule},
      Step{1.2, add_split_sum},     Step{0.3, add_power}};
  add_one(draft, bases);
}

}  // namespace pbb

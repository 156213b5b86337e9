// What an everyday function adds to its number, or takes from it, on conditions.
#include <fmt/format.h>

#include "programs/domains/everyday_draft.h"

namespace pbb {

void add_adjustment(EverydayDraft& draft) {
  EverydaySubject& value = draft.value;
  if (value.parameter) {  // a parameter is not changed itself
    const std::string name = draft.new_variable();
    draft.say(1, fmt::format("{} = {}", name, value.name));
    value.name = name, value.parameter = nullptr;
  }
  const std::string& name = value.name;
  bool is_decimal = false;
  switch (draft.integer(0, 7)) {
    case 0:
    case 1:
      draft.say(1, fmt::format("if {}:", draft.condition()));
      draft.say(2, fmt::format("{} {} {}", name, draft.word({"+=", "+=", "-="}),
                               draft.constant(draft.word({"extra", "bonus", "rebate"}),
                                              draft.number(draft.amount(is_decimal)))));
      break;
    case 2: {
      const double factor = draft.factor();
      is_decimal = factor != 2 && factor != 3;
      draft.say(1, fmt::format("if {}:", draft.condition()));
      draft.say(2, fmt::format("{} *= {}", name, draft.number(factor)));
      break;
    }
    case 3:
      draft.say(1, fmt::format("{0} = {1}({0}, {2})", name, draft.word({"max", "min"}),
                               draft.constant("cap", draft.number(draft.bounds(value, 1).front()))));
      break;
    case 4: {
      const std::string flag = draft.flag_parameter().name;
      draft.say(1, fmt::format("{} += {} if {} else {}", name, draft.number(draft.amount(is_decimal)), flag,
                               draft.number(0)));
      break;
    }
    case 5: {
      EverydaySubject optional = draft.number_parameter(false);
      optional.parameter->may_be_none = true;
      optional.parameter->default_text = "None";
      draft.say(1, fmt::format("if {} is not None:", optional.name));
      draft.say(2, fmt::format("{} {} {}", name, draft.word({"+=", "-="}), optional.name));
      is_decimal = optional.is_decimal;
      break;
    }
    case 6:
      if (!value.is_decimal) {
        draft.say(1, fmt::format("{0} = {0} * {1} // 100", name, 100 - static_cast<int>(draft.percent())));
        break;
      }
      [[fallthrough]];
    default:
      draft.say(1, fmt::format("if {}:", draft.condition()));
      draft.say(2, fmt::format("if {}:", draft.condition()));
      draft.say(3, fmt::format("{} += {}", name, draft.number(draft.amount(is_decimal))));
      draft.say(2, "else:");
      draft.say(3, fmt::format("{} -= {}", name, draft.number(draft.amount(is_decimal))));
  }
  value.is_decimal = value.is_decimal || is_decimal;
}

}  // namespace pbb

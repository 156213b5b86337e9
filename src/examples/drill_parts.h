// What drills are put together from. Internal to drills.cc and everyday_drills.cc.
#pragma once

#include <string_view>

#include "examples/drills.h"

namespace pbb {

// "x = 57 + 68 =", then " 125": `side` is "x = ", "return " or nothing.
DrillStep value_drill(std::string_view side, std::string_view expression, std::string_view result);
// "31 >= 32 is", then " False".
DrillStep truth_drill(std::string_view question, bool value);
// "31 < 32 and 'oak' == 'pine':", then " True and False is False".
DrillStep joined_drill(std::string_view left, bool is_left, std::string_view word, std::string_view right,
                       bool is_right);

}  // namespace pbb

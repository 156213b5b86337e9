// Drills of what the traces of everyday programs ask for: decimals, percentages, rounding, ranges,
// membership, None, tables, choices, letters' case, what parameters are. Worded as those traces word them.
#pragma once

#include "base/random.h"
#include "examples/drills.h"

namespace pbb {

DrillStep decimal_sum(Random& random);
DrillStep decimal_difference(Random& random);
DrillStep decimal_product(Random& random);
DrillStep percentage(Random& random);
DrillStep rounding(Random& random);
DrillStep decimal_comparison(Random& random);
DrillStep range_comparison(Random& random);
DrillStep membership(Random& random);
DrillStep none_or_not(Random& random);
DrillStep table_entry(Random& random);
DrillStep choice_of_two(Random& random);
DrillStep letter_case(Random& random);
// "fee(3, 'A') of def fee(days, kind='B', *, rate=5):", then " days = 3, kind = 'A', rate = 5".
DrillStep binding(Random& random);

}  // namespace pbb

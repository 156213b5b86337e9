// What the machine adds to a trace that a model writes: results, and what stands after them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pbb {

// What a true trace says after the end of `trace`, without the blank before it, where that is a complete expression
// and " =", " is" or ":", or the head of a loop under way; worked out as far as it is computed here:
//
//   x = 4 * (5 + 3) =          4 * 8 = 32
//   31 >= 32 is                False
//   5 < 3 or 'a' == 'b':       False or False is False
//   for i in range(3 - 1) =    range(2) = [0, 1]
//   for i, x in enumerate([7, 5]) =    [(0, 7), (1, 5)]
//   for i in [3, 4]: i = 3; for i in   [4]: i = 4
std::optional<std::string> computed_result(std::string_view trace);

// What stands right after such a result, which a model could take for the beginning of a longer number: ";" where
// another step follows, ":" in the head of a loop that goes on. Empty where `trace` does not end in a value, or in the
// one that the program returns.
std::string_view mark_after(std::string_view trace);

// Whether `trace` ends in what the program returns, as it was computed: nothing follows.
bool ends_in_computed_return(std::string_view trace);

}  // namespace pbb

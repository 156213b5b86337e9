// Answers read leniently, for models that were never shown the form of an answer: a column beside the strict
// one, which alone says what is correct.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "evaluation/evaluate.h"

namespace pbb {

// The literals and exceptions ("raises a ValueError", "ValueError") in a line of prose, in order. `true` is
// True, in any case; what a call is given, "f(5)", is none of them. unfinished: the line may go on, so that
// one at its end is none either.
std::vector<Outcome> outcomes_in(std::string_view line, bool unfinished);

// The same outcome, or the same but for quotes around it.
bool same_but_for_quotes(const Outcome& a, const Outcome& b);

// Whether a judged answer is right where it is read leniently. One that is correct is. One that was parsed is
// held to what was parsed, quotes aside. In one that was not, the line (or what it returns) may be the value
// without its quotes, or the first or the last outcome in it.
bool is_right_leniently(const ItemResult& result);

}  // namespace pbb

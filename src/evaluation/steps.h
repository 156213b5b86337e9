// The steps of a trace answer ("x = 5 + 13 = 18; return 18 * 5 = 90") and how they compare with the true
// ones.
#pragma once

#include <string_view>
#include <vector>

#include "evaluation/evaluate.h"

namespace pbb {

// Every place outside quoted strings where `wanted` stands. A quote that is never closed is an apostrophe.
std::vector<std::size_t> find_outside_quotes(std::string_view text, std::string_view wanted);
// The first line that is not blank, without blanks around it.
std::string_view answer_line(std::string_view completion);
// The parts between "; ", without blanks around them. A separator inside a quoted string is text.
std::vector<std::string_view> split_steps(std::string_view line);
// What a return step returns: the text after its last " = " or, without one, after "return"; empty when
// `step` is no return step.
std::string_view returned_text(std::string_view step);
// Whether `step` is `pattern` with one Python literal in the place of each □.
bool matches_pattern(std::string_view step, std::string_view pattern);
// Each step of `line` against the true step at its place; steps beyond the true ones are neither recalled nor
// right.
std::vector<StepCheck> check_steps(std::string_view line, const std::vector<TraceStep>& truth);

}  // namespace pbb

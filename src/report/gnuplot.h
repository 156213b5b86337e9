// Runs gnuplot on a script and gives back an SVG that can stand inside an HTML page.
#pragma once

#include <string>
#include <string_view>

#include "evaluation/arm_plan.h"

namespace pbb {

// The page's colours. gnuplot knows only fixed ones, so each has a stand-in that becomes a CSS variable in
// the SVG: the plot then follows the page's light or dark theme.
enum class Ink { text, soft, line, untrained, in_context, before_source, trained, other };
int ink_number(Ink ink);        // for `lc rgb variable`
std::string ink_code(Ink ink);  // "#000002", for `rgb '...'`
Ink arm_ink(ArmRole role);

// `text` as a gnuplot string. Single quotes: nothing in it is expanded; line breaks become blanks.
std::string gnuplot_string(std::string_view text);

// The script draws on a terminal that this sets: `width` x `height`, scaling with the page. `description` is
// read out for those who do not see the plot. Error when gnuplot is missing or fails.
std::string run_gnuplot(const std::string& script, int width, int height, const std::string& description);

}  // namespace pbb

// Text for HTML: escaping, and numbers with the digits that mean something.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "evaluation/statistics.h"

namespace pbb {

// Safe between tags and inside double-quoted attributes, whatever the text: what a model wrote is hostile.
// Control characters, direction overrides and broken UTF-8 become U+FFFD.
std::string escape_html(std::string_view text);
// As escape_html, but at most `characters` of the text, with a note on how many were left out.
std::string escape_shortened(std::string_view text, std::size_t characters);

std::string percent(double share);                    // "84 %", "<1 %" where it is not quite nothing
std::string percent_range(const Interval& interval);  // "78–89 %"
std::string count(std::int64_t number);               // "240 312"
std::string count_of(std::int64_t number, std::string_view thing);  // "1 program", "40 programs"
std::string duration(double seconds);                               // "9 min 40 s"
std::string bytes_text(double bytes);                               // "3.1 GB"
std::string p_value(double p);                                      // "p = 0.03", "p < 0.001"

}  // namespace pbb

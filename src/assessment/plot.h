// The one plot of the page: accuracy against the number of examples a rule, with the source alone as a line.
#pragma once

#include <string>

#include "assessment/messages.h"

namespace pbb {

// HTML, in two widths as report/plots.h has them; empty where no examples or no source were measured.
std::string exchange_plot(const Assessment& assessment, const Wording& words);

}  // namespace pbb

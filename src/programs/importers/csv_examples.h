// Examples in CSV, as spreadsheets write them (examples.h).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "programs/importers/examples.h"

namespace pbb {

ExampleFormat csv_examples();

// Rows of CSV, each with the line that it begins on; quoted fields may hold line breaks. InputError naming
// the line of a quote that is never closed.
std::vector<std::pair<int, std::vector<std::string>>> parse_csv(std::string_view text, char separator);

}  // namespace pbb

// The sections of the page, in the order in which they stand on it. Each is HTML, and says so where a part of
// the run is not there.
#pragma once

#include <string>
#include <vector>

#include "report/run_folder.h"

namespace pbb {

std::string headline_section(const RunFolder& run);   // the key figure in a sentence
std::string arms_section(const RunFolder& run);       // plots of the arms
std::string table_section(const RunFolder& run);      // every figure behind them
std::string training_section(const RunFolder& run);   // stages and curves
std::string reward_section(const RunFolder& run);     // of GRPO's stages; "" without any
std::string programs_section(const RunFolder& run);   // every program, question and answer
std::string reproduce_section(const RunFolder& run);  // command, recipe, versions, machine, times
std::string reading_section(const RunFolder& run);    // what was asked of whom, and what is counted

// The domains that were asked about, in order.
std::vector<std::string> domains_of(const RunFolder& run);
std::string page_title(const RunFolder& run);  // plain text

std::string_view page_style();   // CSS
std::string_view page_script();  // the filter box
// Of page_script, as a content security policy names it: no other script on the page may run.
std::string_view page_script_hash();

}  // namespace pbb

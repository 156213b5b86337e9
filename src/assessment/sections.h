// The sections of the page, in the order in which they stand on it. Each is HTML.
#pragma once

#include <string>

#include "assessment/messages.h"

namespace pbb {

std::string answer_section(const Assessment& assessment, const Wording& words);
std::string exchange_section(const Assessment& assessment, const Wording& words);  // examples against source
std::string share_section(const Assessment& assessment, const Wording& words);     // of the code
std::string kinds_section(const Assessment& assessment, const Wording& words);     // accuracy by clarity
std::string alternatives_section(const Assessment& assessment, const Wording& words);  // program, prompt
std::string reuse_section(const Assessment& assessment, const Wording& words);         // and break-even
std::string rules_section(const Assessment& assessment, const Wording& words);
std::string files_section(const Assessment& assessment, const Wording& words);
std::string missing_section(const Assessment& assessment, const Wording& words);  // what nobody measured
std::string origin_section(const Assessment& assessment, const Wording& words);   // run by run

// Parts of them: what stands in a cell, or a row, is HTML.
std::string heading(const Wording& words, std::string_view key, std::string_view id);
std::string cell(const std::string& html);
std::string text_cell(const std::string& html);
std::string row(const std::string& head, const std::string& cells, bool is_mine = false);
// `head`: keys of the columns' sentences; a leading '<' aligns to the left.
std::string table(const Wording& words, std::initializer_list<std::string> head, const std::string& rows);
std::string marks(const std::vector<std::size_t>& runs);  // superscript numbers, as the list of runs has them
std::string accuracy_cell(const Wording& words, const std::optional<Accuracy>& accuracy,
                          bool is_ceiling = false);
// What --cost-per-example or --cost-per-hour would tell.
std::string measure_command(const Assessment& assessment);

}  // namespace pbb

// The page: one self-contained HTML file that loads nothing and runs nothing.
#pragma once

#include <filesystem>
#include <string>

#include "assessment/messages.h"

namespace pbb {

// Error when gnuplot fails.
std::string assessment_page(const Assessment& assessment, Language language);
// Writes it. InputError, and nothing is written, where `file` is there already and is no such page.
void write_assessment(const std::filesystem::path& file, const std::string& page);

// For the terminal: a few lines.
std::string assessment_text(const Assessment& assessment, Language language);

// The sentences of the answer, as HTML; what was not measured says so.
std::string worth_sentence(const Assessment& assessment, const Wording& words);
std::string cheaper_sentence(const Assessment& assessment, const Wording& words);

}  // namespace pbb

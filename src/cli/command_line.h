// What was typed, as a shell takes it back: for records of what was done.
#pragma once

#include <span>
#include <string>

namespace pbb {

// Quoted where it has to be.
std::string shell_word(const std::string& word);

// "pbb KIND WORD …".
std::string command_line(const std::string& kind, std::span<const std::string> words);

}  // namespace pbb

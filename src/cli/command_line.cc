#include "cli/command_line.h"

#include <string_view>

namespace pbb {

std::string shell_word(const std::string& word) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+./,:@%";
  if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char letter : word) quoted += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  return quoted + "'";
}

std::string command_line(const std::string& kind, std::span<const std::string> words) {
  std::string line = "pbb " + kind;
  for (const std::string& word : words) line += ' ' + shell_word(word);
  return line;
}

}  // namespace pbb

// Two closed syllables of single letters: short for a tokeniser (three tokens on average with SmolLM2's), and
// with endings that English words of this shape hardly have.
#include "programs/names.h"

#include <span>
#include <string_view>

namespace pbb {
namespace {

constexpr std::string_view first_onsets = "BDFGKLMNPRSTVZ";
constexpr std::string_view fresh_onsets = "CHJQWXY";
constexpr std::string_view vowels = "aeiou";
constexpr std::string_view first_codas = "lmnrsk";
constexpr std::string_view second_onsets = "bdfgkmptvz";
constexpr std::string_view last_codas = "bkzfg";

// What a function of a firm's may be about, as the second word of a name.
constexpr std::string_view fresh_words[] = {"fee",   "rule",  "price", "level", "check", "rate",
                                            "score", "limit", "order", "grade", "plan",  "cost"};

std::string draw_syllables(std::string_view onsets, Random& random) {
  std::string name;
  for (const std::string_view letters : {onsets, vowels, first_codas, second_onsets, vowels, last_codas}) {
    name += random.choice(std::span<const char>(letters));
  }
  return name;
}

}  // namespace

std::string draw_name(Random& random) {
  return draw_syllables(first_onsets, random);
}

std::string draw_fresh_name(Random& random) {
  std::string name = draw_syllables(fresh_onsets, random);
  if (random.uniform() < 0.3) {
    name[0] = static_cast<char>(name[0] - 'A' + 'a');
    name += '_';
    name += random.choice(std::span<const std::string_view>(fresh_words));
  }
  return name;
}

bool is_fresh_name(std::string_view name) {
  if (name.size() < 6) return false;
  if (name[0] >= 'a' && name[0] <= 'z' && name.find('_') != std::string_view::npos) return true;
  const char first = name[0] >= 'a' ? static_cast<char>(name[0] - 'a' + 'A') : name[0];
  return fresh_onsets.find(first) != std::string_view::npos && (name.size() == 6 || name[6] == '_');
}

}  // namespace pbb

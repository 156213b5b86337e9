// Two closed syllables of single letters: short for a tokeniser (three tokens on average with SmolLM2's), and
// with endings that English words of this shape hardly have.
#include "programs/names.h"

#include <span>
#include <string_view>

namespace pbb {
namespace {

constexpr std::string_view kOnsets = "BDFGKLMNPRSTVZ";
constexpr std::string_view kVowels = "aeiou";
constexpr std::string_view kFirstCodas = "lmnrsk";
constexpr std::string_view kSecondOnsets = "bdfgkmptvz";
constexpr std::string_view kLastCodas = "bkzfg";

}  // namespace

std::string draw_name(Random& random) {
  std::string name;
  for (const std::string_view letters : {kOnsets, kVowels, kFirstCodas, kSecondOnsets, kVowels, kLastCodas}) {
    name += random.choice(std::span<const char>(letters));
  }
  return name;
}

}  // namespace pbb

// Syllables that no English word joins like this.
#include "programs/names.h"

#include <array>
#include <span>
#include <string_view>

namespace pbb {
namespace {

using Sound = std::string_view;
constexpr auto kOnsets = std::to_array<Sound>({"Bl", "Br", "Dr", "Fl", "Gl", "Gr", "Kl", "Kr", "Pl", "Sk",
                                               "Sm", "Sn", "Spl", "Str", "Tr", "Tw", "Vl", "Vr", "Zw"});
constexpr auto kFirstVowels =
    std::to_array<Sound>({"a", "e", "i", "o", "u", "ee", "oo", "ar", "or", "ur", "im", "on", "un", "el"});
constexpr auto kJoints =
    std::to_array<Sound>({"b",  "f",  "g",  "k",  "p",  "v",  "z",  "bl", "br", "dr", "gl",
                          "gr", "kl", "kr", "pl", "sk", "tr", "vr", "zl", "zv", "kn"});
constexpr auto kLastVowels = std::to_array<Sound>({"a", "e", "i", "o", "u"});
constexpr auto kCodas =
    std::to_array<Sound>({"b", "g", "k", "p", "x", "z", "f", "ff", "lt", "nk", "rv", "sp", "zz", "gg", "rk"});

}  // namespace

std::string draw_name(Random& random) {
  std::string name;
  name += random.choice(std::span<const Sound>(kOnsets));
  name += random.choice(std::span<const Sound>(kFirstVowels));
  name += random.choice(std::span<const Sound>(kJoints));
  name += random.choice(std::span<const Sound>(kLastVowels));
  name += random.choice(std::span<const Sound>(kCodas));
  return name;
}

}  // namespace pbb

// Nonsense names for programs: words no model has read, so that what it knows of them it learnt from us.
#pragma once

#include <string>
#include <string_view>

#include "base/random.h"

namespace pbb {

// One capitalised word of two syllables, such as Zalbug or Voktig; 105,000 of them.
std::string draw_name(Random& random);

// A name that draw_name never gives, for programs that an interpreter base is trained on: "Choldaz" or
// "jernaf_fee"; its first letter is one of CHJQWXY.
std::string draw_fresh_name(Random& random);
// Whether draw_name never gives it, and fresh programs may have it: one of those, or words in small letters
// joined by _ ("locker_charge").
bool is_fresh_name(std::string_view name);

}  // namespace pbb

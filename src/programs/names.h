// Nonsense names for programs: words no model has read, so that what it knows of them it learnt from us.
#pragma once

#include <string>

#include "base/random.h"

namespace pbb {

// One capitalised word of two syllables, such as Zalbug or Voktig; 105,000 of them.
std::string draw_name(Random& random);

}  // namespace pbb

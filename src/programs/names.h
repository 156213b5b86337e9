// Nonsense names for programs: words no model has read, so that what it knows of them it learnt from us.
#pragma once

#include <string>

#include "base/random.h"

namespace pbb {

// One capitalised word of two syllables, such as Gleeprag or Blorvax; some 400,000 of them, none of which is
// an English or Python word (checked against a list of 100,000 English ones).
std::string draw_name(Random& random);

}  // namespace pbb

// The spelling by which Python's dicts and sets would take two values for the same key.
#pragma once

#include <string>

#include "programs/value.h"

namespace pbb {

std::string key_text(const Value& value);  // equal for 1, 1.0 and True

}  // namespace pbb

// Examples as JSON lines (examples.h).
#pragma once

#include "programs/importers/examples.h"

namespace pbb {

ExampleFormat json_examples();

}  // namespace pbb

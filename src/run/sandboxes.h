// The sandbox as the rooms above it take it: a function that runs calls.
#pragma once

#include "programs/program.h"

namespace pbb {

// Keeps its sandbox as long as the function lives. unsafe: without isolation (--unsafe-no-isolation).
Runner sandbox_runner(bool unsafe = false);
// The same in two worlds, whose hash seeds differ.
Runners sandbox_runners(bool unsafe = false);

}  // namespace pbb

// Packing examples end to end into what the decoder takes, and counting what each program was exposed to.
#pragma once

#include <map>
#include <span>
#include <string>

#include "examples/example.h"
#include "model/decoder.h"

namespace pbb {

// Target of place i is tokens[i+1] where trained[i+1], else -1. Sequences longer than `context` are an
// InputError naming the program and the lengths: never cut, never dropped.
PackedTokens pack(std::span<const Example> examples, int context);

struct Exposure {
  std::int64_t declarations = 0;  // examples that state the program's source
  std::int64_t executions = 0;    // examples that run it
  std::int64_t trained_tokens = 0;
};
using ExposureCounts = std::map<std::string, Exposure>;  // by program
void count_exposures(std::span<const Example> examples, ExposureCounts& counts);

}  // namespace pbb

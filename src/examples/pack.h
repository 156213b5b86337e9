// Packing examples end to end into what the decoder takes, and counting what each program was exposed to.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "examples/example.h"
#include "model/decoder.h"

namespace pbb {

// Target of place i is tokens[i+1] where trained[i+1], else -1, and its weight weights[i+1]; what is read
// there is inputs[i] where there are inputs, else tokens[i]. Sequences longer than `context` are an
// InputError naming the program and the lengths: never cut, never dropped.
PackedTokens pack(std::span<const Example> examples, int context);

// Of all that training takes from an example, after `start`: for the fingerprint of a source.
std::uint32_t checksum(const Example& example, std::uint32_t start = 0);

struct Exposure {
  std::int64_t declarations = 0;  // examples that state the program's source
  std::int64_t executions = 0;    // examples that run it
  std::int64_t trained_tokens = 0;
  // Whether the source was recalled when it was last stated (recall.h), where that is counted.
  std::optional<bool> recalled = {};
};
using ExposureCounts = std::map<std::string, Exposure>;  // by program; fresh ones have none
void count_exposures(std::span<const Example> examples, ExposureCounts& counts);

}  // namespace pbb

// Running one program on many inputs, and choosing inputs that show all of what it does.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "programs/program.h"

namespace pbb {

using Input = std::vector<Value>;

// The calls of one program on each input, to be appended to a batch for a Runner.
void add_calls(const Program& program, std::span<const Input> inputs, bool traced,
               std::vector<ProgramCall>& calls);

// Runs the batch. Error when an answer is missing or a call failed for a reason of ours.
std::vector<CallResult> run_calls(const Runner& run, std::span<const ProgramCall> calls);

// Reorders executions so that every way through the program comes up once before any comes up twice; ways
// keep the order in which they first appear.
std::vector<Execution> spread_over_paths(std::vector<Execution> executions);

std::string_view status_name(CallStatus status);

}  // namespace pbb

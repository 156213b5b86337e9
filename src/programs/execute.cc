#include "programs/execute.h"

#include <fmt/format.h>

#include <map>

#include "base/error.h"

namespace pbb {

void add_calls(const Program& program, std::span<const Input> inputs, bool traced,
               std::vector<ProgramCall>& calls) {
  for (const Input& input : inputs) {
    calls.push_back({.source = program.source, .name = program.name, .arguments = input, .traced = traced});
  }
}

std::vector<CallResult> run_calls(const Runner& run, std::span<const ProgramCall> calls) {
  auto results = run(calls);
  if (results.size() != calls.size()) {
    throw Error(fmt::format("asked to run {} calls, the runner answered {}", calls.size(), results.size()));
  }
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results[i].status == CallStatus::failed) {
      throw Error(fmt::format("running {} failed: {}", call_text(calls[i].name, calls[i].arguments),
                              results[i].detail));
    }
  }
  return results;
}

std::vector<Execution> spread_over_paths(std::vector<Execution> executions) {
  std::map<std::vector<int>, std::size_t> known;
  std::vector<std::vector<Execution*>> paths;
  for (Execution& execution : executions) {
    std::vector<int> lines;
    for (const TraceStep& step : execution.trace) lines.push_back(step.line);
    const auto [place, is_new] = known.emplace(std::move(lines), paths.size());
    if (is_new) paths.emplace_back();
    paths[place->second].push_back(&execution);
  }
  std::vector<Execution> spread;
  spread.reserve(executions.size());
  for (std::size_t round = 0; spread.size() < executions.size(); ++round) {
    for (auto& path : paths) {
      if (round < path.size()) spread.push_back(std::move(*path[round]));
    }
  }
  return spread;
}

std::string_view status_name(CallStatus status) {
  switch (status) {
    case CallStatus::returned:
      return "returned";
    case CallStatus::raised:
      return "raised an exception";
    case CallStatus::timed_out:
      return "ran out of time";
    case CallStatus::out_of_memory:
      return "ran out of memory";
    case CallStatus::too_much_output:
      return "wrote too much";
    case CallStatus::killed:
      return "was killed";
    case CallStatus::not_a_value:
      return "returned what is no plain value";
    case CallStatus::failed:
      return "could not be run";
  }
  return "is in no known state";
}

}  // namespace pbb

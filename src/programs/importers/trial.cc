#include "programs/importers/trial.h"

#include <algorithm>
#include <optional>
#include <span>

#include "programs/importers/cut.h"
#include "programs/importers/judge.h"

namespace pbb {
namespace {

// The answers that a source promises of its own function, with the arguments in their places.
std::vector<std::pair<const ToldCall*, Input>> promises(const Candidate& candidate) {
  std::vector<std::pair<const ToldCall*, Input>> found;
  const FunctionHead& head = candidate.survey.head;
  for (const ToldCall& told : candidate.survey.told) {
    if (told.name != head.name || !told.answer) continue;
    Input arguments = told.arguments;
    for (std::size_t at = arguments.size(); at < head.parameters.size(); ++at) {
      const auto given =
          std::ranges::find(told.named, head.parameters[at], &std::pair<std::string, Value>::first);
      if (given == told.named.end()) break;
      arguments.push_back(given->second);
    }
    if (arguments.size() == told.arguments.size() + told.named.size())
      found.emplace_back(&told, std::move(arguments));
  }
  return found;
}

// Of made-up inputs one is enough where a program does not come to an end: each costs its whole time.
void drop_endless(std::vector<Candidate>& candidates, const Runner& run) {
  std::vector<ProgramCall> calls;
  std::vector<Candidate*> called;
  for (Candidate& candidate : candidates) {
    if (!candidate.is_in() || !candidate.is_made_up) continue;
    add_calls(candidate.program, {&candidate.inputs.front().arguments, 1}, false, calls);
    called.push_back(&candidate);
  }
  const auto results = run_calls(run, calls);
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results[i].status == CallStatus::timed_out) called[i]->inputs.resize(1);
  }
}

// The calls that came to an outcome, made again elsewhere; a result for each call, those of the others empty.
std::vector<CallResult> run_again(const Runner& run, std::span<const ProgramCall> calls,
                                  std::span<const CallResult> first, bool twice) {
  std::vector<ProgramCall> chosen;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (!first[i].outcome()) continue;
    chosen.push_back(calls[i]);
    chosen.back().traced = !twice;
    chosen.back().again = twice;
  }
  auto results = run_calls(run, chosen);
  std::vector<CallResult> all(calls.size());
  for (std::size_t i = 0, at = 0; i < calls.size(); ++i) {
    if (first[i].outcome()) all[i] = std::move(results[at++]);
  }
  return all;
}

}  // namespace

void try_candidates(std::vector<Candidate>& candidates, const ImportOptions& options,
                    const Runners& runners) {
  drop_endless(candidates, runners.run);
  std::vector<ProgramCall> calls, promised;
  for (const Candidate& candidate : candidates) {
    if (!candidate.is_in()) continue;
    for (const ReadInput& input : candidate.inputs)
      add_calls(candidate.program, {&input.arguments, 1}, true, calls);
    for (const auto& [told, arguments] : promises(candidate))
      add_calls(candidate.program, {&arguments, 1}, false, promised);
  }
  const auto first = run_calls(runners.run, calls), kept_promises = run_calls(runners.run, promised);
  const auto second = run_again(runners.other, calls, first, false);
  const auto again = run_again(runners.other, calls, first, true);
  std::size_t at = 0, promise = 0;
  for (Candidate& candidate : candidates) {
    if (!candidate.is_in()) continue;
    Judge judge(candidate, options);
    for (const auto& [told, arguments] : promises(candidate))
      judge.doctest(*told, arguments, kept_promises[promise++]);
    for (const ReadInput& input : candidate.inputs) {
      judge.input(input, {first[at], second[at], again[at]});
      ++at;
    }
    judge.end();
  }
  refuse_wrong_cuts(candidates, runners.run);
}

}  // namespace pbb

#include "decisions/relearning.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <utility>

#include "evaluation/evaluate.h"
#include "programs/execute.h"

namespace pbb {
namespace {

// What the former source gives for each call that the corpus holds out of the rule, by the call's text. Calls that come
// to nothing are left out: it took other arguments.
std::map<std::string, Outcome> former_outcomes(const RegisteredRule& former, const Corpus& corpus,
                                               const Runner& run) {
  const Program* now = corpus.find(former.entry.name);
  if (now == nullptr) return {};
  Program before = *now;
  before.source = former.entry.source;
  std::vector<Input> inputs;
  for (const Execution& execution : read_test_executions(corpus, *now)) inputs.push_back(execution.arguments);
  std::vector<ProgramCall> calls;
  add_calls(before, inputs, false, calls);
  const std::vector<CallResult> results = run_calls(run, calls);
  std::map<std::string, Outcome> outcomes;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (const auto outcome = results[i].outcome())
      outcomes.emplace(call_text(former.entry.name, inputs[i]), *outcome);
  }
  return outcomes;
}

bool says(const std::string& answer, const Outcome& outcome) {
  const auto said = parse_answer(answer);
  return said && same_answer(outcome, *said);
}

}  // namespace

Relearning compare_rules(Registry& registry, std::span<const Program> rules) {
  Relearning relearning;
  std::vector<RegisteredRule> known = registry.rules();
  for (const Program& rule : rules) {
    const auto before = std::ranges::find(
        known, rule.name, [](const RegisteredRule& one) -> const std::string& { return one.entry.name; });
    if (before == known.end()) {
      relearning.added.push_back(rule.name);
      continue;
    }
    if (before->entry.source == rule.source) {
      relearning.unchanged.push_back(rule.name);
    } else {
      relearning.changed.push_back(std::move(*before));
    }
    known.erase(before);
  }
  for (const RegisteredRule& rule : known) relearning.gone.push_back(rule.entry.name);
  return relearning;
}

std::string relearning_text(const Relearning& relearning) {
  std::vector<std::string> changed;
  for (const RegisteredRule& rule : relearning.changed) changed.push_back(rule.entry.name);
  std::string text = fmt::format("{} as before", relearning.unchanged.size());
  for (const auto& [what, names] :
       {std::pair("changed", &std::as_const(changed)), std::pair("new", &relearning.added),
        std::pair("gone", &relearning.gone)}) {
    if (!names->empty()) text += fmt::format("; {}: {}", what, fmt::join(*names, ", "));
  }
  return text;
}

void test_retraction(const Relearning& relearning, const Corpus& corpus, const Runner& run,
                     std::span<Certificate> certificates) {
  for (const RegisteredRule& rule : relearning.changed) {
    const auto certificate = std::ranges::find(certificates, rule.entry.name, &Certificate::name);
    if (certificate == certificates.end()) continue;
    FormerRule former{.version = rule.version, .source_sha256 = rule.source_sha256};
    const auto outcomes = former_outcomes(rule, corpus, run);
    for (const CertifiedAnswer& question : certificate->questions) {
      const auto outcome = outcomes.find(question.call);
      if (outcome == outcomes.end() || says(question.truth, outcome->second)) continue;
      ++former.differing;
      former.plain += says(question.plain, outcome->second);
      former.assisted += says(question.assisted, outcome->second);
    }
    certificate->former = former;
  }
}

}  // namespace pbb

// A decision in JSON: as an answer gives it, and as the log keeps it.
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <string>

#include "decisions/guard.h"

namespace pbb {

std::string new_decision_id();   // a random UUID
std::string utc_milliseconds();  // "2026-11-27T21:30:05.123Z"

// What of a certificate an answer and a record tell: recall and, for the form asked, answers right with their
// interval.
nlohmann::ordered_json certificate_summary(const RegisteredRule& rule, AnswerForm form);

// An answer with all that it stands on: docs/serve.md says what each field means.
nlohmann::ordered_json decision_json(const Decision& decision, const RegisteredRule& rule);

// Of what decides: the same in all its records.
struct Decider {
  std::string model;             // as it was named
  std::string compute;           // f32, bf16
  std::set<std::string> masked;  // names of arguments whose values no record holds
  std::string folder = {};       // where that name led to; empty: it is not told
  std::string package = {};      // package_sha256 of its rules; empty: it has none
};
// Of all rules that are answered by together: which, of which source, learnt by which weights, with which certificate.
// Empty where there is none.
std::string package_sha256(std::span<const RegisteredRule> rules);
// What the log says when it is opened.
nlohmann::ordered_json opening_labels(const Decider& decider, const std::string& opened_by);

struct Origin {
  std::string id;            // of the decision
  std::string requested_by;  // empty: not known
  std::string trace_id;      // of the caller; empty: none
};

// For the log. Where an argument is masked, its value is null, `masked` says so, and nothing that could tell
// it is kept: no call, no text of steps, nothing that the model said but its answer.
nlohmann::ordered_json decision_record(const Decision& decision, const RegisteredRule& rule,
                                       const Decider& decider, const Origin& origin);

}  // namespace pbb

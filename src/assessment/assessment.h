// What is known of a firm's rules and of teaching them, put side by side: counted from its files, measured on its
// machine, or taken from measured runs. Nothing here is estimated but by the proportion that its comment says.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "assessment/clarity.h"
#include "assessment/measured.h"
#include "programs/importers/import.h"
#include "text/tokenizer.h"

namespace pbb {

// In whatever currency; both or one may be unknown.
struct Costs {
  std::optional<double> example;  // of one question with its checked answer
  std::optional<double> hour;     // of a machine like the measured one
};

// What rules are compared by: accuracy was measured for each kind apart. No finer: of fewer than ten rules an interval
// says little.
enum class ClarityKind { few_conditions, many_conditions, everyday };
inline constexpr ClarityKind clarity_kinds[] = {ClarityKind::few_conditions, ClarityKind::many_conditions,
                                                ClarityKind::everyday};
ClarityKind kind_of(const Clarity& clarity);

// The measured accuracy of rules like one.
struct Expected {
  std::optional<Accuracy> plain, assisted;
  bool is_ceiling = false;  // with the source given: reading it can give no more
};
// From here on a kind counts as reliable: the low end of its interval, read from source, operations computed or not.
inline constexpr double reliable = 0.8;
bool is_reliable(const Expected& expected);

struct AssessedRule {
  std::string name, file;
  Clarity clarity;
  ClarityKind kind = ClarityKind::everyday;
  std::int64_t source_tokens = 0;
  std::optional<double> microseconds;  // a call of the program, here and now
  Expected expected;                   // of its kind
  Expected own;  // of this very rule, where a user's own run asked about it; few answers, a wide interval
};
// Its kind is, and it was not itself answered wrongly more often than that.
bool is_reliable(const AssessedRule& rule);

// Why a function or a line is not among what can be learnt.
enum class Rest {
  outside_world,  // clock, chance, files, state
  not_plain,      // arguments or results that are no plain values
  no_result,      // no arguments, or nothing returned
  contradiction,  // its tests or examples say otherwise; two of a name; the same twice
  not_cut,        // what it uses cannot be cut out
  other,
  no_function,  // lines outside of functions, and functions that are nobody's rule
};
Rest rest_of(const std::string& reason);
struct RestCount {
  Rest why = Rest::other;
  int functions = 0, lines = 0;
};

struct KindAccuracy {
  ClarityKind kind = ClarityKind::everyday;
  int rules = 0;  // of those assessed
  Expected expected;
};

struct ExampleTeaching {
  int examples = 0;  // a rule
  Accuracy accuracy;
  std::optional<double> cost;  // of so many examples for all the rules assessed
  std::optional<FoundTraining> training;
};

enum class Worth { yes, partly, no, unknown };
enum class Cheaper { yes, no, unknown };

struct Assessment {
  std::string title;  // the folder, or the files
  std::string date, machine, version;
  Costs costs;
  Measured measured;
  std::vector<ImportedFile> files;

  int functions = 0, lines = 0;  // all, but for files that are left out as a whole
  int learnable_lines = 0;
  std::vector<AssessedRule> rules;  // what can be learnt
  std::vector<RestCount> rest;      // everything else, most lines first

  std::vector<KindAccuracy> kinds;
  std::optional<Accuracy> source, source_assisted;  // over all rules that were measured
  std::optional<Accuracy> source_edges;             // the same on edge inputs, the model alone
  std::optional<Accuracy> given, given_assisted;    // the source with the question
  std::optional<Accuracy> before;                   // the model that was taught nothing
  std::vector<ExampleTeaching> examples;

  std::int64_t source_tokens = 0;  // of the rules
  // As measured; the first reading is what the next figures go by.
  std::vector<FoundTraining> readings, relearnings;
  // Of these rules: as measured, by the tokens of their sources.
  std::optional<double> reading_seconds, reading_tokens, reading_cost;
  std::optional<double> microseconds;  // a call, the median of the rules
  std::optional<std::int64_t> base_tokens;

  Worth worth() const;
  int reliable_rules() const;
  Cheaper cheaper() const;
  // Whether the most examples that were tried come near the source alone: their interval reaches its.
  bool examples_reach_source() const;
  // How many examples cost as much as reading all of the rules; and what machine time, in seconds, one example may
  // cost before the most examples tried are the cheaper teacher.
  std::optional<double> break_even_examples() const;
  std::optional<double> break_even_seconds() const;
};

struct AssessmentInput {
  std::string title;
  const Imported* imported = nullptr;
  const Tokenizer* tokenizer = nullptr;
  Costs costs;
  Measured measured;
  std::optional<std::int64_t> base_tokens;
};
// Runs the rules, in the sandbox, to time them.
Assessment assess(const AssessmentInput& input, const Runner& run);

nlohmann::json to_json(const Assessment& assessment);

}  // namespace pbb

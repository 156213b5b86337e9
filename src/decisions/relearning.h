// Learning on: which of a folder's rules a model that has learnt before knows, which have changed since, and whether it
// still answers by what they were (docs/learn.md, "When rules change").
#pragma once

#include <span>
#include <string>
#include <vector>

#include "decisions/registry.h"
#include "programs/corpus.h"
#include "run/certificate.h"

namespace pbb {

struct Relearning {
  std::vector<std::string> unchanged, added;
  std::vector<RegisteredRule> changed;  // as they were
  std::vector<std::string> gone;        // valid there, and not among the rules any more
};

// `registry`: of the model that is learnt on from. A rule is the same when its source is, to the byte.
Relearning compare_rules(Registry& registry, std::span<const Program> rules);
// "37 as before; changed: net_price; new: rebate; gone: parcel_fee".
std::string relearning_text(const Relearning& relearning);

// Fills in `former` of each certificate of a changed rule: what the former source says of the questions that were
// asked, and how many answers are still its.
void test_retraction(const Relearning& relearning, const Corpus& corpus, const Runner& run,
                     std::span<Certificate> certificates);

}  // namespace pbb

// Whether a corpus still tells the truth: what its sources do now, beside what is stored of them.
#pragma once

#include <string>
#include <vector>

#include "programs/corpus.h"

namespace pbb {

struct Verification {
  std::size_t executions = 0;  // that were run
  std::vector<std::string>
      differences;                // of outcomes and traces: file, call, what it gives now and what is stored
  std::vector<std::string> told;  // held-out calls that a source tells: file, line, call
  // What is no fault, but what its author should know: float_traps.h.
  std::vector<std::string> notes;
};

// Runs every stored execution.
Verification verify_corpus(const Corpus& corpus, const Runner& run);
// InputError with the first of what verify_corpus finds.
void refuse_untrue(const Corpus& corpus, const Runner& run);
struct Renewal {
  std::size_t executions = 0, differed = 0;  // all that were run, and those that were not what was stored
};
// Runs every stored execution, once, and writes outcomes and traces anew, all or none; inputs and their use
// stay. InputError when a call comes to no outcome.
Renewal renew_corpus(const Corpus& corpus, const Runner& run);

}  // namespace pbb

// What a program that is run is shown as, a fresh one above all: an execution whose source is read, a recitation that
// nothing comes of.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "base/random.h"
#include "examples/example.h"
#include "examples/step_source.h"
#include "programs/fresh.h"

namespace pbb {

// One of `count` wordings.
int draw_wording(int count, Random& random);

// Its first execution with the source in the answer; the loss is on what comes after the source.
Example make_fresh_execution(const Tokenizer& tokenizer, const FreshProgram& fresh, Random& random);

// Of a program's executions as they are practised, with the source read, in whatever wording: one than which none has
// more tokens. Empty without executions.
Example longest_execution(const Tokenizer& tokenizer, const Program& program,
                          std::span<const Execution> executions);

// What a stage's fingerprint tells of the fresh programs beside it.
void add_shares(StageFingerprint& fingerprint, const DomainShares& shares);

// Whether an execution, as it is shown in whatever wording, has at most so many tokens. Refers to
// `tokenizer`.
std::function<bool(const Program&, const Execution&)> fits_in(const Tokenizer& tokenizer, std::size_t tokens);

// A recitation (make_recitation) with made-up arguments, as many as the program has parameters: numbers and
// words, of an everyday or imported program decimals, True and None too, and its defaults left out now and
// then. A question that might be asked, and its answer unsaid.
Example make_unanswered_recitation(const Tokenizer& tokenizer, const Program& program, Random& random);

}  // namespace pbb

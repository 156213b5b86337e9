// Showing a training example to a person: which tokens it has, and which of them are trained on.
#pragma once

#include <string>

#include "examples/example.h"

namespace pbb {

// A header line (kind, program, template, tokens, trained tokens), then the text. With `ansi`, what is
// trained on is bold on green and the rest dim on grey, in two shades by turns so that tokens can be told
// apart; without, what is trained on stands in ⟦…⟧. Control tokens are shown by name; control characters are
// escaped, so that no text can act on the terminal.
std::string coloured(const Tokenizer& tokenizer, const Example& example, bool ansi);

}  // namespace pbb

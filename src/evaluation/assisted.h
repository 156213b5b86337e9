// The assisted form: while a model writes its trace, the machine computes what each operation gives.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/tokenizer.h"

namespace pbb {

// The tokens of what follows an operation that `completion` ends in (computed_result, mark_after), such as training
// would have them; empty where it ends in none. A token that would also hold what comes after ("';") is left to the
// model. source_given: the completion is a trace; else one follows its recited source.
std::vector<std::int32_t> assisted_tokens(const Tokenizer& tokenizer,
                                          std::span<const std::int32_t> completion, bool source_given);

// Whether the answer is at its end: the program returned what was computed.
bool assisted_ends(const Tokenizer& tokenizer, std::span<const std::int32_t> completion, bool source_given);

// The same for a completion that came whole from a model whose tokens nobody here holds: the text with its first
// operation that says otherwise than what was computed, which is put there, and cut behind it; the model goes on from
// it. Nothing where the text says what was computed, as far as it goes.
std::optional<std::string> assisted_text(std::string_view completion, bool source_given);
// Where assisted_ends first holds: behind what the program returned; nothing where it does not.
std::optional<std::size_t> assisted_end(std::string_view completion, bool source_given);

}  // namespace pbb

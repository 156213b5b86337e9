// What a model writes of its own accord before it is trained: shown beside narrow data, it keeps what the
// model knew (self-synthesized rehearsal, Huang et al. 2024, arXiv:2403.01244), the more so as not the text
// but the untouched model's whole distribution at each of its tokens is the target (learning without
// forgetting, Li and Hoiem 2017).
//
// A file of them has a text a line:
//
//   {"text": "…"}
//   {"user": "…", "text": "…"}   an answer to what a user said
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/random.h"
#include "examples/example.h"

namespace pbb {

// Plain text, or an answer to what a user asked for.
struct OwnText {
  std::string user;  // empty: plain text
  std::string text;
  bool operator==(const OwnText&) const = default;
};

// Tokens that begin a plain text: what begins every text, and a word or two, of as many kinds as texts are
// wanted of.
std::vector<std::int32_t> opening_of_text(const Tokenizer& tokenizer, Random& random);
// Those of a text that goes on with word problems: it begins with a few that are solved in one of the manners
// in which people write sums, where a model of traces is most likely to forget that there are others.
std::vector<std::int32_t> opening_of_problems(const Tokenizer& tokenizer, Random& random);
// As a model reads it: a user's words in its chat template (InputError where it has none that is known).
std::vector<std::int32_t> own_text_tokens(const Tokenizer& tokenizer, const OwnText& text);

// The loss is on every token but the first, and it is the divergence from what the model said before it was
// trained where that is known (Example::keeps); `tokens`: own_text_tokens.
Example make_own_text(std::vector<std::int32_t> tokens);

// The text that comes at `place` where `texts`, which are not none, are shown in turn without end.
Example own_text_at(std::span<const std::vector<std::int32_t>> texts, std::int64_t place);

// CRC-32 of their tokens: for the fingerprint of a source.
std::uint32_t checksum_of_texts(std::span<const std::vector<std::int32_t>> texts);

// The texts of a file, as own_text_tokens. InputError naming file and line; where there is none in it.
std::vector<std::vector<std::int32_t>> read_own_texts(const Tokenizer& tokenizer,
                                                      const std::filesystem::path& file);
void write_own_texts(std::span<const OwnText> texts, const std::filesystem::path& file);

}  // namespace pbb

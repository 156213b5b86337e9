// What a model writes of its own accord before it is trained: shown beside narrow data, it keeps what the model knew
// (self-synthesized rehearsal, Huang et al. 2024, arXiv:2403.01244). A file of them has a text a line, {"text": "…"}.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/random.h"
#include "examples/example.h"

namespace pbb {

// Tokens that begin a text: what begins every text, and a word or two, of as many kinds as texts are wanted of.
std::vector<std::int32_t> opening_of_text(const Tokenizer& tokenizer, Random& random);

// The loss is on every token but the first; `tokens` begin as opening_of_text does.
Example make_own_text(std::vector<std::int32_t> tokens);

// The text that comes at `place` where `texts`, which are not none, are shown in turn without end.
Example own_text_at(std::span<const std::vector<std::int32_t>> texts, std::int64_t place);

// CRC-32 of their tokens: for the fingerprint of a source.
std::uint32_t checksum_of_texts(std::span<const std::vector<std::int32_t>> texts);

// Texts as token ids. InputError naming file and line where there is none in it.
std::vector<std::vector<std::int32_t>> read_own_texts(const Tokenizer& tokenizer,
                                                      const std::filesystem::path& file);
void write_own_texts(const Tokenizer& tokenizer, std::span<const std::vector<std::int32_t>> texts,
                     const std::filesystem::path& file);

}  // namespace pbb

#include "examples/text_segments.h"

#include <algorithm>
#include <cstdint>

#include "text/utf8.h"

namespace pbb {
namespace {

bool is_whole_text(std::string_view text) {
  while (!text.empty()) {
    const Utf8Sequence next = utf8_sequence(text);
    if (next.kind != Utf8Kind::complete) return false;
    text.remove_prefix(next.length);
  }
  return true;
}

class Cutter {
 public:
  Cutter(const Tokenizer& tokenizer, const SpeltTokens& spelt) : tokenizer_(tokenizer), spelt_(spelt) {}

  // How many of the tokens, which are not none, make a piece of their own: all, or as many as will; 0: not
  // one of them does.
  std::size_t next_piece(std::span<const std::int32_t> tokens) const {
    const std::size_t all = tokens.size();
    const std::size_t same = same_tokens(tokens);
    if (same == all) return all;
    // Where two pieces meet, their letters are tokenised together, and differ from shortly before it on.
    constexpr std::size_t behind = 8;
    for (std::size_t count = std::min(all - 1, same + behind); count > 0; --count) {
      if (same_tokens(tokens.first(count)) == count) return count;
    }
    return 0;
  }

 private:
  // How many tokens come out the same when their text is tokenised again: all only if nothing else does.
  std::size_t same_tokens(std::span<const std::int32_t> tokens) const {
    const std::string text = tokenizer_.decode(tokens, true);
    if (!is_whole_text(text)) return 0;
    const std::vector<std::int32_t> again = spelt_.encode(text);
    const auto differs = std::ranges::mismatch(tokens, again);
    const auto same = static_cast<std::size_t>(differs.in1 - tokens.begin());
    return same == tokens.size() && again.size() > same ? same - 1 : same;
  }

  const Tokenizer& tokenizer_;
  const SpeltTokens& spelt_;
};

std::optional<std::vector<TextSegment>> cut(const Tokenizer& tokenizer, const SpeltTokens& spelt,
                                            std::span<const std::int32_t> tokens,
                                            std::span<const std::uint8_t> trained) {
  const Cutter cutter(tokenizer, spelt);
  std::vector<TextSegment> segments;
  while (!tokens.empty()) {
    const auto other = std::ranges::find(trained, static_cast<std::uint8_t>(trained.front() == 0));
    const auto alike = static_cast<std::size_t>(other - trained.begin());
    const std::size_t count = cutter.next_piece(tokens.first(alike));
    if (count == 0) return std::nullopt;
    segments.push_back({tokenizer.decode(tokens.first(count), true), trained.front() != 0});
    tokens = tokens.subspan(count);
    trained = trained.subspan(count);
  }
  return segments;
}

}  // namespace

std::optional<std::vector<TextSegment>> text_segments(const Tokenizer& tokenizer, const SpeltTokens& spelt,
                                                      const Example& example) {
  auto segments = cut(tokenizer, spelt, example.tokens, example.trained);
  if (segments || example.trained.size() < 2 || example.trained[0] == example.trained[1]) return segments;
  std::vector<std::uint8_t> trained = example.trained;
  trained[0] = trained[1];
  return cut(tokenizer, spelt, example.tokens, trained);
}

}  // namespace pbb

#include "evaluation/assisted.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "evaluation/computed_trace.h"
#include "examples/templates.h"

namespace pbb {
namespace {

// The trace that a completion is, or holds after its source.
std::optional<std::string_view> trace_in(std::string_view completion, bool source_given) {
  if (!source_given) {
    const std::size_t cue = completion.find(trace_cue());
    if (cue == std::string_view::npos) return std::nullopt;
    completion.remove_prefix(cue + trace_cue().size());
  }
  return completion.find('\n') == std::string_view::npos ? std::optional(completion) : std::nullopt;
}

}  // namespace

std::vector<std::int32_t> assisted_tokens(const Tokenizer& tokenizer,
                                          std::span<const std::int32_t> completion, bool source_given) {
  if (completion.empty()) return {};
  const std::string newest = tokenizer.decode(completion.last(1));
  if (!newest.ends_with('=') && !newest.ends_with('s') && !newest.ends_with(':'))
    return {};  // nearly all tokens end neither " =", " is" nor ":"
  const std::string text = tokenizer.decode(completion);
  const auto trace = trace_in(text, source_given);
  const auto result = trace ? computed_result(*trace) : std::nullopt;
  if (!result) return {};
  const std::string_view mark = mark_after(fmt::format("{} {}", *trace, *result));
  auto tokens = tokenizer.encode(fmt::format(" {}{}", *result, mark));
  if (!mark.empty()) return tokens;
  const auto followed = tokenizer.encode(fmt::format(" {};", *result));
  const auto [end, ignored] = std::ranges::mismatch(tokens, followed);
  tokens.erase(end, tokens.end());
  return tokens;
}

bool assisted_ends(const Tokenizer& tokenizer, std::span<const std::int32_t> completion, bool source_given) {
  const std::string text = tokenizer.decode(completion);
  const auto trace = trace_in(text, source_given);
  return trace && ends_in_computed_return(*trace);
}

}  // namespace pbb

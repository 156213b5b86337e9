#include "evaluation/assisted.h"

#include <algorithm>

#include "evaluation/arithmetic_step.h"
#include "examples/templates.h"

namespace pbb {

std::vector<std::int32_t> assisted_tokens(const Tokenizer& tokenizer,
                                          std::span<const std::int32_t> completion, bool source_given) {
  if (completion.empty()) return {};
  const std::string newest = tokenizer.decode(completion.last(1));
  if (!newest.ends_with('=') && !newest.ends_with('s') && !newest.ends_with(':'))
    return {};  // nearly all tokens end neither " =", " is" nor ":"
  const std::string text = tokenizer.decode(completion);
  std::string_view trace = text;
  if (!source_given) {
    const std::size_t cue = trace.find(trace_cue());
    if (cue == std::string_view::npos) return {};
    trace.remove_prefix(cue + trace_cue().size());
  }
  if (trace.find('\n') != std::string_view::npos) return {};
  const auto result = computed_result(trace);
  if (!result) return {};
  auto tokens = tokenizer.encode(" " + *result);
  const auto followed = tokenizer.encode(" " + *result + ";");
  const auto [end, ignored] = std::ranges::mismatch(tokens, followed);
  tokens.erase(end, tokens.end());
  return tokens;
}

}  // namespace pbb

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

// Where the trace begins that a completion is, or holds after its source.
std::optional<std::size_t> trace_begin(std::string_view completion, bool source_given) {
  if (source_given) return 0;
  const std::size_t cue = completion.find(trace_cue());
  return cue == std::string_view::npos ? std::nullopt : std::optional(cue + trace_cue().size());
}

std::optional<std::string_view> trace_in(std::string_view completion, bool source_given) {
  const auto begin = trace_begin(completion, source_given);
  if (!begin) return std::nullopt;
  completion.remove_prefix(*begin);
  return completion.find('\n') == std::string_view::npos ? std::optional(completion) : std::nullopt;
}

// Nearly all texts end neither in " =", " is", ":" nor, as the head of a loop, in " in".
bool may_end_an_operation(std::string_view text) {
  return text.ends_with('=') || text.ends_with('s') || text.ends_with(':') || text.ends_with("in");
}

}  // namespace

std::vector<std::int32_t> assisted_tokens(const Tokenizer& tokenizer,
                                          std::span<const std::int32_t> completion, bool source_given) {
  if (completion.empty()) return {};
  const std::string newest = tokenizer.decode(completion.last(1));
  if (!may_end_an_operation(newest)) return {};
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

std::optional<std::string> assisted_text(std::string_view completion, bool source_given) {
  const auto from = trace_begin(completion, source_given);
  if (!from) return std::nullopt;
  const std::string_view line =
      completion.substr(0, std::min(completion.find('\n', *from), completion.size()));
  for (std::size_t end = *from; end <= line.size(); ++end) {
    const std::string_view trace = line.substr(*from, end - *from);
    if (ends_in_computed_return(trace)) return std::nullopt;
    const bool word_ends = end == line.size() || line[end] == ' ';
    if (!word_ends || !may_end_an_operation(trace)) continue;
    const auto result = computed_result(trace);
    if (!result) continue;
    std::string said = fmt::format(" {}", *result);
    said += mark_after(fmt::format("{}{}", trace, said));
    if (!line.substr(end).starts_with(said)) return fmt::format("{}{}", line.substr(0, end), said);
    end += said.size() - 1;
  }
  return std::nullopt;
}

std::optional<std::size_t> assisted_end(std::string_view completion, bool source_given) {
  const auto from = trace_begin(completion, source_given);
  if (!from) return std::nullopt;
  const std::size_t last = std::min(completion.find('\n', *from), completion.size());
  for (std::size_t end = *from; end <= last; ++end) {
    if (ends_in_computed_return(completion.substr(*from, end - *from))) return end;
  }
  return std::nullopt;
}

}  // namespace pbb

#include "evaluation/answer.h"

#include <algorithm>

#include "evaluation/steps.h"
#include "examples/templates.h"

namespace pbb {
namespace {

constexpr std::string_view blanks = " \t\r\v\f\n";

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

// Where the trace's cue stands after the recitation; npos where there is none.
std::size_t find_cue(std::string_view completion, std::string_view recitation) {
  const std::string_view cue = trace_cue();
  const bool verbatim = !recitation.empty() && completion.starts_with(recitation) &&
                        completion.substr(recitation.size()).starts_with(cue);
  return verbatim ? recitation.size() : completion.find(cue);
}

}  // namespace

bool is_traced(AnswerForm form) {
  return form != AnswerForm::direct;
}

AnswerParts split_answer(std::string_view completion, AnswerForm form, std::string_view recitation) {
  AnswerParts parts;
  if (recites(form)) {
    const std::size_t cue = find_cue(completion, recitation);
    if (cue == std::string_view::npos) return parts;
    parts.source = completion.substr(0, cue);
    completion.remove_prefix(cue + trace_cue().size());
  }
  const std::size_t begin = completion.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return parts;
  parts.line_ended = completion.find('\n', begin) != std::string_view::npos;
  parts.line = answer_line(completion);
  return parts;
}

RecitationCheck check_recitation(std::string_view recited, std::string_view source) {
  if (recited.starts_with('\n') && source.starts_with('\n')) {
    recited.remove_prefix(1);
    source.remove_prefix(1);
  }
  const auto truth = lines_of(source), said = lines_of(recited);
  std::vector<int> longest(said.size() + 1);  // common subsequence of truth so far and said's beginning
  for (const std::string_view line : truth) {
    int diagonal = 0;
    for (std::size_t s = 0; s < said.size(); ++s) {
      const int above = longest[s + 1];
      longest[s + 1] = line == said[s] ? diagonal + 1 : std::max(above, longest[s]);
      diagonal = above;
    }
  }
  return {
      .verbatim = recited == source, .lines_right = longest.back(), .lines = static_cast<int>(truth.size())};
}

AnswerEnd::AnswerEnd(const Tokenizer& tokenizer) : tokenizer_(tokenizer) {
  (void)tokenizer.end_of_text();  // an Error where there is none
  stop_tokens_ = tokenizer.end_tokens();
  if (const auto id = tokenizer.find_control("<|im_end|>")) stop_tokens_.push_back(*id);
  for (std::int32_t id = 0; id < tokenizer.vocabulary_size(); ++id) {
    const std::int32_t ids[] = {id};
    begins_line_.push_back(!tokenizer.is_control(id) && tokenizer.decode(ids).starts_with('\n'));
  }
}

bool AnswerEnd::operator()(AnswerForm form, bool source_given, std::span<const std::int32_t> completion,
                           std::int32_t token) const {
  if (!begins_line_.at(static_cast<std::size_t>(token))) return false;
  const std::string text = tokenizer_.decode(completion);
  std::string_view line = text;
  if (recites(form) && !source_given) {
    const std::size_t cue = line.find(trace_cue());
    if (cue == std::string_view::npos) return false;
    line.remove_prefix(cue + trace_cue().size());
  }
  return line.find_first_not_of(blanks) != std::string_view::npos;
}

}  // namespace pbb

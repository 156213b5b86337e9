// What an answer is made of, and where it ends.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "examples/example.h"
#include "text/tokenizer.h"

namespace pbb {

bool is_traced(AnswerForm form);  // all but direct

struct AnswerParts {
  std::optional<std::string_view> source;  // as recited; none where the form has none, or it never ended
  std::string_view line;                   // the trace, or the direct answer: one line, without blanks around
  bool line_ended = false;                 // by a line break: what came after it is no part of the answer
};
// `recitation`: what is left to recite of the true source (recitation_of), which may itself hold what would
// end a recitation. Line breaks and blanks before the answer's line are passed over: a model that never saw
// the form begins with them.
AnswerParts split_answer(std::string_view completion, AnswerForm form, std::string_view recitation);

// The recited source against the true one, both what is left of it (recitation_of).
struct RecitationCheck {
  bool verbatim = false;
  int lines_right = 0;  // of the true one's lines: those recited, in order (their longest common subsequence)
  int lines = 0;        // of the true one
};
RecitationCheck check_recitation(std::string_view recited, std::string_view source);

// Ends answers while they are generated, so that nothing is generated that will not be judged.
class AnswerEnd {
 public:
  explicit AnswerEnd(const Tokenizer& tokenizer);
  // The end of the text and of a chat turn: they end every answer.
  const std::vector<std::int32_t>& stop_tokens() const { return stop_tokens_; }
  // Whether `token` ends an answer that so far is `completion`: it begins with a line break, and the answer's
  // line has begun. source_given: the question held the source already, and the trace follows at once.
  bool operator()(AnswerForm form, bool source_given, std::span<const std::int32_t> completion,
                  std::int32_t token) const;

 private:
  const Tokenizer& tokenizer_;
  std::vector<std::int32_t> stop_tokens_;
  std::vector<bool> begins_line_;  // by token id
};

}  // namespace pbb

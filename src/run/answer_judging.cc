#include "run/answer_judging.h"

#include <algorithm>
#include <memory>

#include "evaluation/evaluate.h"

namespace pbb {
namespace {

double share_recalled(const ItemResult& result) {
  const auto share = [](std::int64_t part, std::int64_t whole) {
    return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
  };
  if (recites(result.form)) return share(result.recitation.lines_right, result.recitation.lines);
  return share(std::ranges::count_if(result.steps, &StepCheck::recalled),
               std::max(std::ssize(result.true_steps), std::ssize(result.steps)));
}

}  // namespace

AnswerJudging judging_of_answers(const Tokenizer& tokenizer, AnswerForm form) {
  const auto end = std::make_shared<const AnswerEnd>(tokenizer);
  const AskedForm asked{.form = form, .source_given = false};
  AnswerJudging judging;
  judging.ends = [&tokenizer, end, asked](std::span<const std::int32_t> answer, std::int32_t token) {
    return std::ranges::find(end->stop_tokens(), token) != end->stop_tokens().end() ||
           ends_answer(asked, tokenizer, *end, answer, token);
  };
  judging.mark = [&tokenizer, form](const AskedExecution& question, std::span<const std::int32_t> answer,
                                    bool cut) {
    const Item item{.program = *question.program,
                    .truth = *question.truth,
                    .form = form,
                    .template_index = question.template_index};
    const ItemResult result = judge(item, Question(), tokenizer.decode(answer), cut);
    return AnswerMark{.right = result.verdict == Verdict::correct,
                      .parsed = result.verdict != Verdict::unparsed,
                      .recalled = share_recalled(result)};
  };
  return judging;
}

}  // namespace pbb

// What a stage of GRPO takes from the judge of the evaluation.
#pragma once

#include "text/tokenizer.h"
#include "training/group_data.h"

namespace pbb {

// Of answers of `form`: they end where those of an arm do, and are judged by the same strict reading, by the typed value
// alone. Lines recalled: of the recited source, or, in the trace form, of the true trace. Refers to `tokenizer`.
AnswerJudging judging_of_answers(const Tokenizer& tokenizer, AnswerForm form);

}  // namespace pbb

// The names of verdicts, splits and answer forms in files, and back.
#pragma once

#include <string>

#include "evaluation/evaluate.h"

namespace pbb {

// InputError naming the value and the known names.
Verdict verdict_from(const std::string& name);
Split split_from(const std::string& name);
AnswerForm answer_form_from(const std::string& name);

}  // namespace pbb

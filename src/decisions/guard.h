// The guard between a model and those who rely on its answers: what a model says of a rule is laid beside the
// registered source and beside what the rule itself does, and is passed on only where it agrees in
// everything.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/options.h"
#include "decisions/asking.h"
#include "decisions/registry.h"

namespace pbb {

enum class Guard {
  model,    // the model's answer, unchecked; the program is not run
  checked,  // the model's answer where its source and every step are right; else the program's own
  shadow,   // the program's answer; the model is asked as well, and compared
};
inline constexpr Choice<Guard> guards[] = {
    {Guard::model, "model"}, {Guard::checked, "checked"}, {Guard::shadow, "shadow"}};

// What became of the model's answer.
enum class Reason {
  agrees,          // the source, every step and the answer are those of the registered rule
  unchecked,       // nothing was held against it
  recall_differs,  // it remembers another source
  steps_differ,    // the source is right; a step, or their number, is not
  answer_differs,  // the steps are right as far as they go; the answer is not
  unparsed,        // no answer was found in what it said
  cut,             // its answer was longer than there was room for
  not_answered,    // it could not be asked, or took too long
};
inline constexpr Choice<Reason> reasons[] = {{Reason::agrees, "agrees"},
                                             {Reason::unchecked, "unchecked"},
                                             {Reason::recall_differs, "recall_differs"},
                                             {Reason::steps_differ, "steps_differ"},
                                             {Reason::answer_differs, "answer_differs"},
                                             {Reason::unparsed, "unparsed"},
                                             {Reason::cut, "cut"},
                                             {Reason::not_answered, "not_answered"}};
// "the model remembers another source": for people.
std::string_view describe(Reason reason);

enum class AnsweredBy { nobody, model, program };
inline constexpr Choice<AnsweredBy> answerers[] = {
    {AnsweredBy::nobody, "nobody"}, {AnsweredBy::model, "model"}, {AnsweredBy::program, "program"}};

struct Decision {
  Guard guard = Guard::checked;
  Asking asking;
  std::string call;  // "net_price(120, 0.1)"
  Input arguments;
  AnsweredBy answered_by = AnsweredBy::nobody;  // nobody: unchecked, and the model gave no answer
  std::optional<Outcome> answer;
  // The answer is the program's, or the model's that agrees with it in source, every step and result.
  bool is_checked = false;
  Reason reason = Reason::unchecked;
  std::string failure;  // why the model did not answer

  std::optional<Outcome> model_answer, program_answer;
  ItemResult said;                 // by the model: steps, recitation, verdict; judged unless unchecked
  std::vector<TraceStep> program;  // its true steps; none unless it was run
  int model_tokens = 0;
  double model_seconds = 0, program_seconds = 0;
};

// Asks about one call of `rule`. InputError where the program itself comes to no outcome (too long, no plain
// value), or the guard cannot check this form of answer: only those that recite the source say where an
// answer is from.
Decision decide(Guard guard, const RegisteredRule& rule, Input arguments, const Asking& asking,
                const Tokenizer& tokenizer, const Runner& run, const Completing& complete);
// What `decide` asks a model of a rule that it does not run.
AskedQuestion rule_question(const RegisteredRule& rule, const Input& arguments, const Asking& asking,
                            const Tokenizer& tokenizer);
// What the rule itself does. InputError where it comes to no outcome.
Execution true_execution(const RegisteredRule& rule, const Input& arguments, const Runner& run);
// The refusal of a form in advance.
void check_guard(Guard guard, const Asking& asking);

}  // namespace pbb

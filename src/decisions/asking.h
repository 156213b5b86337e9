// How a model is asked about a rule, and what comes of it: handed to the guard by whoever holds the model.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "evaluation/evaluate.h"
#include "generation/engine.h"
#include "model/load.h"

namespace pbb {

struct Asking {
  AnswerForm form = AnswerForm::trace;
  Executor executor = Executor::itself;  // base: of a model with an adapter, and a form that recites
  int max_new_tokens = 400;
};
// As `form` and `max_new_tokens` say (empty, 0: they do not); else as the run that `model` is of asks; else
// as above. InputError for a form that there is not.
Asking asking_of(const std::string& model, const std::string& form, int max_new_tokens);

// What a model said, or why it did not: it took too long, say, or there was no room.
struct ModelAnswer {
  std::string completion;
  bool cut = false;     // ended by the length cap
  std::string failure;  // empty: it answered
  int tokens = 0;
  double seconds = 0;
};
struct AskedQuestion {
  Question question;
  Asking asking;
  // What a model that knows the rule would say, as far as that is known: the answer comes sooner by it, and is the same
  // (Request::draft).
  std::vector<std::int32_t> draft = {};
};
using Completing = std::function<ModelAnswer(const AskedQuestion& asked)>;

// The question as an engine takes it, greedily, with the hooks of its form: of an answer that is handed over, what comes
// before. `tokenizer` and `end` must outlive it.
Request answer_request(const AskedQuestion& asked, const Tokenizer& tokenizer, const AnswerEnd& end);
// Of an answer that is handed over, the rest, after what the model itself `recited`.
Request rest_request(const AskedQuestion& asked, const Tokenizer& tokenizer, const AnswerEnd& end,
                     std::span<const std::int32_t> recited);
// Whether there is a rest to be asked for, of the model's base (handover.h).
bool is_handed_over(const Asking& asking, const Tokenizer& tokenizer, const Completion& begun);
ModelAnswer answer_from(const Completion& completion, const Tokenizer& tokenizer);

// One answer each, decoded side by side; InputError or Interrupted as `generate`.
std::vector<ModelAnswer> complete_all(LoadedModel& model, std::span<const AskedQuestion> questions);
// One at a time. `model` must outlive it.
Completing complete_alone(LoadedModel& model);
// What a question with so many tokens, in a model with so much room, fails by; nothing when it fits.
std::optional<std::string> no_room(std::size_t tokens, std::size_t context);

}  // namespace pbb

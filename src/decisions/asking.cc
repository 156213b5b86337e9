#include "decisions/asking.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/cancellation.h"
#include "base/stopwatch.h"
#include "evaluation/assisted.h"
#include "evaluation/names.h"
#include "recipe/recipe.h"
#include "run/taken_folder.h"

namespace pbb {

Asking asking_of(const std::string& model, const std::string& form, int max_new_tokens) {
  Asking asking;
  if (is_run_folder(model)) {
    const EvaluationRecipe evaluation =
        read_kept_recipe(std::filesystem::path(model) / "recipe.toml").evaluation;
    if (!evaluation.forms.empty()) asking.form = evaluation.forms.front();
    asking.max_new_tokens = std::max(asking.max_new_tokens, evaluation.max_new_tokens);
  }
  if (!form.empty()) asking.form = answer_form_from(form);
  if (max_new_tokens > 0) asking.max_new_tokens = max_new_tokens;
  return asking;
}

std::optional<std::string> no_room(std::size_t tokens, std::size_t context) {
  if (tokens < context) return std::nullopt;
  return fmt::format("a prompt of {} tokens in a context of {}", tokens, context);
}

Request answer_request(const Question& question, const Asking& asking, const Tokenizer& tokenizer,
                       const AnswerEnd& end) {
  Request request;
  request.prompt = question.tokens;
  request.max_new_tokens = asking.max_new_tokens;
  request.stop_tokens = end.stop_tokens();
  request.is_stop = [&end, form = asking.form](std::span<const std::int32_t> completion, std::int32_t token) {
    return end(form, false, completion, token);
  };
  if (asking.form == AnswerForm::assisted) {
    request.continue_with = [&tokenizer](std::span<const std::int32_t> completion) {
      return assisted_tokens(tokenizer, completion, false);
    };
  }
  return request;
}

ModelAnswer answer_from(const Completion& completion, const Tokenizer& tokenizer) {
  ModelAnswer answer;
  answer.completion = tokenizer.decode(completion.tokens);
  answer.cut = !completion.stopped;
  answer.tokens = static_cast<int>(completion.tokens.size());
  return answer;
}

std::vector<ModelAnswer> complete_all(LoadedModel& model, std::span<const AskedQuestion> questions) {
  constexpr std::size_t most_at_once = 32;
  const auto context = static_cast<std::size_t>(model.decoder.config().context);
  const AnswerEnd end(model.tokenizer);
  std::vector<ModelAnswer> answers(questions.size());
  std::size_t longest = 0, asked = 0;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const std::size_t tokens = questions[i].question.tokens.size();
    if (const auto why = no_room(tokens, context)) {
      answers[i].failure = *why;
      continue;
    }
    longest = std::max(longest, tokens + static_cast<std::size_t>(questions[i].asking.max_new_tokens));
    ++asked;
  }
  if (asked == 0) return answers;
  Engine engine(model.decoder, {.sequences = std::min(asked, most_at_once), .cached_tokens = longest});
  const Stopwatch watch;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    if (!answers[i].failure.empty()) continue;
    Request request = answer_request(questions[i].question, questions[i].asking, model.tokenizer, end);
    request.on_finished = [&, i](const Completion& completion) {
      answers[i] = answer_from(completion, model.tokenizer);
      answers[i].seconds = watch.seconds();
    };
    engine.submit(std::move(request));
  }
  do {
    throw_if_cancelled();
  } while (engine.step());
  return answers;
}

Completing complete_alone(LoadedModel& model) {
  return [&model](const Question& question, const Asking& asking) {
    const AskedQuestion one{question, asking};
    return complete_all(model, {&one, 1}).front();
  };
}

}  // namespace pbb

#include "decisions/asking.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/stopwatch.h"
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

Completing complete_alone(LoadedModel& model) {
  const auto end = std::make_shared<AnswerEnd>(model.tokenizer);
  return [&model, end](const Question& question, const Asking& asking) {
    const Stopwatch watch;
    ModelAnswer answer;
    const auto context = static_cast<std::size_t>(model.decoder.config().context);
    if (const auto why = no_room(question.tokens.size(), context)) {
      answer.failure = *why;
      return answer;
    }
    GenerationOptions options;
    options.max_new_tokens = asking.max_new_tokens;
    hook_answers(options, model.tokenizer, *end, {{asking.form, false}});
    const Completion completion = generate(model.decoder, {&question.tokens, 1}, options).front();
    answer.completion = model.tokenizer.decode(completion.tokens);
    answer.cut = !completion.stopped;
    answer.tokens = static_cast<int>(completion.tokens.size());
    answer.seconds = watch.seconds();
    return answer;
  };
}

}  // namespace pbb

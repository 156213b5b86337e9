#include "decisions/asking.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/cancellation.h"
#include "base/stopwatch.h"
#include "evaluation/assisted.h"
#include "evaluation/handover.h"
#include "evaluation/names.h"
#include "recipe/recipe.h"
#include "run/taken_folder.h"

namespace pbb {

Asking asking_of(const std::string& model, const std::string& form, int max_new_tokens) {
  Asking asking;
  if (is_run_folder(model)) {
    const Recipe recipe = read_kept_recipe(std::filesystem::path(model) / "recipe.toml");
    if (!recipe.evaluation.forms.empty()) asking.form = recipe.evaluation.forms.front();
    asking.max_new_tokens = std::max(asking.max_new_tokens, recipe.evaluation.max_new_tokens);
    if (std::ranges::count(recipe.arms, Executor::base, &ArmPlan::executor) > 0)
      asking.executor = Executor::base;
  }
  if (!form.empty()) asking.form = answer_form_from(form);
  if (!recites(asking.form)) asking.executor = Executor::itself;
  if (max_new_tokens > 0) asking.max_new_tokens = max_new_tokens;
  return asking;
}

std::optional<std::string> no_room(std::size_t tokens, std::size_t context) {
  if (tokens < context) return std::nullopt;
  return fmt::format("a prompt of {} tokens in a context of {}", tokens, context);
}

namespace {

Request request_of(std::vector<std::int32_t> prompt, AskedForm asked, const Asking& asking,
                   const Tokenizer& tokenizer, const AnswerEnd& end) {
  Request request;
  request.prompt = std::move(prompt);
  request.max_new_tokens = asking.max_new_tokens;
  request.stop_tokens = end.stop_tokens();
  request.is_stop = [&tokenizer, &end, asked](std::span<const std::int32_t> completion, std::int32_t token) {
    return ends_answer(asked, tokenizer, end, completion, token);
  };
  if (asked.form == AnswerForm::assisted) {
    request.continue_with = [&tokenizer, asked](std::span<const std::int32_t> completion) {
      return assisted_tokens(tokenizer, completion, asked.source_given);
    };
  }
  return request;
}

}  // namespace

Request answer_request(const AskedQuestion& asked, const Tokenizer& tokenizer, const AnswerEnd& end) {
  const Asking& asking = asked.asking;
  Request request = request_of(asked.question.tokens, {asking.form, false}, asking, tokenizer, end);
  request.draft = asked.draft;
  if (asking.executor == Executor::itself) return request;
  request.continue_with = nullptr;
  request.is_stop = [is_due = after_recitation(tokenizer), ends = request.is_stop](
                        std::span<const std::int32_t> completion, std::int32_t token) {
    return is_due(completion) || ends(completion, token);
  };
  return request;
}

Request rest_request(const AskedQuestion& asked, const Tokenizer& tokenizer, const AnswerEnd& end,
                     std::span<const std::int32_t> recited) {
  std::vector<std::int32_t> prompt = asked.question.tokens;
  prompt.insert(prompt.end(), recited.begin(), recited.end());
  Request request = request_of(std::move(prompt), {asked.asking.form, true}, asked.asking, tokenizer, end);
  const auto [said, drafted] = std::ranges::mismatch(recited, asked.draft);
  if (said == recited.end()) request.draft.assign(drafted, asked.draft.end());
  return request;
}

bool is_handed_over(const Asking& asking, const Tokenizer& tokenizer, const Completion& begun) {
  return asking.executor == Executor::base && after_recitation(tokenizer)(begun.tokens);
}

ModelAnswer answer_from(const Completion& completion, const Tokenizer& tokenizer) {
  ModelAnswer answer;
  answer.completion = tokenizer.decode(completion.tokens);
  answer.cut = !completion.stopped;
  answer.tokens = static_cast<int>(completion.tokens.size());
  return answer;
}

namespace {

// One completion a request, decoded side by side.
std::vector<Completion> complete(Decoder& decoder, std::vector<Request> requests) {
  constexpr std::size_t most_at_once = 32;
  std::vector<Completion> completions(requests.size());
  std::size_t longest = 0;
  for (const Request& request : requests)
    longest = std::max(longest, request.prompt.size() + static_cast<std::size_t>(request.max_new_tokens));
  if (requests.empty()) return completions;
  Engine engine(decoder, {.sequences = std::min(requests.size(), most_at_once), .cached_tokens = longest});
  for (std::size_t i = 0; i < requests.size(); ++i) {
    requests[i].on_finished = [&, i](const Completion& completion) { completions[i] = completion; };
    engine.submit(std::move(requests[i]));
  }
  do {
    throw_if_cancelled();
  } while (engine.step());
  return completions;
}

}  // namespace

std::vector<ModelAnswer> complete_all(LoadedModel& model, std::span<const AskedQuestion> questions) {
  const auto context = static_cast<std::size_t>(model.decoder.config().context);
  const AnswerEnd end(model.tokenizer);
  const Stopwatch watch;
  std::vector<ModelAnswer> answers(questions.size());
  std::vector<Request> requests;
  std::vector<std::size_t> asked, handed_over;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    if (const auto why = no_room(questions[i].question.tokens.size(), context)) {
      answers[i].failure = *why;
      continue;
    }
    asked.push_back(i);
    requests.push_back(answer_request(questions[i], model.tokenizer, end));
  }
  std::vector<Completion> completions(questions.size());
  std::vector<Completion> begun = complete(model.decoder, std::move(requests));
  requests.clear();
  for (std::size_t k = 0; k < asked.size(); ++k) {
    const AskedQuestion& one = questions[asked[k]];
    if (is_handed_over(one.asking, model.tokenizer, begun[k]) &&
        !no_room(one.question.tokens.size() + begun[k].tokens.size(), context)) {
      handed_over.push_back(asked[k]);
      requests.push_back(rest_request(one, model.tokenizer, end, begun[k].tokens));
    }
    completions[asked[k]] = std::move(begun[k]);
  }
  if (!handed_over.empty()) {
    const WithoutAdapter base(model.decoder);
    const std::vector<Completion> rests = complete(model.decoder, std::move(requests));
    for (std::size_t k = 0; k < handed_over.size(); ++k) {
      Completion& completion = completions[handed_over[k]];
      completion = joined(std::move(completion), rests[k]);
    }
  }
  for (const std::size_t i : asked) {
    answers[i] = answer_from(completions[i], model.tokenizer);
    answers[i].seconds = watch.seconds();
  }
  return answers;
}

Completing complete_alone(LoadedModel& model) {
  return [&model](const AskedQuestion& asked) { return complete_all(model, {&asked, 1}).front(); };
}

}  // namespace pbb

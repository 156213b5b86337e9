// One arm: every item asked, greedily completed, judged.
#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "evaluation/assisted.h"
#include "evaluation/evaluate.h"
#include "evaluation/handover.h"

namespace pbb {
namespace {

ItemResult refused(const Item& item, const Question& question, std::string why) {
  ItemResult result = judge(item, question, "", true);
  result.verdict = Verdict::error;
  result.error = std::move(why);
  return result;
}

GenerationOptions generation_of(const Tokenizer& tokenizer, const AnswerEnd& end, const ArmOptions& options,
                                std::vector<AskedForm> asked) {
  GenerationOptions generation;
  generation.max_new_tokens = options.max_new_tokens;
  generation.batch_size = options.batch_size;
  generation.on_progress = options.on_progress;
  hook_answers(generation, tokenizer, end, std::move(asked));
  return generation;
}

std::vector<Completion> answers_to(Decoder& decoder, const Tokenizer& tokenizer,
                                   std::span<const std::vector<std::int32_t>> prompts,
                                   std::vector<AskedForm> asked, const ArmOptions& options) {
  const AnswerEnd end(tokenizer);
  const GenerationOptions whole = generation_of(tokenizer, end, options, asked);
  if (options.executor == Executor::itself) return generate(decoder, prompts, whole);
  for (AskedForm& one : asked) one.source_given = true;
  GenerationOptions recited = whole;
  recited.on_progress = nullptr;
  recited.continue_with = nullptr;
  return generate_with_handover(decoder, prompts, recited, generation_of(tokenizer, end, options, asked),
                                after_recitation(tokenizer));
}

}  // namespace

AskedForm asked_form(const Item& item, ShownSource source) {
  return {item.form, source == ShownSource::given || source == ShownSource::shuffled};
}

bool ends_answer(const AskedForm& asked, const Tokenizer& tokenizer, const AnswerEnd& end,
                 std::span<const std::int32_t> completion, std::int32_t token) {
  return end(asked.form, asked.source_given, completion, token) ||
         (asked.form == AnswerForm::assisted && assisted_ends(tokenizer, completion, asked.source_given));
}

void hook_answers(GenerationOptions& options, const Tokenizer& tokenizer, const AnswerEnd& end,
                  std::vector<AskedForm> asked) {
  options.stop_tokens = end.stop_tokens();
  options.is_stop = [&tokenizer, &end, asked](std::size_t prompt, std::span<const std::int32_t> completion,
                                              std::int32_t token) {
    return ends_answer(asked[prompt], tokenizer, end, completion, token);
  };
  const auto is_assisted = [](const AskedForm& one) { return one.form == AnswerForm::assisted; };
  if (std::ranges::none_of(asked, is_assisted)) return;
  options.continue_with = [&tokenizer, asked, is_assisted](std::size_t prompt,
                                                           std::span<const std::int32_t> completion) {
    return is_assisted(asked[prompt]) ? assisted_tokens(tokenizer, completion, asked[prompt].source_given)
                                      : std::vector<std::int32_t>{};
  };
}

std::vector<ItemResult> run_arm(Decoder& decoder, const Tokenizer& tokenizer, const std::vector<Item>& items,
                                const ArmOptions& options) {
  const auto context = static_cast<std::size_t>(decoder.config().context);
  std::vector<Question> questions;
  std::vector<std::vector<std::int32_t>> prompts;  // of the questions that fit
  std::vector<AskedForm> asked_forms;
  const auto fits = [&](const Question& question) { return question.tokens.size() < context; };
  for (const Item& item : items) {
    questions.push_back(make_question(tokenizer, item, options.source, options.chat));
    if (!fits(questions.back())) continue;
    prompts.push_back(questions.back().tokens);
    asked_forms.push_back(asked_form(item, options.source));
  }

  const std::vector<Completion> completions =
      answers_to(decoder, tokenizer, prompts, std::move(asked_forms), options);

  std::vector<ItemResult> results;
  std::size_t asked = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string room =
        fmt::format("a prompt of {} tokens in a context of {}", questions[i].tokens.size(), context);
    if (!fits(questions[i])) {
      results.push_back(refused(items[i], questions[i], room));
      continue;
    }
    const Completion& completion = completions.at(asked++);
    const bool out_of_context =
        !completion.stopped && completion.tokens.size() < static_cast<std::size_t>(options.max_new_tokens);
    results.push_back(
        out_of_context ? refused(items[i], questions[i], "no room for the answer: " + room)
                       : judge(items[i], questions[i],
                               given_answer(items[i], options.source) + tokenizer.decode(completion.tokens),
                               !completion.stopped));
  }
  return results;
}

}  // namespace pbb
